-- Grain: one row per subject row that a companion figure counts.
-- Scope: figures shown beside a standard; `numerator` is 0 or 1 for a share, the value itself for a mean.
{% for companion in var('companions') %}
select
    '{{ companion.standard_id }}' as standard_id,
    '{{ companion.companion }}' as companion,
    {{ owner_of(companion) }} as department_id,
    {{ as_business_date(companion.on) }} as counted_on,
    {% if companion.sum_of is not none %}
    cast(subject.{{ companion.sum_of }} as double) as numerator
    {% else %}
    cast(case when {{ all_of(companion.numerator) }} then 1 else 0 end as double) as numerator
    {% endif %}
from {{ ref(companion.model) }} as subject
where
    {{ all_of(companion['where']) }}
    and subject.{{ companion.on.name }} is not null
{{ 'union all' if not loop.last }}
{% endfor %}
