{#- What became of a landed row (var 'fate_tables', compiled by charter.transform.compile.fates). A row has one fate: of all that
    may be said of it, the first in this order. -#}
{% macro fate_named(rank) -%}
case
        when {{ rank }} = 10 then 'commitment'
        when {{ rank }} = 15 then 'unjudged'
        when {{ rank }} = 17 then 'orphan'
        when {{ rank }} = 20 then 'counted'
        when {{ rank }} = 30 then 'evidence'
        when {{ rank }} = 35 then 'undecided'
        when {{ rank }} = 40 then 'companion'
        when {{ rank }} = 45 then 'waiver'
        when {{ rank }} = 46 then 'register'
        when {{ rank }} = 50 then 'ahead'
        when {{ rank }} = 60 then 'no_rule_in_force'
        when {{ rank }} = 70 then 'before_first_rule'
        when {{ rank }} = 80 then 'not_opened'
        when {{ rank }} < 999 then 'out_of_scope'
        else 'unused'
    end
{%- endmacro %}

{#- How near a row comes to one rule, as a rank: 100 and the number of conditions that took it out, if any did. -#}
{% macro fate_rank(rule) -%}
{%- set of_reading = {'due': 10, 'counted': 20, 'companion': 40} -%}
{%- set day = as_business_date(rule.dated) -%}
case
        {%- if rule.where %}
        when not ({% for each in rule.where %}{{ condition(each.condition) }}{{ ' and ' if not loop.last }}{% endfor %})
            then 100{% for each in rule.where %}
            + case when not ({{ condition(each.condition) }}) then 1 else 0 end{% endfor %}
        {%- endif %}
        when subject.{{ rule.dated.name }} is null then {{ 101 if rule.reading == 'companion' else 80 }}
        {%- if rule.effective_from is not none %}
        when {{ last_day_said(rule) }} < date '{{ rule.effective_from }}' then 70
        {%- endif %}
        {%- if rule.effective_to is not none %}
        when {{ day }} > date '{{ rule.effective_to }}' then 60
        {%- endif %}
        {%- if rule.where %}
        when ({% for each in rule.where %}{{ condition(each.condition) }}{{ ' and ' if not loop.last }}{% endfor %}) is null
            then 35
        {%- endif %}
        when {{ as_instant(rule.dated) }} > run.as_of then 50
        {%- if rule.reading != 'due' %}
        when {{ local_midnight(day) }} >= run.as_of then 50
        {%- elif rule.dated.type == 'date' %}
        when {{ local_midnight(day) }} >= run.as_of then 12
        {%- endif %}
        else {{ of_reading[rule.reading] }}
    end
{%- endmacro %}

{#- The last day for which a row says something: its own, or the last on which what it names stands. -#}
{% macro last_day_said(rule) -%}
    {%- if rule.ends is not none -%}subject.{{ rule.ends }}
    {%- elif rule.valid_days is not none -%}{{ add_days(as_business_date(rule.dated), rule.valid_days) }}
    {%- else -%}{{ as_business_date(rule.dated) }}
    {%- endif -%}
{%- endmacro %}

{#- What kept a row from a rule, as a code, a column and values: `in:kind:inquiry` for a condition that it does not meet,
    `empty:` for a column that decides and says nothing, `no_limit:` for one that says no limit, `dated:` for the date. -#}
{% macro fate_condition(rule) -%}
case
            {%- for each in rule.where %}
            when not ({{ condition(each.condition) }}) then {{ literal(each.code) }}
            {%- endfor %}
            {%- if rule.limit_column %}
            when subject.fate_rank = 10 then 'no_limit:{{ rule.limit_column }}'
            {%- endif %}
            when subject.{{ rule.dated.name }} is null then 'empty:{{ rule.dated.name }}'
            when subject.fate_rank <> 35 then 'dated:{{ rule.dated.name }}'
            {%- for each in rule.where %}
            when ({{ condition(each.condition) }}) is null then 'empty:{{ each.condition.column }}'
            {%- endfor %}
            else 'dated:{{ rule.dated.name }}'
        end
{%- endmacro %}

{#- Of each subject, the rule that it comes nearest to. Grain: one row per subject of `use`. -#}
{% macro nearest_rule(use) -%}
select
        subject.{{ use.key }} as row_id,
        case
            when subject.fate_rank = 10 and judged.subject_id is null then 15
            when subject.fate_rank = 10 and judged.lack_limits = 1 then 35
            -- a date that begins at as_of
            when subject.fate_rank = 12 and judged.subject_id is null then 50
            when subject.fate_rank = 12 then 10
            else subject.fate_rank
        end as fate_rank,
        case subject.fate_rank
            {%- for rule in use.rules %}
            when subject.rank_{{ loop.index }} then '{{ rule.standard_id }}'
            {%- endfor %}
        end as standard_id,
        case subject.fate_rank
            {%- for rule in use.rules %}
            when subject.rank_{{ loop.index }} then '{{ rule.part }}'
            {%- endfor %}
        end as part,
        case subject.fate_rank
            {%- for rule in use.rules %}
            when subject.rank_{{ loop.index }} then {{ fate_condition(rule) }}
            {%- endfor %}
        end as condition
    from (
        select
            ranked.*,
            least(999, {% for rule in use.rules %}ranked.rank_{{ loop.index }}{{ ', ' if not loop.last }}{% endfor %})
                as fate_rank
        from (
            select
                {%- for rule in use.rules %}
                {{ fate_rank(rule) }} as rank_{{ loop.index }},
                {%- endfor %}
                subject.*
            from {{ ref(use.model) }} as subject
            cross join run
        ) as ranked
    ) as subject
    left join (
        select
            subject_id,
            min(case when due_basis = 'no_limit' then 1 else 0 end) as lack_limits
        from {{ ref('commitments_tonight') }}
        where subject_table = '{{ use.subject_table }}'
        group by subject_id
    ) as judged on cast(subject.{{ use.key }} as varchar) = judged.subject_id
{%- endmacro %}

{#- What a row is by the row it belongs to: an orphan without one, evidence with one if rules read what is derived of both. -#}
{% macro fate_by_parent(table) -%}
case
            {%- if table.parent %}
            when subject.{{ table.parent.column }} is not null and parent.{{ table.parent.key }} is null then 17
            {%- endif %}
            {%- if table.is_evidence %}
            {%- if table.dated %}
            when {{ as_instant(table.dated) }} > run.as_of then 50
            {%- endif %}
            {%- if table.parent %}
            when parent.{{ table.parent.key }} is not null then 30
            {%- else %}
            when true then 30
            {%- endif %}
            {%- endif %}
            {%- if table.is_waivers %}
            when subject.decided_at > run.as_of then 50
            when known_standards.standard_id is null then 17
            when subject.subject_id is not null and named.waiver_id is null then 17
            when true then 45
            {%- endif %}
            {%- if table.is_register %}
            when known_standards.standard_id is null then 17
            when true then 46
            {%- endif %}
            when false then 999
            else 999
        end
{%- endmacro %}

{#- Why, where it is no rule that says so; `refers_to:` for a column that names what is not there. -#}
{% macro condition_by_parent(table) -%}
case
            {%- if table.is_waivers %}
            when subject.decided_at > run.as_of then 'dated:decided_at'
            when known_standards.standard_id is null then 'refers_to:standard_id'
            when subject.subject_id is not null then 'refers_to:subject_id'
            {%- endif %}
            {%- if table.is_register %}
            when known_standards.standard_id is null then 'refers_to:standard_id'
            {%- endif %}
            {%- if table.parent %}
            when parent.{{ table.parent.key }} is null then 'refers_to:{{ table.parent.column }}'
            {%- endif %}
            {%- if table.dated %}
            when true then 'dated:{{ table.dated.name }}'
            {%- endif %}
            when false then ''
        end
{%- endmacro %}

{#- A row's key as its source gives it. -#}
{% macro plain_key(table) -%}
    {%- if var('table_ids').get(table.name, {}).get('is_shared') -%}
    substr(subject.{{ table.key }}, length(subject.source_id) + 2)
    {%- else -%}
    cast(subject.{{ table.key }} as varchar)
    {%- endif -%}
{%- endmacro %}
