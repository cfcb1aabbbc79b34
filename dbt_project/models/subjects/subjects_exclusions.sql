-- Grain: one row per commitment and exclusion of its rule that matches, numbered in the rule's order.
-- Scope: deadline, lead-time and coverage standards; exclusions made by as_of (one without a moment of its own was made
-- with the opening). Which of them holds is decided with the due time.
with run as (

    select as_of from {{ source('control', 'run') }}

),

matching as (

    {% for part in rules_of_tier() if part.exclusions %}
    {% for exclusion in part.exclusions %}
    select
        concat('{{ part.standard_id }}/{{ part.part }}/', cast(subject.{{ part.key }} as varchar)) as commitment_id,
        {{ loop.index }} as exclusion_number,
        '{{ exclusion.rule }}' as exclusion_rule,
        {{ as_instant(exclusion.at) }} as excluded_at,
        {{ known_instant(exclusion.ended) }} as ended_at,
        {{ literal(exclusion.ended is not none) }} as needs_end
    from {{ ref(part.model) }} as subject
    cross join run
    where
        {{ all_of(exclusion['where']) }}
        and {{ all_of(part['where']) }}
        and {{ in_force(part, as_business_date(part.opens)) }}
        {% if exclusion.at is not none %}
        and (subject.{{ exclusion.at.name }} is null or {{ has_come(exclusion.at) }})
        {% endif %}
    union all
    {% endfor %}
    {% endfor %}
    {{ no_rows([
        ('commitment_id', 'varchar'), ('exclusion_number', 'bigint'), ('exclusion_rule', 'varchar'),
        ('excluded_at', 'timestamp'), ('ended_at', 'timestamp'), ('needs_end', 'boolean'),
    ]) }}

)

select
    commitment_id,
    cast(exclusion_number as bigint) as exclusion_number,
    exclusion_rule,
    excluded_at,
    ended_at,
    needs_end
from matching
