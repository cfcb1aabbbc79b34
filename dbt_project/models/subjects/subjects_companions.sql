{{ config(materialized='incremental', incremental_strategy='tonights_scope', on_schema_change='fail') }}
-- Grain: one row per subject row that a companion figure counts.
-- Scope: figures shown beside a standard; `numerator` is 0 or 1 for a share, the value itself for a mean.
-- An increment replaces the rows of tonight's scope and leaves all others.
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
where
    {{ all_of(companion['where']) }}
    and subject.{{ companion.on.name }} is not null
union all
{% endfor %}
{{ no_rows([
    ('standard_id', 'varchar'), ('companion', 'varchar'), ('subject_table', 'varchar'), ('subject_id', 'varchar'),
    ('department_id', 'varchar'), ('counted_on', 'date'), ('numerator', 'double'),
]) }}
