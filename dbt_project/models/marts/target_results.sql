-- Grain: one row per period (as result_periods has them), standard, rule version, part with a target of its own, and
-- department; department_id NULL is the whole agency.
-- Scope: standards whose parts have targets, for whomever standard_results has a row: every target in force in the
-- period, and those of which something was decided in it. `result` is said as there: broken if the target is missed
-- even at the best, kept if it is reached even at the worst, else no_data. A standard is broken if one of its targets
-- is, and kept only if none is open. Rates are NULL where nothing is counted, or where nothing bounds what is.
with own_targets as (

    select *
    from {{ source('control', 'targets') }}
    where target_part is not null

),

days_in_force as (

    select
        period_days.period_kind,
        period_days.period_start,
        period_days.day,
        own_targets.standard_id,
        own_targets.rule_version,
        own_targets.target_part
    from {{ ref('result_periods') }} as period_days
    inner join own_targets
        on
            period_days.day >= own_targets.effective_from
            and (own_targets.effective_to is null or period_days.day <= own_targets.effective_to)

),

bounds as (

    select *
    from {{ ref('result_bounds') }}
    where target_part is not null

),

judged as (

    select
        result.period_kind,
        result.period_start,
        result.period_end,
        result.standard_id,
        days_in_force.rule_version,
        days_in_force.target_part,
        result.department_id
    from {{ ref('standard_results') }} as result
    inner join days_in_force
        on
            result.period_kind = days_in_force.period_kind
            and result.period_start = days_in_force.period_start
            and result.standard_id = days_in_force.standard_id
    union
    select
        result.period_kind,
        result.period_start,
        result.period_end,
        result.standard_id,
        bounds.rule_version,
        bounds.target_part,
        result.department_id
    from {{ ref('standard_results') }} as result
    inner join bounds
        on
            {{ of_same_result('result', 'bounds') }}

),

uncovered as (

    select
        in_force.period_kind,
        in_force.period_start,
        in_force.standard_id,
        in_force.rule_version,
        in_force.target_part,
        count(*) as days_without_data
    from days_in_force as in_force
    inner join {{ ref('int_covered_days') }} as covered
        on
            in_force.standard_id = covered.standard_id
            and in_force.rule_version = covered.rule_version
            and in_force.day = covered.day
    where not covered.is_covered
    group by
        in_force.period_kind, in_force.period_start, in_force.standard_id, in_force.rule_version, in_force.target_part

),

counted as (

    select
        judged.*,
        own_targets.target,
        coalesce(uncovered.days_without_data, 0) as days_without_data,
        coalesce(bounds.met, 0) as met,
        coalesce(bounds.breached, 0) as breached,
        coalesce(bounds.excluded, 0) as excluded,
        coalesce(bounds.met_at_least, 0) as met_at_least,
        coalesce(bounds.breached_at_least, 0) as breached_at_least,
        case when bounds.is_unbounded then null else coalesce(bounds.breached_at_most, 0) end as breached_at_most,
        case when bounds.is_unbounded then null else coalesce(bounds.met_at_most, 0) end as met_at_most,
        coalesce(bounds.is_missed, false) as is_missed,
        coalesce(bounds.is_kept, true) as is_kept
    from judged
    inner join own_targets
        on
            judged.standard_id = own_targets.standard_id
            and judged.rule_version = own_targets.rule_version
            and judged.target_part = own_targets.target_part
    left join bounds
        on
            {{ of_same_result('judged', 'bounds') }}
            and judged.rule_version = bounds.rule_version
            and judged.target_part = bounds.target_part
    left join uncovered
        on
            judged.period_kind = uncovered.period_kind
            and judged.period_start = uncovered.period_start
            and judged.standard_id = uncovered.standard_id
            and judged.rule_version = uncovered.rule_version
            and judged.target_part = uncovered.target_part

)

select
    period_kind,
    period_start,
    period_end,
    standard_id,
    rule_version,
    target_part as part,
    department_id,
    cast(met as bigint) as met,
    cast(breached as bigint) as breached,
    cast(excluded as bigint) as excluded,
    cast(met as double) / nullif(met + breached, 0) as rate,
    cast(met_at_least as bigint) as met_at_least,
    cast(breached_at_most as bigint) as breached_at_most,
    cast(met_at_least as double) / nullif(met_at_least + breached_at_most, 0) as rate_at_least,
    cast(met_at_most as bigint) as met_at_most,
    cast(breached_at_least as bigint) as breached_at_least,
    cast(met_at_most as double) / nullif(met_at_most + breached_at_least, 0) as rate_at_most,
    target,
    case
        when is_missed then 'broken'
        when not is_kept then 'no_data'
        when met + breached > 0 then 'kept'
        when days_without_data > 0 then 'no_data'
        else 'nothing_due'
    end as result
from counted
order by period_kind, period_start, standard_id, rule_version, part, department_id
