-- Grain: one row per period and ended business day in it.
-- Scope: the last ended day, every week (from Monday) and every year since the charter came into force; the last ended
-- day is a period of itself, whenever the charter began.
with run as (

    select in_force_from, {{ add_days('today', -1) }} as last_day from {{ source('control', 'run') }}

),

ended_days as (

    select day.day
    from {{ source('control', 'days') }} as day
    cross join run
    where day.day >= run.in_force_from and day.day <= run.last_day

)

select
    'day' as period_kind,
    last_day as period_start,
    last_day as day
from run
union all
select
    'week' as period_kind,
    {{ monday_of('day') }} as period_start,
    day
from ended_days
union all
select
    'year' as period_kind,
    {{ new_year_of('day') }} as period_start,
    day
from ended_days
