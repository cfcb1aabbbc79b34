-- Grain: one row per subject and part of a deadline rule: the start event must be answered within the limit.
-- Scope: every clock. `counting` (one per part, from the charter) says what the limit counts: seconds, days, months,
-- working seconds, working days (the first one included), months rolled off a day off, or a promised instant.
-- A limit in days ends with its last day: the due time is the midnight after it, and midnight is late. A limit in
-- seconds ends at its last instant, which is in time unless the rule says `<` (before).
-- Known limits: a due time beyond the calendar's last day is NULL and fails the model's test. A limit in working hours
-- that ends with a day's work is late for an answer that evening, though no working time lies between them.
with run as (

    select as_of from {{ source('control', 'run') }}

),

subjects as (

    select
        subject.standard_id,
        subject.rule_version,
        subject.part,
        subject.subject_table,
        subject.subject_id,
        subject.department_id,
        subject.opened_at,
        subject.opened_on,
        subject.promised_at,
        case when subject.extended_at <= run.as_of then subject.extended_at end as extended_at,
        subject.exclusion_rule,
        subject.excluded_at,
        subject.exclusion_ended_at,
        subject.exclusion_needs_end,
        subject.source_id,
        subject.known_at,
        part.calendar,
        part.counting,
        part.granularity,
        part.comparison,
        part.unit,
        part.unit_seconds,
        part.limit_count,
        part.extension_count,
        part.owner_department,
        horizon.judged_at,
        {{ commitment_id('subject') }} as commitment_id,
        case when subject.fulfilled_at <= run.as_of then subject.fulfilled_at end as fulfilled_at
    from {{ ref('subjects_deadline') }} as subject
    inner join {{ source('control', 'rule_parts') }} as part
        on
            subject.standard_id = part.standard_id
            and subject.rule_version = part.rule_version
            and subject.part = part.part
    inner join {{ ref('int_horizons') }} as horizon on subject.subject_table = horizon.subject_table
    cross join run

),

limits as (

    -- the first limit, and for subjects with a reasoned extension the prolonged one beside it
    select
        commitment_id,
        'limit' as due_basis,
        calendar,
        counting,
        granularity,
        opened_at,
        opened_on,
        promised_at,
        limit_count
    from subjects
    union all
    select
        commitment_id,
        'extended' as due_basis,
        calendar,
        counting,
        granularity,
        opened_at,
        opened_on,
        promised_at,
        limit_count + extension_count as limit_count
    from subjects
    where extension_count is not null and extended_at is not null

),

working_moments as (

    -- the instants whose place in working time is needed
    select
        commitment_id,
        calendar,
        'opened' as moment,
        opened_at as occurred_at,
        opened_on as occurred_on
    from subjects
    where counting = 'working_seconds'
    union all
    select
        commitment_id,
        calendar,
        'fulfilled' as moment,
        fulfilled_at as occurred_at,
        {{ local_date('fulfilled_at') }} as occurred_on
    from subjects
    where counting = 'working_seconds' and fulfilled_at is not null

),

working_positions as (

    -- working seconds of the calendar up to each of them: those of the days before, and those of its own day
    select
        moment.commitment_id,
        moment.moment,
        min(day.working_seconds_before)
        + coalesce(
            sum(
                {{ seconds_between('span.starts_at', 'least(span.ends_at, moment.occurred_at)') }}
            ), 0
        ) as working_seconds
    from working_moments as moment
    inner join {{ source('control', 'clock_days') }} as day
        on moment.calendar = day.calendar and moment.occurred_on = day.day
    left join {{ source('control', 'working_spans') }} as span
        on
            moment.calendar = span.calendar
            and span.starts_at >= day.starts_at
            and span.starts_at < day.ends_at
            and span.starts_at < moment.occurred_at
    group by moment.commitment_id, moment.moment

),

first_working_days as (

    -- day one of a limit in working days: the opening's day, or the next on which the agency works
    select
        subjects.commitment_id,
        first_day.working_day_number
    from subjects
    inner join {{ source('control', 'clock_days') }} as opening_day
        on subjects.calendar = opening_day.calendar and subjects.opened_on = opening_day.day
    inner join {{ source('control', 'clock_days') }} as first_day
        on subjects.calendar = first_day.calendar and opening_day.next_working_day = first_day.day
    where subjects.counting = 'working_days'

),

working_days as (

    select
        calendar,
        working_day_number,
        ends_at
    from {{ source('control', 'clock_days') }}
    where is_working

),

targets as (

    -- where each limit leads: the same day some months later, or the working second that it ends on
    select
        limits.*,
        case
            when limits.counting in ('months', 'rolled_months')
                then {{ add_calendar_months('limits.opened_on', 'limits.limit_count') }}
        end as same_day_later,
        {{ seconds_between(local_midnight('limits.opened_on'), 'limits.opened_at') }} as seconds_into_day,
        opening.working_seconds + limits.limit_count as working_target
    from limits
    left join working_positions as opening
        on limits.commitment_id = opening.commitment_id and opening.moment = 'opened'

),

due_times as (

    select
        limits.commitment_id,
        limits.due_basis,
        limits.limit_count,
        case
            when limits.counting = 'promised' then limits.promised_at
            when limits.counting = 'seconds' then {{ add_seconds('limits.opened_at', 'limits.limit_count') }}
            when limits.counting = 'days'
                then {{ local_midnight(add_days('limits.opened_on', 'limits.limit_count + 1')) }}
            when limits.counting = 'months' and limits.granularity = 'date'
                then {{ local_midnight(add_days('limits.same_day_later', 1)) }}
            when limits.counting = 'months'
                then {{ add_seconds(local_midnight('limits.same_day_later'), 'limits.seconds_into_day') }}
            when limits.counting = 'rolled_months'
                then {{ local_midnight(add_days('rolled.next_working_day', 1)) }}
            when limits.counting = 'working_days' then last_day.ends_at
            when limits.counting = 'working_seconds'
                then {{ add_seconds('span.starts_at', 'limits.working_target - span.seconds_before') }}
        end as due_at
    from targets as limits
    left join first_working_days on limits.commitment_id = first_working_days.commitment_id
    left join working_days as last_day
        on
            limits.calendar = last_day.calendar
            and first_working_days.working_day_number + limits.limit_count - 1 = last_day.working_day_number
    left join {{ source('control', 'clock_days') }} as rolled
        on
            limits.counting = 'rolled_months'
            and limits.calendar = rolled.calendar
            and rolled.day = case
                -- the first day counts, so that the month ends the day before; a month too short ends with its last day
                when
                    extract(day from {{ add_calendar_months('limits.opened_on', 'limits.limit_count') }})
                    = extract(day from limits.opened_on)
                    then {{ add_days(add_calendar_months('limits.opened_on', 'limits.limit_count'), -1) }}
                else {{ add_calendar_months('limits.opened_on', 'limits.limit_count') }}
            end
    left join {{ source('control', 'working_spans') }} as span
        on
            limits.calendar = span.calendar
            and limits.working_target > span.seconds_before
            and limits.working_target <= span.seconds_before + span.seconds

),

clocked as (

    -- an extension counts when it was notified before the first limit had run out
    select
        subjects.*,
        first_limit.due_at as original_due_at,
        coalesce(prolonged.due_at, first_limit.due_at) as due_at,
        coalesce(prolonged.limit_count, first_limit.limit_count) as counted_limit,
        case
            when subjects.counting = 'promised' then 'promised'
            when prolonged.due_at is not null then 'extended'
            else 'limit'
        end as due_basis,
        subjects.counting in ('days', 'working_days', 'rolled_months')
        or (subjects.counting = 'months' and subjects.granularity = 'date') as ends_with_a_day
    from subjects
    inner join due_times as first_limit
        on subjects.commitment_id = first_limit.commitment_id and first_limit.due_basis = 'limit'
    left join due_times as prolonged
        on
            subjects.commitment_id = prolonged.commitment_id
            and prolonged.due_basis = 'extended'
            and subjects.extended_at >= subjects.opened_at
            and subjects.extended_at < first_limit.due_at

),

measured as (

    select
        clocked.*,
        coalesce(
            case
                when clocked.ends_with_a_day or clocked.comparison = '<' then clocked.fulfilled_at < clocked.due_at
                else clocked.fulfilled_at <= clocked.due_at
            end, false
        ) as is_in_time,
        case
            when clocked.fulfilled_at is null then null
            when clocked.counting = 'working_days'
                then cast(
                    fulfilled_day.working_day_number + case when fulfilled_day.is_working then 1 else 2 end
                    - first_working_days.working_day_number as double
                )
            when clocked.counting = 'working_seconds'
                then (finish.working_seconds - opening.working_seconds) / clocked.unit_seconds
            when clocked.ends_with_a_day
                then cast({{ days_between('clocked.opened_on', local_date('clocked.fulfilled_at')) }} as double)
            else {{ seconds_between('clocked.opened_at', 'clocked.fulfilled_at') }} / clocked.unit_seconds
        end as measured_value,
        case
            when clocked.counting = 'working_days' then cast(clocked.counted_limit as double)
            when clocked.counting = 'working_seconds' then clocked.counted_limit / clocked.unit_seconds
            when clocked.ends_with_a_day
                then cast({{ days_between('clocked.opened_on', local_date('clocked.due_at')) }} - 1 as double)
            else {{ seconds_between('clocked.opened_at', 'clocked.due_at') }} / clocked.unit_seconds
        end as limit_value
    from clocked
    left join first_working_days on clocked.commitment_id = first_working_days.commitment_id
    left join {{ source('control', 'clock_days') }} as fulfilled_day
        on
            clocked.counting = 'working_days'
            and clocked.calendar = fulfilled_day.calendar
            and {{ local_date('clocked.fulfilled_at') }} = fulfilled_day.day
    left join working_positions as opening
        on clocked.commitment_id = opening.commitment_id and opening.moment = 'opened'
    left join working_positions as finish
        on clocked.commitment_id = finish.commitment_id and finish.moment = 'fulfilled'

),

judged as (

    select
        measured.*,
        {{ status_of(
            'measured.is_in_time', 'measured.fulfilled_at', 'measured.due_at', 'measured.judged_at'
        ) }} as clock_status
    from measured

)

select
    judged.commitment_id,
    judged.standard_id,
    judged.rule_version,
    judged.part,
    judged.subject_table,
    judged.subject_id,
    judged.department_id,
    judged.opened_at,
    judged.due_at,
    judged.original_due_at,
    judged.due_basis,
    judged.fulfilled_at,
    {{ decided_at('judged.clock_status', 'judged.opened_at', 'judged.fulfilled_at', 'judged.due_at') }} as decided_at,
    {{ decided_on('judged.clock_status', 'judged.opened_at', 'judged.fulfilled_at', 'judged.due_at') }} as decided_on,
    judged.clock_status,
    case
        when not judged.exclusion_needs_end or judged.exclusion_ended_at < judged.due_at then judged.exclusion_rule
    end as exclusion_rule,
    judged.excluded_at,
    judged.measured_value,
    judged.limit_value,
    judged.unit,
    judged.source_id,
    judged.known_at
from judged
