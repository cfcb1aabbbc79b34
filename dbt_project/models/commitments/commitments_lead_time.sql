{{ config(materialized='view') }}
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
        {{ commitment_id('subject') }} as commitment_id,
        {{ last_day_of('part.counting', 'subject.event_on', '-part.limit_count') }} as last_day,
        case when {{ day_has_come('subject.notice_on') }} then subject.notice_on end as known_notice_on
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
    'limit' as due_basis,
    judged.fulfilled_at,
    case when judged.fulfilled_at is not null then judged.notice_column end as fulfilled_by,
    {{ decided_at('judged.clock_status', 'judged.opened_at', 'judged.fulfilled_at', 'judged.due_at') }} as decided_at,
    {{ decided_on('judged.clock_status', 'judged.opened_at', 'judged.fulfilled_at', 'judged.due_at') }} as decided_on,
    judged.clock_status,
    exclusions.exclusion_rule,
    exclusions.excluded_at,
    cast({{ days_between('judged.known_notice_on', 'judged.event_on') }} as double) as measured_value,
    cast({{ days_between('judged.last_day', 'judged.event_on') }} as double) as limit_value,
    judged.unit,
    judged.source_id,
    judged.known_at
from judged
left join exclusions on judged.commitment_id = exclusions.commitment_id
