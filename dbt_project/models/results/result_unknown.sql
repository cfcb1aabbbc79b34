-- Grain: one row per period, standard, rule version, target (target_part) and department (NULL is the whole agency) of
-- which something is not known.
-- Scope: what refused rows, missing days and silent sources leave open, as counts of commitments. `met_in_doubt` and
-- `breached_in_doubt` are among those decided in the period; `added`, `awaited` and `missing_at_most` come to them;
-- `exchanged` may be either. Of the days that incidents in doubt bear on, no more are in doubt than these rows are.
-- `is_unbounded`: nothing says how many a missing day may have decided.
with periods as (

    {{ periods_to_their_last_day() }}

),

in_doubt as (

    -- two refused rows may bear on one commitment, and much may leave one breach open: each is in doubt once
    {% for model in ['result_in_doubt', 'result_follows'] %}
    select
        commitment_id,
        standard_id,
        rule_version,
        target_part,
        department_id,
        status,
        decided_on,
        min(first_day) as first_day,
        max(last_day) as last_day,
        {{ 'count(*) = count(breaks)' if model == 'result_in_doubt' else 'false' }} as is_by_rows
    from {{ ref(model) }}
    group by commitment_id, standard_id, rule_version, target_part, department_id, status, decided_on
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

in_doubt_in_periods as (

    select
        periods.period_kind,
        periods.period_start,
        in_doubt.standard_id,
        in_doubt.rule_version,
        in_doubt.target_part,
        in_doubt.department_id,
        in_doubt.is_by_rows,
        case
            when in_doubt.decided_on between periods.period_start and periods.period_end then in_doubt.status
        end as status_here
    from periods
    inner join in_doubt on periods.period_end >= in_doubt.first_day and periods.period_start <= in_doubt.last_day

),

days_and_rows as (

    -- one row in doubt may turn any of these days, but no more of them than it has incidents
    {% for department in ['department_id', 'cast(null as varchar)'] %}
    select
        period_kind,
        period_start,
        standard_id,
        rule_version,
        target_part,
        {{ department }} as department_id,
        status_here as status,
        1 as days,
        0 as incidents
    from in_doubt_in_periods
    where is_by_rows
    union all
    select
        periods.period_kind,
        periods.period_start,
        in_doubt.standard_id,
        in_doubt.rule_version,
        in_doubt.target_part,
        {{ department }} as department_id,
        in_doubt.status,
        0 as days,
        max(case when in_doubt.status = 'met' then in_doubt.breaks else in_doubt.mends end) as incidents
    from periods
    inner join {{ ref('result_in_doubt') }} as in_doubt
        on in_doubt.decided_on between periods.period_start and periods.period_end
    where in_doubt.breaks is not null
    group by
        periods.period_kind, periods.period_start, in_doubt.standard_id, in_doubt.rule_version, in_doubt.target_part,
        {{ 'in_doubt.department_id, ' if not loop.last }}in_doubt.status, in_doubt.case_id
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

days_by_rows as (

    select
        period_kind,
        period_start,
        standard_id,
        rule_version,
        target_part,
        department_id,
        status,
        least(sum(days), sum(incidents)) as days
    from days_and_rows
    group by period_kind, period_start, standard_id, rule_version, target_part, department_id, status

),

missing_units as (

    -- a slot of the calendar that misses several days is one
    select
        days.period_kind,
        days.period_start,
        missing.standard_id,
        missing.rule_version,
        missing.target_part,
        missing.department_id,
        missing.unit,
        max(missing.at_most) as at_most
    from {{ ref('result_periods') }} as days
    inner join {{ ref('result_missing') }} as missing on days.day = missing.day
    group by
        days.period_kind, days.period_start, missing.standard_id, missing.rule_version, missing.target_part,
        missing.department_id, missing.unit

),

things as (

    {% for department in ['department_id', 'cast(null as varchar)'] %}
    select
        period_kind,
        period_start,
        standard_id,
        rule_version,
        target_part,
        {{ department }} as department_id,
        case when status_here = 'met' then 1 else 0 end as met_in_doubt,
        case when status_here = 'breached' then 1 else 0 end as breached_in_doubt,
        case when status_here in ('met', 'breached') then 0 else 1 end as added,
        0 as exchanged,
        0 as awaited,
        0 as missing_at_most,
        false as is_unbounded
    from in_doubt_in_periods
    where not is_by_rows
    union all
    select
        days.period_kind,
        days.period_start,
        awaited.standard_id,
        awaited.rule_version,
        awaited.target_part,
        {{ department }} as department_id,
        0 as met_in_doubt,
        0 as breached_in_doubt,
        0 as added,
        0 as exchanged,
        awaited.awaited,
        0 as missing_at_most,
        false as is_unbounded
    from {{ ref('result_periods') }} as days
    inner join {{ ref('result_awaited') }} as awaited on days.day = awaited.due_on
    union all
    {% endfor %}
    select
        periods.period_kind,
        periods.period_start,
        added.standard_id,
        added.rule_version,
        added.target_part,
        added.department_id,
        0 as met_in_doubt,
        0 as breached_in_doubt,
        added.added,
        added.exchanged,
        0 as awaited,
        0 as missing_at_most,
        false as is_unbounded
    from periods
    inner join {{ ref('result_added') }} as added
        on
            periods.period_end >= added.first_day
            and periods.period_start <= coalesce(added.last_day, date '9999-12-31')
    union all
    select
        period_kind,
        period_start,
        standard_id,
        rule_version,
        target_part,
        department_id,
        0 as met_in_doubt,
        0 as breached_in_doubt,
        0 as added,
        0 as exchanged,
        0 as awaited,
        coalesce(at_most, 0) as missing_at_most,
        at_most is null as is_unbounded
    from missing_units
    union all
    select
        period_kind,
        period_start,
        standard_id,
        rule_version,
        target_part,
        department_id,
        case when status = 'met' then days else 0 end as met_in_doubt,
        case when status = 'breached' then days else 0 end as breached_in_doubt,
        0 as added,
        0 as exchanged,
        0 as awaited,
        0 as missing_at_most,
        false as is_unbounded
    from days_by_rows

)

select
    period_kind,
    period_start,
    standard_id,
    rule_version,
    target_part,
    department_id,
    sum(met_in_doubt) as met_in_doubt,
    sum(breached_in_doubt) as breached_in_doubt,
    sum(added) as added,
    sum(exchanged) as exchanged,
    sum(awaited) as awaited,
    sum(missing_at_most) as missing_at_most,
    max(case when is_unbounded then 1 else 0 end) = 1 as is_unbounded
from things
group by period_kind, period_start, standard_id, rule_version, target_part, department_id
