-- Grain: one row per row that a measure's part reads, and role: 'counted' (the rule's own rows), 'over' (what a
-- ratio is taken over) or 'population' (those of whom a share is taken).
-- Scope: rows that meet their conditions and are dated by as_of; which slot they fall in is decided later. `unit_id`
-- is the department or value that has a figure of its own, NULL where there is one figure for all.
with run as (

    select as_of from {{ source('control', 'run') }}

)

{% for part in parts_of('measure') %}
select
    {{ subject_columns(part) }}
    'counted' as role,
    {{ unit_of(part, part.owner_column, part.per_column) }} as unit_id,
    {{ as_business_date(part.dated) }} as first_day,
    {{ as_business_date(part.dated) }} as last_day,
    {{ as_instant(part.dated) }} as counted_at,
    {{ column_as(part.item, 'varchar') }} as item,
    {{ column_as(part.value, 'double') }} as measured,
    coalesce({{ all_of(part.hits) }}, false) as is_hit,
    subject.source_id,
    subject.known_at
from {{ ref(part.model) }} as subject
cross join run
where {{ all_of(part['where']) }} and {{ has_come(part.dated) }}
union all
{% if part.over is not none %}
select
    '{{ part.standard_id }}' as standard_id,
    {{ part.rule_version }} as rule_version,
    '{{ part.part }}' as part,
    '{{ part.subject_table }}' as subject_table,
    cast(subject.{{ part.over.key }} as varchar) as subject_id,
    {{ literal(part.owner_department) }} as department_id,
    'over' as role,
    {{ unit_of(part, part.over.by, part.over.by) }} as unit_id,
    {{ as_business_date(part.over.dated) }} as first_day,
    {{ as_business_date(part.over.dated) }} as last_day,
    {{ as_instant(part.over.dated) }} as counted_at,
    cast(null as varchar) as item,
    cast(null as double) as measured,
    false as is_hit,
    subject.source_id,
    subject.known_at
from {{ ref(part.over.model) }} as subject
cross join run
where {{ all_of(part.over['where']) }} and {{ has_come(part.over.dated) }}
union all
{% endif %}
{% if part.population_model is not none %}
select
    '{{ part.standard_id }}' as standard_id,
    {{ part.rule_version }} as rule_version,
    '{{ part.part }}' as part,
    '{{ part.subject_table }}' as subject_table,
    cast(subject.{{ part.population_item }} as varchar) as subject_id,
    {{ literal(part.owner_department) }} as department_id,
    'population' as role,
    {{ unit_of(part, part.population_by, part.population_by) }} as unit_id,
    subject.{{ part.population_starts }} as first_day,
    subject.{{ part.population_ends }} as last_day,
    cast(null as timestamp) as counted_at,
    cast(subject.{{ part.population_item }} as varchar) as item,
    cast(null as double) as measured,
    false as is_hit,
    subject.source_id,
    subject.known_at
from {{ ref(part.population_model) }} as subject
where subject.{{ part.population_item }} is not null and subject.{{ part.population_starts }} is not null
union all
{% endif %}
{% endfor %}
{{ no_subjects([
    ('role', 'varchar'), ('unit_id', 'varchar'), ('first_day', 'date'), ('last_day', 'date'),
    ('counted_at', 'timestamp'), ('item', 'varchar'), ('measured', 'double'), ('is_hit', 'boolean'),
]) }}
