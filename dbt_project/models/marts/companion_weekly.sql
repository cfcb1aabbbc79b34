-- Grain: one row per week, standard, companion figure and department.
-- Scope: figures shown beside a standard, as components: numerator (a count, or a sum for a mean) over denominator.
-- Known limits: values of a mean count to six decimals, so that a sum does not hang on the order of its rows.
select
    {{ monday_of('companion.counted_on') }} as week_start,
    companion.standard_id,
    companion.companion,
    companion.department_id,
    cast(sum(cast(companion.numerator as decimal(28, 6))) as double) as numerator,
    cast(count(*) as bigint) as denominator
from {{ ref('subjects_companions') }} as companion
group by {{ monday_of('companion.counted_on') }}, companion.standard_id, companion.companion, companion.department_id
order by week_start, companion.standard_id, companion.companion, companion.department_id
