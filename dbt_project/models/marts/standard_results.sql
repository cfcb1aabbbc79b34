-- Grain: one row per period (the last ended day, every week, every year), standard and department; department_id
-- NULL is the whole agency, which has a row for every standard in every period.
-- Scope: `result` is broken when, of any version of the rule, the share met of what was decided under it is below its
-- own target; else no_data when a source that a version in force on the day needs misses a day of the period, else
-- kept, else nothing_due. Silence is never a kept promise. `breached_strict` also counts what the charter's strict
-- exclusions took out.
-- Known limits: a running week or year is judged on its ended days.
with run as (

    select in_force_from, {{ add_days('today', -1) }} as last_day from {{ source('control', 'run') }}

),

ended_days as (

    select day.day
    from {{ source('control', 'days') }} as day
    cross join run
    where day.day >= run.in_force_from and day.day <= run.last_day

),

period_days as (

    -- every period with each of its ended days; the last ended day is a period of itself, whenever the charter began
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

),

periods as (

    select
        period_kind,
        period_start,
        max(day) as period_end
    from period_days
    group by period_kind, period_start

),

by_version as (

    -- what each department decided in each period under each version of the rule
    select
        period_days.period_kind,
        period_days.period_start,
        decided.standard_id,
        decided.rule_version,
        decided.department_id,
        sum(decided.met) as met,
        sum(decided.breached) as breached,
        sum(decided.excluded) as excluded,
        sum(decided.excluded_strict) as excluded_strict
    from period_days
    inner join {{ ref('commitments_by_day') }} as decided on period_days.day = decided.day
    group by
        period_days.period_kind, period_days.period_start, decided.standard_id, decided.rule_version,
        decided.department_id
    having sum(decided.met) + sum(decided.breached) + sum(decided.excluded) > 0

),

judged_by_version as (

    select
        period_kind,
        period_start,
        standard_id,
        rule_version,
        department_id,
        met,
        breached,
        excluded,
        excluded_strict
    from by_version
    union all
    select
        period_kind,
        period_start,
        standard_id,
        rule_version,
        cast(null as varchar) as department_id,
        sum(met) as met,
        sum(breached) as breached,
        sum(excluded) as excluded,
        sum(excluded_strict) as excluded_strict
    from by_version
    group by period_kind, period_start, standard_id, rule_version

),

decided as (

    select
        judged.period_kind,
        judged.period_start,
        judged.standard_id,
        judged.department_id,
        sum(judged.met) as met,
        sum(judged.breached) as breached,
        sum(judged.excluded) as excluded,
        sum(judged.excluded_strict) as excluded_strict,
        max(
            case
                when judged.met < cast(standard.target as decimal(9, 6)) * (judged.met + judged.breached) then 1
                else 0
            end
        ) as missed_versions
    from judged_by_version as judged
    inner join {{ source('control', 'standards') }} as standard
        on judged.standard_id = standard.standard_id and judged.rule_version = standard.rule_version
    group by judged.period_kind, judged.period_start, judged.standard_id, judged.department_id

),

open_at_the_end as (

    select
        periods.period_kind,
        periods.period_start,
        daily.standard_id,
        daily.department_id,
        daily.pending
    from periods
    inner join {{ ref('compliance_daily') }} as daily on periods.period_end = daily.day
    where daily.pending > 0

),

days_in_force as (

    select
        period_days.period_kind,
        period_days.period_start,
        period_days.day,
        standard.standard_id,
        standard.rule_version
    from period_days
    inner join {{ source('control', 'standards') }} as standard
        on
            period_days.day >= standard.effective_from
            and (standard.effective_to is null or period_days.day <= standard.effective_to)

),

pending as (

    select
        period_kind,
        period_start,
        standard_id,
        department_id,
        pending
    from open_at_the_end
    union all
    select
        period_kind,
        period_start,
        standard_id,
        cast(null as varchar) as department_id,
        sum(pending) as pending
    from open_at_the_end
    group by period_kind, period_start, standard_id

),

judged as (

    -- departments with something decided or open, and the whole agency for every standard that has any or is in force
    select
        period_kind,
        period_start,
        standard_id,
        department_id
    from decided
    union
    select
        period_kind,
        period_start,
        standard_id,
        department_id
    from pending
    union
    select
        period_kind,
        period_start,
        standard_id,
        cast(null as varchar) as department_id
    from days_in_force

),

uncovered as (

    select
        in_force.period_kind,
        in_force.period_start,
        in_force.standard_id,
        count(*) as days_without_data,
        min(covered.day) as first_day_without_data,
        min_by(covered.uncovered_source_id, covered.day) as source_id
    from days_in_force as in_force
    inner join {{ ref('int_covered_days') }} as covered
        on
            in_force.standard_id = covered.standard_id
            and in_force.rule_version = covered.rule_version
            and in_force.day = covered.day
    where not covered.is_covered
    group by in_force.period_kind, in_force.period_start, in_force.standard_id

)

select
    judged.period_kind,
    judged.period_start,
    periods.period_end,
    judged.standard_id,
    judged.department_id,
    cast(coalesce(decided.met, 0) as bigint) as met,
    cast(coalesce(decided.breached, 0) as bigint) as breached,
    cast(coalesce(pending.pending, 0) as bigint) as pending,
    cast(coalesce(decided.excluded, 0) as bigint) as excluded,
    cast(coalesce(decided.breached + decided.excluded_strict, 0) as bigint) as breached_strict,
    cast(coalesce(uncovered.days_without_data, 0) as bigint) as days_without_data,
    case
        when decided.missed_versions > 0 then 'broken'
        when uncovered.days_without_data > 0 then 'no_data'
        when decided.met + decided.breached > 0 then 'kept'
        else 'nothing_due'
    end as result,
    case
        when uncovered.days_without_data > 0
            then concat(uncovered.source_id, ':', cast(uncovered.first_day_without_data as varchar))
    end as reason
from judged
inner join periods on judged.period_kind = periods.period_kind and judged.period_start = periods.period_start
left join decided
    on
        judged.period_kind = decided.period_kind
        and judged.period_start = decided.period_start
        and judged.standard_id = decided.standard_id
        and judged.department_id is not distinct from decided.department_id
left join pending
    on
        judged.period_kind = pending.period_kind
        and judged.period_start = pending.period_start
        and judged.standard_id = pending.standard_id
        and judged.department_id is not distinct from pending.department_id
left join uncovered
    on
        judged.period_kind = uncovered.period_kind
        and judged.period_start = uncovered.period_start
        and judged.standard_id = uncovered.standard_id
order by judged.period_kind, judged.period_start, judged.standard_id, judged.department_id
