-- Grain: one row per business day, standard and department with something decided, excluded or open on that day.
-- Scope: components only; a rate is computed where it is shown. Decided and excluded commitments count on the day they
-- were decided or taken out; `pending` is what was open at the end of the day.
with run as (

    select {{ add_days('today', -1) }} as last_day
    from {{ source('control', 'run') }}

),

per_day as (

    select
        day,
        standard_id,
        department_id,
        sum(opened) as opened,
        sum(met) as met,
        sum(breached) as breached,
        sum(excluded) as excluded
    from {{ ref('commitments_by_day') }}
    group by day, standard_id, department_id

),

first_days as (

    select
        standard_id,
        department_id,
        min(day) as first_day
    from per_day
    group by standard_id, department_id

),

every_day as (

    select
        day.day,
        first_days.standard_id,
        first_days.department_id
    from first_days
    cross join run
    inner join {{ source('control', 'days') }} as day on day.day >= first_days.first_day and day.day <= run.last_day

),

running as (

    select
        every_day.day,
        every_day.standard_id,
        every_day.department_id,
        cast(coalesce(per_day.met, 0) as bigint) as met,
        cast(coalesce(per_day.breached, 0) as bigint) as breached,
        cast(coalesce(per_day.excluded, 0) as bigint) as excluded,
        cast(sum(per_day.opened - per_day.met - per_day.breached - per_day.excluded) over (
            partition by every_day.standard_id, every_day.department_id
            order by every_day.day
            rows between unbounded preceding and current row
        ) as bigint) as pending
    from every_day
    left join per_day
        on
            every_day.day = per_day.day
            and every_day.standard_id = per_day.standard_id
            and every_day.department_id = per_day.department_id

)

select
    day,
    standard_id,
    department_id,
    met,
    breached,
    pending,
    excluded
from running
where met + breached + pending + excluded > 0
order by day, standard_id, department_id
