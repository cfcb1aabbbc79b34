-- Grain: one row per week (Monday to Sunday), standard and department with something decided, excluded or open in it.
-- Scope: sums of compliance_daily; `pending` is what was open at the week's end, or at its last ended day.
with weeks as (

    select
        *,
        {{ monday_of('day') }} as week_start
    from {{ ref('compliance_daily') }}

),

last_days as (

    select {{ monday_of('day') }} as week_start, max(day) as last_day
    from {{ ref('compliance_daily') }}
    group by {{ monday_of('day') }}

)

select
    weeks.week_start,
    {{ add_days('weeks.week_start', 6) }} as week_end,
    weeks.standard_id,
    weeks.department_id,
    cast(sum(weeks.met) as bigint) as met,
    cast(sum(weeks.breached) as bigint) as breached,
    cast(sum(case when weeks.day = last_days.last_day then weeks.pending else 0 end) as bigint) as pending,
    cast(sum(weeks.excluded) as bigint) as excluded
from weeks
inner join last_days on weeks.week_start = last_days.week_start
group by weeks.week_start, weeks.standard_id, weeks.department_id
order by weeks.week_start, weeks.standard_id, weeks.department_id
