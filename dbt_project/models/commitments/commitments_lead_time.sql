-- Grain: one row per announced event and channel: the notice must precede the event by at least the limit.
-- Scope: `due_at` is the midnight after the last day on which a notice is still early enough; months keep the day of
-- the month, or take the month's last day where there is none. measured_value is the days from notice to event.
-- Known limits: an event decided when its due time had already passed is breached at the moment it was decided.
with run as (

    select as_of from {{ source('control', 'run') }}

),

clocked as (

    select
        subject.*,
        part.unit,
        horizon.judged_at,
        case part.counting
            when 'months' then {{ add_calendar_months('subject.event_on', '-part.limit_count') }}
            else {{ add_days('subject.event_on', '-part.limit_count') }}
        end as last_day,
        case when {{ local_midnight('subject.notice_on') }} <= run.as_of then subject.notice_on end as known_notice_on
    from {{ ref('subjects_lead_time') }} as subject
    inner join {{ source('control', 'rule_parts') }} as part
        on
            subject.standard_id = part.standard_id
            and subject.rule_version = part.rule_version
            and subject.part = part.part
    inner join {{ ref('int_horizons') }} as horizon on subject.subject_table = horizon.subject_table
    cross join run

),

timed as (

    select
        clocked.*,
        {{ local_midnight(add_days('clocked.last_day', 1)) }} as due_at,
        {{ local_midnight('clocked.known_notice_on') }} as fulfilled_at
    from clocked

),

judged as (

    select
        timed.*,
        {{ status_of(
            'timed.fulfilled_at < timed.due_at', 'timed.fulfilled_at', 'timed.due_at', 'timed.judged_at'
        ) }} as clock_status
    from timed

)

select
    {{ commitment_id('judged') }} as commitment_id,
    standard_id,
    rule_version,
    part,
    subject_table,
    subject_id,
    department_id,
    opened_at,
    due_at,
    due_at as original_due_at,
    'limit' as due_basis,
    fulfilled_at,
    {{ decided_at('clock_status', 'opened_at', 'fulfilled_at', 'due_at') }} as decided_at,
    {{ decided_on('clock_status', 'opened_at', 'fulfilled_at', 'due_at') }} as decided_on,
    clock_status,
    exclusion_rule,
    excluded_at,
    cast({{ days_between('known_notice_on', 'event_on') }} as double) as measured_value,
    cast({{ days_between('last_day', 'event_on') }} as double) as limit_value,
    unit,
    source_id,
    known_at
from judged
