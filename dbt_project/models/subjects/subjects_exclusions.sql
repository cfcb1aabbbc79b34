-- Grain: one row per commitment and exclusion of its rule that matches, numbered in the rule's order.
-- Scope: deadline, lead-time and coverage standards; exclusions made by as_of (one without a moment of its own was made
-- with the opening). Which of them holds is decided with the due time.
with run as (

    select as_of from {{ source('control', 'run') }}

),

matching as (

    {% for part in var('rules') if part.exclusions %}
    {% for exclusion in part.exclusions %}
    select
        concat('{{ part.standard_id }}/{{ part.part }}/', cast(subject.{{ part.key }} as varchar)) as commitment_id,
        {{ loop.index }} as exclusion_number,
        '{{ exclusion.rule }}' as exclusion_rule,
        {{ as_instant(exclusion.at) }} as excluded_at,
        {{ as_instant(exclusion.ended) }} as ended_at,
        {{ literal(exclusion.ended is not none) }} as needs_end
    from {{ ref(part.model) }} as subject
    where
        {{ all_of(exclusion['where']) }}
        and {{ all_of(part['where']) }}
        and {{ in_force(part, as_business_date(part.opens)) }}
    union all
    {% endfor %}
    {% endfor %}
    {{ no_rows([
        ('commitment_id', 'varchar'), ('exclusion_number', 'bigint'), ('exclusion_rule', 'varchar'),
        ('excluded_at', 'timestamp'), ('ended_at', 'timestamp'), ('needs_end', 'boolean'),
    ]) }}

)

select
    matching.commitment_id,
    cast(matching.exclusion_number as bigint) as exclusion_number,
    matching.exclusion_rule,
    matching.excluded_at,
    matching.ended_at,
    matching.needs_end
from matching
cross join run
where matching.excluded_at is null or matching.excluded_at <= run.as_of
