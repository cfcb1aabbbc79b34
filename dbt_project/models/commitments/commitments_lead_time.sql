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
owners as (

    -- plain comparisons only: an outer join on anything else would look at every pair
    select
        subject_table,
        subject_id,
        department_id,
        owned_from,
        coalesce(owned_until, timestamp '9999-12-31 00:00:00') as owned_until
    from {{ ref('int_ownership') }}

),

owned as (

    select
        noticed.commitment_id,
        noticed.calendar,
        noticed.opened_at,
        noticed.event_on,
        noticed.known_notice_on,
        noticed.limit_count,
        coalesce(owners.department_id, noticed.department_id) as opening_department_id
    from noticed
    left join owners
        on
            noticed.subject_table = owners.subject_table
            and case when noticed.ownership then noticed.subject_id end = owners.subject_id
            and noticed.opened_at >= owners.owned_from
            and noticed.opened_at < owners.owned_until
    where noticed.counting = 'working_days'

),

on_calendars as (

    select
        owned.*,
        version.calendar as counted_on,
        version.version
    from owned
    left join {{ source('control', 'office_calendars') }} as office
        on owned.opening_department_id = office.department_id
    inner join {{ source('control', 'calendar_versions') }} as version
        on
            coalesce(office.calendar, owned.calendar) = version.calendar
            and (version.version = 1 or owned.opened_at >= version.known_at)
            and (version.superseded_at is null or owned.opened_at < version.superseded_at)

),

counted_days as (

    -- how many working days the calendar has before the event, and before the notice (none before it begins)
    select
        on_calendars.*,
        event_day.working_day_number - case when event_day.is_working then 1 else 0 end as before_event,
        case
            when notice_day.day is not null
                then notice_day.working_day_number - case when notice_day.is_working then 1 else 0 end
            when on_calendars.known_notice_on < on_calendars.event_on then 0
        end as before_notice
    from on_calendars
    inner join {{ source('control', 'clock_days') }} as event_day
        on
            on_calendars.counted_on = event_day.calendar
            and on_calendars.event_on = event_day.day
            and on_calendars.version between event_day.first_version and event_day.last_version
    left join {{ source('control', 'clock_days') }} as notice_day
        on
            on_calendars.counted_on = notice_day.calendar
            and on_calendars.known_notice_on = notice_day.day
            and on_calendars.version between notice_day.first_version and notice_day.last_version

),

last_working_days as (

    select
        counted_days.commitment_id,
        counted_days.before_event - counted_days.before_notice as days_ahead,
        last_day.day
    from counted_days
    left join {{ source('control', 'clock_days') }} as last_day
        on
            counted_days.counted_on = last_day.calendar
            and counted_days.before_event - counted_days.limit_count + 1 = last_day.working_day_number
            and last_day.is_working
            and counted_days.version between last_day.first_version and last_day.last_version

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
