-- Grain: one row per period and ended business day in it.
-- Scope: of the kinds of periods that are judged (control.period_kinds), the last ended day, which is a period of
-- itself whenever the charter began; every week (from Monday), month, quarter, year and fiscal year since the charter
-- came into force; and the 12 months that end with the last ended day.
with run as (

    select
        in_force_from,
        {{ add_days('today', -1) }} as last_day,
        {{ add_calendar_months(add_days('today', -1), -12) }} as last_day_a_year_before
    from {{ source('control', 'run') }}

),

ended_days as (

    select day.day
    from {{ source('control', 'days') }} as day
    cross join run
    where day.day >= run.in_force_from and day.day <= run.last_day

),

periods as (

    select
        'day' as period_kind,
        last_day as period_start,
        last_day as day
    from run
    {% for period_kind, period_start in [
        ('week', monday_of('day')), ('month', new_month_of('day')), ('quarter', new_quarter_of('day')),
        ('year', new_year_of('day'))
    ] %}
    union all
    select
        '{{ period_kind }}' as period_kind,
        {{ period_start }} as period_start,
        day
    from ended_days
    {% endfor %}
    union all
    select
        kind.period_kind,
        {{ new_fiscal_year_of('ended_days.day', 'kind.starts_in_month', 'kind.starts_on_day') }} as period_start,
        ended_days.day
    from ended_days
    inner join {{ source('control', 'period_kinds') }} as kind on kind.period_kind = 'fiscal_year'
    union all
    select
        'rolling_year' as period_kind,
        {{ add_days('run.last_day_a_year_before', 1) }} as period_start,
        ended_days.day
    from ended_days
    inner join run on ended_days.day > run.last_day_a_year_before

)

select
    periods.period_kind,
    periods.period_start,
    periods.day
from periods
inner join {{ source('control', 'period_kinds') }} as judged on periods.period_kind = judged.period_kind
