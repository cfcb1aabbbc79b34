-- Grain: one row per period, standard, rule version, target (target_part is the part whose own it is, NULL where all
-- parts share one) and department (NULL is the whole agency) with something decided, taken out or unknown.
-- Scope: how many commitments were met and breached, how many at least and at most with what is not known, and whether
-- the target is reached even at the worst (`is_kept`) or missed even at the best (`is_missed`).
with counted as (

    -- what is known and what is not, side by side; what a department decided, the whole agency did
    {% for department in ['decided.department_id', 'cast(null as varchar)'] %}
    select
        period_days.period_kind,
        period_days.period_start,
        decided.standard_id,
        decided.rule_version,
        own_target.target_part,
        {{ department }} as department_id,
        decided.met,
        decided.breached,
        decided.excluded,
        decided.excluded_strict,
        0 as met_in_doubt,
        0 as breached_in_doubt,
        0 as added,
        0 as exchanged,
        0 as awaited,
        0 as missing_at_most,
        false as is_unbounded
    from {{ ref('result_periods') }} as period_days
    inner join {{ ref('commitments_by_day') }} as decided on period_days.day = decided.day
    left join {{ source('control', 'targets') }} as own_target {{ on_own_target('decided') }}
    where decided.met + decided.breached + decided.excluded > 0
    union all
    {% endfor %}
    select
        period_kind,
        period_start,
        standard_id,
        rule_version,
        target_part,
        department_id,
        0 as met,
        0 as breached,
        0 as excluded,
        0 as excluded_strict,
        met_in_doubt,
        breached_in_doubt,
        added,
        exchanged,
        awaited,
        missing_at_most,
        is_unbounded
    from {{ ref('result_unknown') }}

),

summed as (

    select
        counted.period_kind,
        counted.period_start,
        counted.standard_id,
        counted.rule_version,
        counted.target_part,
        counted.department_id,
        sum(counted.met) as met,
        sum(counted.breached) as breached,
        sum(counted.excluded) as excluded,
        sum(counted.excluded_strict) as excluded_strict,
        sum(counted.met_in_doubt) as met_in_doubt,
        sum(counted.breached_in_doubt) as breached_in_doubt,
        sum(counted.exchanged) as exchanged,
        sum(counted.awaited) as awaited,
        sum(counted.missing_at_most) as missing_at_most,
        sum(counted.added + counted.awaited + counted.missing_at_most) as beside,
        max(case when counted.is_unbounded then 1 else 0 end) = 1 as is_unbounded
    from counted
    group by
        counted.period_kind, counted.period_start, counted.standard_id, counted.rule_version, counted.target_part,
        counted.department_id

),

ends as (

    -- a row that may stand for any commitment is worst for what is met, and best for what is breached
    select
        summed.*,
        cast(target.target as decimal(9, 6)) as target,
        greatest(summed.met - summed.met_in_doubt - summed.exchanged, 0) as met_at_least,
        summed.breached + summed.met_in_doubt + summed.exchanged + summed.beside as breached_at_most,
        summed.met + summed.breached_in_doubt + summed.exchanged + summed.beside as met_at_most,
        greatest(summed.breached - summed.breached_in_doubt - summed.exchanged, 0) as breached_at_least
    from summed
    inner join {{ source('control', 'targets') }} as target
        on
            summed.standard_id = target.standard_id
            and summed.rule_version = target.rule_version
            and summed.target_part is not distinct from target.target_part

),

held_against_targets as (

    select
        ends.*,
        not ends.is_unbounded
        and ends.met_at_least >= ends.target * (ends.met_at_least + ends.breached_at_most) as is_kept,
        case
            -- of any number more, all met, only the whole is never reached
            when ends.is_unbounded then ends.target >= 1 and ends.breached_at_least > 0
            else ends.met_at_most < ends.target * (ends.met_at_most + ends.breached_at_least)
        end as is_missed
    from ends

)

select
    period_kind,
    period_start,
    standard_id,
    rule_version,
    target_part,
    department_id,
    met,
    breached,
    excluded,
    excluded_strict,
    awaited,
    missing_at_most,
    is_unbounded,
    met_at_least,
    breached_at_most,
    met_at_most,
    breached_at_least,
    target,
    is_kept,
    is_missed
from held_against_targets
