{{ config(materialized='incremental', incremental_strategy='tonights_scope', on_schema_change='fail') }}
-- Grain: one row per subject row that a companion figure counts.
-- Scope: figures shown beside a standard, of what had come to pass by as_of; `numerator` is 0 or 1 for a share, and the
-- value itself for a mean.
-- Of several versions of a rule with the same figure, a row counts for the one that had begun last.
-- An increment replaces the rows of tonight's scope and leaves all others.
with run as (

    select as_of from {{ source('control', 'run') }}

)

{% for companion in var('companions') %}
select
    '{{ companion.standard_id }}' as standard_id,
    '{{ companion.companion }}' as companion,
    '{{ companion.subject_table }}' as subject_table,
    cast(subject.{{ companion.key }} as varchar) as subject_id,
    {{ owner_of(companion) }} as department_id,
    {{ as_business_date(companion.on) }} as counted_on,
    {{ numerator_of(companion) }} as numerator
from {{ ref(companion.model) }} as subject
cross join run
where
    {{ all_of(companion['where']) }}
    and {{ has_come(companion.on) }}
    and {{ in_turn(companion) }}
union all
{% endfor %}
{{ no_rows([
    ('standard_id', 'varchar'), ('companion', 'varchar'), ('subject_table', 'varchar'), ('subject_id', 'varchar'),
    ('department_id', 'varchar'), ('counted_on', 'date'), ('numerator', 'double'),
]) }}
