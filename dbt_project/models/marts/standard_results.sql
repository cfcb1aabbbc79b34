-- Grain: one row per period (as result_periods has them), standard and department; department_id
-- NULL is the whole agency, which has a row for every standard in every period.
-- Scope: what is not known decides nothing. Of every version of the rule, `broken` says that the share met misses its
-- own target even if all that is unknown (in doubt, missing, or not heard of) was met, for one version at
-- least; `kept`, that it reaches it even if all was breached, for every version; else it is no_data. The two ends are
-- the columns met_at_least, breached_at_most and met_at_most, breached_at_least; with nothing unknown both are met and
-- breached. `breached_strict` also counts what the charter's strict exclusions took out.
-- Known limits: a running period is judged on its ended days. A day that nobody heard of, in a period in which
-- nothing was decided, is no_data even if it can hold nothing.
with periods as (

    {{ periods_to_their_last_day() }}

),

decided as (

    select
        period_kind,
        period_start,
        standard_id,
        department_id,
        sum(met) as met,
        sum(breached) as breached,
        sum(excluded) as excluded,
        sum(excluded_strict) as excluded_strict,
        sum(awaited) as awaited,
        max(case when is_unbounded then 1 else 0 end) = 1 as is_unbounded,
        sum(missing_at_most) as missing_at_most,
        sum(met_at_least) as met_at_least,
        sum(breached_at_most) as breached_at_most,
        sum(met_at_most) as met_at_most,
        sum(breached_at_least) as breached_at_least,
        max(case when is_missed then 1 else 0 end) as missed_versions,
        max(case when is_kept then 0 else 1 end) as versions_not_kept
    from {{ ref('result_bounds') }}
    group by period_kind, period_start, standard_id, department_id

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
    from {{ ref('result_periods') }} as period_days
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

    -- departments with something decided, open or in doubt; the whole agency for every standard that has any or is in
    -- force
    select
        period_kind,
        period_start,
        standard_id,
        department_id
    from decided
    where met + breached + excluded > 0
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
        department_id
    from {{ ref('result_doubted') }}
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
    cast(coalesce(doubted.refused, 0) as bigint) as refused,
    cast(coalesce(doubted.ahead, 0) as bigint) as ahead,
    cast(coalesce(doubted.withdrawn, 0) as bigint) as withdrawn,
    cast(coalesce(doubted.early, 0) as bigint) as early,
    cast(coalesce(decided.awaited, 0) as bigint) as awaited,
    cast(case when decided.is_unbounded then null else coalesce(decided.missing_at_most, 0) end as bigint)
        as missing_at_most,
    cast(coalesce(decided.met_at_least, 0) as bigint) as met_at_least,
    cast(case when decided.is_unbounded then null else coalesce(decided.breached_at_most, 0) end as bigint)
        as breached_at_most,
    cast(case when decided.is_unbounded then null else coalesce(decided.met_at_most, 0) end as bigint) as met_at_most,
    cast(coalesce(decided.breached_at_least, 0) as bigint) as breached_at_least,
    case
        when decided.missed_versions > 0 then 'broken'
        when decided.versions_not_kept > 0 then 'no_data'
        when decided.met + decided.breached > 0 then 'kept'
        when uncovered.days_without_data > 0 then 'no_data'
        else 'nothing_due'
    end as result,
    nullif(
        concat_ws(
            '; ',
            case
                when uncovered.days_without_data > 0
                    then concat(uncovered.source_id, ':', cast(uncovered.first_day_without_data as varchar))
            end,
            case when doubted.refused > 0 then concat('refused:', cast(doubted.refused as varchar)) end,
            case when doubted.ahead > 0 then concat('ahead:', cast(doubted.ahead as varchar)) end,
            case when doubted.withdrawn > 0 then concat('withdrawn:', cast(doubted.withdrawn as varchar)) end,
            case when doubted.early > 0 then concat('early:', cast(doubted.early as varchar)) end,
            case
                when coalesce(decided.awaited, 0) + coalesce(doubted.awaited, 0) > 0
                    then
                        concat(
                            'awaited:',
                            cast(
                                cast(coalesce(decided.awaited, 0) + coalesce(doubted.awaited, 0) as bigint) as varchar
                            )
                        )
            end
        ), ''
    ) as reason
from judged
inner join periods on judged.period_kind = periods.period_kind and judged.period_start = periods.period_start
left join decided
    on
        {{ of_same_result('judged', 'decided') }}
left join pending
    on
        {{ of_same_result('judged', 'pending') }}
left join {{ ref('result_doubted') }} as doubted
    on
        {{ of_same_result('judged', 'doubted') }}
left join uncovered
    on
        judged.period_kind = uncovered.period_kind
        and judged.period_start = uncovered.period_start
        and judged.standard_id = uncovered.standard_id
order by judged.period_kind, judged.period_start, judged.standard_id, judged.department_id
