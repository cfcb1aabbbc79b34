-- Grain: one row per period (the last ended day, every week, every year), standard and department; department_id
-- NULL is the whole agency, which has a row for every standard in every period.
-- Scope: `result` is broken when the share met is below the target, else no_data when a needed source misses a day
-- of the period, else kept, else nothing_due. Silence is never a kept promise. `breached_strict` also counts what
-- the charter's strict exclusions took out.
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

periods as (

    select
        'day' as period_kind,
        last_day as period_start,
        last_day as period_end
    from run
    union all
    select
        'week' as period_kind,
        {{ monday_of('day') }} as period_start,
        max(day) as period_end
    from ended_days
    group by {{ monday_of('day') }}
    union all
    select
        'year' as period_kind,
        {{ new_year_of('day') }} as period_start,
        max(day) as period_end
    from ended_days
    group by {{ new_year_of('day') }}

),

strict_days as (

    select
        commitment.decided_on as day,
        commitment.standard_id,
        commitment.department_id,
        count(*) as strictly_breached
    from {{ ref('fct_commitments') }} as commitment
    inner join {{ source('control', 'exclusions') }} as exclusion
        on commitment.exclusion_rule = exclusion.exclusion_rule
    where exclusion.is_strict
    group by commitment.decided_on, commitment.standard_id, commitment.department_id

),

per_department as (

    select
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        daily.standard_id,
        daily.department_id,
        sum(daily.met) as met,
        sum(daily.breached) as breached,
        sum(case when daily.day = periods.period_end then daily.pending else 0 end) as pending,
        sum(daily.excluded) as excluded,
        sum(coalesce(strict_days.strictly_breached, 0)) as strictly_breached
    from periods
    inner join {{ ref('compliance_daily') }} as daily on daily.day between periods.period_start and periods.period_end
    left join strict_days
        on
            daily.day = strict_days.day
            and daily.standard_id = strict_days.standard_id
            and daily.department_id = strict_days.department_id
    group by
        periods.period_kind, periods.period_start, periods.period_end, daily.standard_id, daily.department_id

),

standards as (

    -- the version in force on a period's last day
    select
        periods.period_kind,
        periods.period_start,
        periods.period_end,
        standard.standard_id,
        standard.rule_version,
        standard.target
    from periods
    inner join {{ source('control', 'standards') }} as standard
        on
            periods.period_end >= standard.effective_from
            and (standard.effective_to is null or periods.period_end <= standard.effective_to)

),

agency_wide as (

    select
        standards.period_kind,
        standards.period_start,
        standards.period_end,
        standards.standard_id,
        cast(null as varchar) as department_id,
        coalesce(sum(per_department.met), 0) as met,
        coalesce(sum(per_department.breached), 0) as breached,
        coalesce(sum(per_department.pending), 0) as pending,
        coalesce(sum(per_department.excluded), 0) as excluded,
        coalesce(sum(per_department.strictly_breached), 0) as strictly_breached
    from standards
    left join per_department
        on
            standards.period_kind = per_department.period_kind
            and standards.period_start = per_department.period_start
            and standards.standard_id = per_department.standard_id
    group by standards.period_kind, standards.period_start, standards.period_end, standards.standard_id

),

counted as (

    select * from per_department
    union all
    select * from agency_wide

),

uncovered as (

    select
        standards.period_kind,
        standards.period_start,
        standards.standard_id,
        count(*) as days_without_data,
        min(covered.day) as first_day_without_data,
        min_by(covered.uncovered_source_id, covered.day) as source_id
    from standards
    inner join {{ ref('int_covered_days') }} as covered
        on
            standards.standard_id = covered.standard_id
            and standards.rule_version = covered.rule_version
            and covered.day between standards.period_start and standards.period_end
    where not covered.is_covered
    group by standards.period_kind, standards.period_start, standards.standard_id

)

select
    counted.period_kind,
    counted.period_start,
    counted.period_end,
    counted.standard_id,
    counted.department_id,
    cast(counted.met as bigint) as met,
    cast(counted.breached as bigint) as breached,
    cast(counted.pending as bigint) as pending,
    cast(counted.excluded as bigint) as excluded,
    cast(counted.breached + counted.strictly_breached as bigint) as breached_strict,
    cast(coalesce(uncovered.days_without_data, 0) as bigint) as days_without_data,
    case
        when counted.met < standards.target * (counted.met + counted.breached) then 'broken'
        when uncovered.days_without_data > 0 then 'no_data'
        when counted.met + counted.breached > 0 then 'kept'
        else 'nothing_due'
    end as result,
    case
        when uncovered.days_without_data > 0
            then concat(uncovered.source_id, ':', cast(uncovered.first_day_without_data as varchar))
    end as reason
from counted
inner join standards
    on
        counted.period_kind = standards.period_kind
        and counted.period_start = standards.period_start
        and counted.standard_id = standards.standard_id
left join uncovered
    on
        counted.period_kind = uncovered.period_kind
        and counted.period_start = uncovered.period_start
        and counted.standard_id = uncovered.standard_id
order by counted.period_kind, counted.period_start, counted.standard_id, counted.department_id
