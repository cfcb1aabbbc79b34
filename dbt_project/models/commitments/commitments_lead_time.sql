{{ config(materialized='view') }}
-- Grain: one row per announced event and channel: the notice must precede the event by at least the limit.
-- Scope: a limit in days, months or working days compares days: `due_at` is the midnight after the last day on which a
-- notice is still early enough. Months keep the day of the month, or take the month's last day where there is none. A
-- limit in hours ends at an instant, which is still early enough.
-- Working days are those of the office that owned the subject when it opened, by the version of its calendar that was
-- known then: what becomes known later moves no lead time. The event's own day is not counted, that of the notice is.
-- Known limits: an event decided when its due time had already passed is breached at the moment it was decided. A last
-- day that the calendar does not hold is not known: due_at is NULL, due_basis is beyond_calendar, and it stays pending.
with run as (

    select as_of from {{ source('control', 'run') }}

),

clocked as (

    select
        subject.*,
        part.unit,
        part.unit_seconds,
        part.counting,
        part.calendar,
        part.ownership,
        part.limit_count,
        horizon.judged_at,
        {{ commitment_id('subject') }} as commitment_id,
        case
            when subject.notice_at is null then {{ day_has_come('subject.notice_on') }}
            else subject.notice_at <= run.as_of
        end as notice_has_come
    from {{ ref(in_tier('subjects_lead_time')) }} as subject
    inner join {{ source('control', 'rule_parts') }} as part
        on
            subject.standard_id = part.standard_id
            and subject.rule_version = part.rule_version
            and subject.part = part.part
    inner join {{ ref('int_horizons') }} as horizon on subject.subject_table = horizon.subject_table
    cross join run

),

noticed as (

    select
        clocked.*,
        case when notice_has_come then notice_on end as known_notice_on,
        case when notice_has_come then coalesce(notice_at, {{ local_midnight('notice_on') }}) end as fulfilled_at
    from clocked

),

-- ── working days: those between the notice and the event ───────────────────────────────────────────────────────────
stretches as (

    {{ stretches_of_ownership() }}

),

owned as (

    select
        noticed.commitment_id,
        noticed.calendar,
        noticed.opened_at,
        noticed.event_on,
        noticed.known_notice_on,
        noticed.limit_count,
        coalesce(owner.department_id, noticed.department_id) as opening_department_id
    from noticed
    {{ join_owner('noticed', 'noticed.opened_at', 'noticed.ownership') }}
    where noticed.counting = 'working_days'

),

on_calendars as (

    select
        owned.commitment_id,
        owned.event_on,
        owned.known_notice_on,
        owned.limit_count,
        version.calendar,
        version.version
    from owned
    {{ join_calendar_version('owned') }}

),

counted_days as (

    -- the working day from which the notice comes (the calendar's first where it begins later), and that of the event
    select
        on_calendars.*,
        {{ working_day_from('event_day') }} as event_place,
        case
            when notice_day.day is not null then {{ working_day_from('notice_day') }}
            when on_calendars.known_notice_on < on_calendars.event_on then 1
        end as notice_place
    from on_calendars
    {{ join_day('on_calendars', 'event_day', 'on_calendars.event_on') }}
    {{ join_day('on_calendars', 'notice_day', 'on_calendars.known_notice_on') }}

),

last_working_days as (

    select
        counted_days.commitment_id,
        counted_days.event_place - counted_days.notice_place as days_ahead,
        last_day.day
    from counted_days
    {{ join_working_day('counted_days', 'last_day', 'counted_days.event_place - counted_days.limit_count') }}

),

-- ── all: the verdict ───────────────────────────────────────────────────────────────────────────────────────────────
counted as (

    select
        noticed.*,
        last_working_days.days_ahead as working_days_ahead,
        case
            when noticed.counting = 'working_days' then last_working_days.day
            when noticed.counting <> 'seconds'
                then {{ last_day_of('noticed.counting', 'noticed.event_on', '-noticed.limit_count') }}
        end as last_day
    from noticed
    left join last_working_days on noticed.commitment_id = last_working_days.commitment_id

),

timed as (

    select
        counted.*,
        case
            when counting = 'seconds' then {{ add_seconds('event_at', '-limit_count') }}
            else {{ local_midnight(add_days('last_day', 1)) }}
        end as due_at,
        case
            when counting = 'seconds' then {{ seconds_between('fulfilled_at', 'event_at') }} / unit_seconds
            when counting = 'working_days' then cast(working_days_ahead as double)
            else cast({{ days_between('known_notice_on', 'event_on') }} as double)
        end as measured_value,
        case
            when counting = 'seconds' then cast(limit_count as double) / unit_seconds
            when counting = 'working_days' and last_day is not null then cast(limit_count as double)
            else cast({{ days_between('last_day', 'event_on') }} as double)
        end as limit_value
    from counted

),

judged as (

    select
        timed.*,
        {{ status_of(
            is_in_time('timed.fulfilled_at', 'timed.due_at', "(timed.counting <> 'seconds')", "'<='"),
            'timed.fulfilled_at', 'timed.due_at', 'timed.judged_at'
        ) }} as clock_status
    from timed

),

exclusions as (

    {{ first_exclusions('judged') }}

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
    judged.due_at as original_due_at,
    case
        when judged.due_at is null and judged.event_on is not null then 'beyond_calendar' else 'limit'
    end as due_basis,
    judged.fulfilled_at,
    case when judged.fulfilled_at is not null then judged.notice_column end as fulfilled_by,
    {{ decided_at('judged.clock_status', 'judged.opened_at', 'judged.fulfilled_at', 'judged.due_at') }} as decided_at,
    {{ decided_on('judged.clock_status', 'judged.opened_at', 'judged.fulfilled_at', 'judged.due_at') }} as decided_on,
    judged.clock_status,
    exclusions.exclusion_rule,
    exclusions.excluded_at,
    judged.measured_value,
    judged.limit_value,
    judged.unit,
    judged.source_id,
    judged.known_at
from judged
left join exclusions on judged.commitment_id = exclusions.commitment_id
