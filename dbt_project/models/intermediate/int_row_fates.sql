{{ config(materialized='incremental', incremental_strategy='tonights_rows', on_schema_change='fail') }}
-- Grain: one row per source and key of each landed table. What became of every row that ever landed.
-- Scope: the newest version known at known_at, deleted ones among them. `standard_id`, `part` and `condition` name the
-- rule that the row comes nearest to (most of whose conditions it meets) and what kept it from that one; NULL where
-- nothing did. An increment replaces the rows of tonight's cases, and tables that are read whole.
-- Known limits: a row of a table that another is derived of is taken for evidence, whichever of its rows were read.
with run as (

    select
        as_of,
        known_at
    from {{ source('control', 'run') }}

),

known_standards as (

    select distinct standard_id
    from {{ source('control', 'standards') }}

),

{% for table in var('fate_tables') %}
{% set table_loop = loop %}
{% for use in table.subjects %}
{{ table.name }}_as_{{ use.subject_table }} as (

    {{ nearest_rule(use) }}

),

{% endfor %}
{% if table.is_waivers %}
named as (

    -- waivers of one subject that the ledger knows by that name, or that took something out
    select distinct waiver.waiver_id
    from {{ ref(table.model) }} as waiver
    inner join {{ ref('fct_commitments') }} as fact
        on waiver.standard_id = fact.standard_id and waiver.subject_id = fact.subject_id
    union
    select distinct waiver.waiver_id
    from {{ ref(table.model) }} as waiver
    inner join {{ ref('fct_commitments') }} as fact on concat('waiver:', waiver.waiver_id) = fact.exclusion_rule

),

{% endif %}
{% endfor %}
judged as (

    {% for table in var('fate_tables') %}
    select
        '{{ table.name }}' as table_name,
        subject.source_id,
        {{ plain_key(table) }} as row_key,
        least(
            {{ fate_by_parent(table) }},
            {% for use in table.subjects %}
            coalesce(as_{{ use.subject_table }}.fate_rank, 999),
            {% endfor %}
            999
        ) as fate_rank,
        {{ fate_by_parent(table) }} as parent_rank,
        {{ condition_by_parent(table) }} as parent_condition,
        {% for part in ['standard_id', 'part', 'condition'] %}
        case
            {% for use in table.subjects %}
            when
                as_{{ use.subject_table }}.fate_rank = least(
                    {% for other in table.subjects %}
                    coalesce(as_{{ other.subject_table }}.fate_rank, 999),
                    {% endfor %}
                    999
                )
                then as_{{ use.subject_table }}.{{ part }}
            {% endfor %}
            when false then ''
        end as {{ part }},
        {% endfor %}
        greatest(
            {% for fact in table.facts %}
            case
                when {{ as_instant(fact) }} {{ '>=' if fact.type == 'date' else '>' }} run.as_of
                    then {{ as_business_date(fact) }}
            end,
            {% endfor %}
            cast(null as date)
        ) as ahead_on
    from {{ ref(table.model) }} as subject
    cross join run
    {% if table.parent %}
    left join {{ ref(table.parent.model) }} as parent
        on subject.{{ table.parent.column }} = parent.{{ table.parent.key }}
    {% endif %}
    {% if table.is_waivers or table.is_register %}
    left join known_standards on subject.standard_id = known_standards.standard_id
    {% endif %}
    {% if table.is_waivers %}
    left join named on subject.waiver_id = named.waiver_id
    {% endif %}
    {% for use in table.subjects %}
    left join {{ table.name }}_as_{{ use.subject_table }} as as_{{ use.subject_table }}
        on subject.{{ table.key }} = as_{{ use.subject_table }}.row_id
    {% endfor %}
    union all
    {% endfor %}
    {{ no_rows([
        ('table_name', 'varchar'), ('source_id', 'varchar'), ('row_key', 'varchar'), ('fate_rank', 'integer'),
        ('parent_rank', 'integer'), ('parent_condition', 'varchar'), ('standard_id', 'varchar'), ('part', 'varchar'),
        ('condition', 'varchar'), ('ahead_on', 'date'),
    ]) }}

),

explained as (

    -- a row whose rank its own rule alone gives is explained by that rule
    select
        judged.table_name,
        judged.source_id,
        judged.row_key,
        {{ fate_named('judged.fate_rank') }} as fate,
        judged.fate_rank in (15, 35) or judged.fate_rank between 50 and 998 as has_reason,
        judged.fate_rank < 999 and judged.parent_rank = judged.fate_rank as is_by_parent,
        judged.fate_rank = 17 as is_orphan,
        judged.parent_condition,
        judged.standard_id,
        judged.part,
        judged.condition,
        judged.ahead_on
    from judged

),

withdrawn as (

    {% for table in var('fate_tables') %}
    select distinct
        '{{ table.name }}' as table_name,
        raw._source_id as source_id,
        raw._row_key as row_key
    from {{ source('raw', table.name) }} as raw
    cross join run
    where raw._deleted and raw._known_at <= run.known_at
    union all
    {% endfor %}
    {{ no_rows([('table_name', 'varchar'), ('source_id', 'varchar'), ('row_key', 'varchar')]) }}

)

select
    table_name,
    source_id,
    row_key,
    fate,
    case when has_reason and not is_by_parent then standard_id end as standard_id,
    case when has_reason and not is_by_parent then part end as part,
    case
        when is_orphan or (has_reason and is_by_parent) then parent_condition
        when has_reason then condition
    end as condition,
    ahead_on
from explained
union all
select
    withdrawn.table_name,
    withdrawn.source_id,
    withdrawn.row_key,
    'withdrawn' as fate,
    cast(null as varchar) as standard_id,
    cast(null as varchar) as part,
    cast(null as varchar) as condition,
    cast(null as date) as ahead_on
from withdrawn
left join judged
    on
        withdrawn.table_name = judged.table_name
        and withdrawn.source_id = judged.source_id
        and withdrawn.row_key = judged.row_key
where judged.row_key is null
