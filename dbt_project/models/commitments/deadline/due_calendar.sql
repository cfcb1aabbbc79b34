{{ config(materialized='view') }}
-- Grain: one row per subject and part of a deadline rule whose clock stands still on days off, with its due time and
-- verdict.
-- Scope: `counting` (one per part, from the charter) says what the limit counts: working seconds, working days (the
-- first one included), or months rolled off a day off.
-- Business hours run while the office works that owned the subject when it opened; of transfers at that very instant
-- the last has happened.
-- It counts on the version of its calendar that was known when the subject opened; a day off known later moves the due
-- time only if it was known before the fulfilment and before the due time so far.
-- Known limits: a due time beyond the calendar's last day is not known. Its commitment is set aside: due_at is NULL,
-- due_basis is beyond_calendar, and it stays pending until the calendar is frozen further.
{% set of_opening = [
    'commitment_id', 'counting', 'granularity', 'counts_first_day', 'unit_seconds', 'limit_count', 'prolonged_count',
    'extended_at', 'opened_at', 'opened_on', 'fulfilled_at', 'calendar', 'time_zone', 'may_move',
] %}
{% set settled_columns = [
    'commitment_id', 'calendar', 'version', 'time_zone', 'counting', 'granularity', 'unit_seconds', 'opened_at',
    'opened_on', 'opened_seconds', 'first_day_number', 'fulfilled_at', 'limit_count', 'prolonged_count',
    'limit_due_at', 'prolonged_due_at', 'limit_last_day', 'prolonged_last_day',
] %}
with run as (

    select as_of from {{ source('control', 'run') }}

),

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

subjects as (

    {{ deadline_subjects('part.calendar is not null') }}

),

clocked as (

    select
        subjects.*,
        coalesce(owners.department_id, subjects.department_id) as opening_department_id
    from subjects
    left join owners
        on
            subjects.subject_table = owners.subject_table
            and case when subjects.ownership and subjects.calendar = 'agency' then subjects.subject_id end
            = owners.subject_id
            and subjects.opened_at >= owners.owned_from
            and subjects.opened_at < owners.owned_until

),

openings as (

    -- the version known at the opening; `may_move` where a later one was known before the fulfilment
    select
        clocked.commitment_id,
        clocked.counting,
        clocked.granularity,
        clocked.counts_first_day,
        clocked.unit_seconds,
        clocked.limit_count,
        clocked.extended_at,
        clocked.opened_at,
        clocked.fulfilled_at,
        version.calendar,
        version.version,
        version.known_at as version_known_at,
        version.time_zone,
        case when clocked.extended_at >= clocked.opened_at then clocked.prolonged_count end as prolonged_count,
        case
            when clocked.counting = 'rolled_months' and clocked.granularity = 'instant'
                then {{ local_date_in('clocked.opened_at', 'version.time_zone') }}
            else clocked.opened_on
        end as opened_on,
        coalesce(
            version.superseded_at <= run.as_of
            and (clocked.fulfilled_at is null or version.superseded_at < clocked.fulfilled_at), false
        ) as may_move
    from clocked
    cross join run
    left join {{ source('control', 'office_calendars') }} as office
        on case when clocked.calendar = 'agency' then clocked.opening_department_id end = office.department_id
    inner join {{ source('control', 'calendar_versions') }} as version
        on
            coalesce(office.calendar, clocked.calendar) = version.calendar
            and (version.version = 1 or clocked.opened_at >= version.known_at)
            and (version.superseded_at is null or clocked.opened_at < version.superseded_at)

),

counted as (

    select
        {% for column in of_opening %}
        {{ column }},
        {% endfor %}
        version as opening_version,
        version,
        version_known_at
    from openings
    union all
    select
        {% for column in of_opening %}
        openings.{{ column }},
        {% endfor %}
        openings.version as opening_version,
        later.version,
        later.known_at as version_known_at
    from openings
    cross join run
    inner join {{ source('control', 'calendar_versions') }} as later
        on
            openings.calendar = later.calendar
            and openings.version < later.version
            and (openings.fulfilled_at is null or later.known_at < openings.fulfilled_at)
    where openings.may_move and later.known_at <= run.as_of

),

positions as (

    -- where in working time, and on which working day, the clock starts to run
    select
        counted.*,
        {{ working_seconds_at('span', 'counted.opened_at') }} as opened_seconds,
        opening_day.working_day_number + case when opening_day.is_working then 0 else 1 end as first_day_number
    from counted
    left join {{ source('control', 'working_spans') }} as span
        on
            counted.calendar = span.calendar
            and case when counted.counting = 'working_seconds' then {{ utc_date('counted.opened_at') }} end
            = span.utc_day
            and counted.version between span.first_version and span.last_version
            and counted.opened_at >= span.starts_at
            and counted.opened_at < span.next_starts_at
    left join {{ source('control', 'clock_days') }} as opening_day
        on
            counted.calendar = opening_day.calendar
            and case when counted.counting = 'working_days' then counted.opened_on end = opening_day.day
            and counted.version between opening_day.first_version and opening_day.last_version

),

targets as (

    -- what each limit asks for: a working second, a working day, or a day that may be off. No time at all ends at the
    -- next instant of working time: it is looked up half a microsecond later
    select
        positions.*,
        case when counting = 'working_seconds' then opened_seconds + limit_count end as limit_second,
        case
            when counting = 'working_seconds'
                then opened_seconds + limit_count + case when limit_count = 0 then 0.0000005 else 0 end
        end as limit_place,
        case when counting = 'working_days' then first_day_number + limit_count - 1 end as limit_day_number,
        case
            when counting = 'rolled_months'
                then {{ last_day_of_months('opened_on', 'limit_count', 'counts_first_day') }}
        end as limit_month_end,
        case when counting = 'working_seconds' then opened_seconds + prolonged_count end as prolonged_second,
        case when counting = 'working_days' then first_day_number + prolonged_count - 1 end as prolonged_day_number,
        case
            when counting = 'rolled_months'
                then {{ last_day_of_months('opened_on', 'prolonged_count', 'counts_first_day') }}
        end as prolonged_month_end
    from positions

),

due_times as (

    select
        targets.*,
        case
            when targets.counting = 'working_seconds'
                then {{ add_seconds('limit_span.starts_at', 'targets.limit_second - limit_span.seconds_before') }}
            when targets.counting = 'working_days' then limit_day.ends_at
            when targets.granularity = 'date' then {{ local_midnight(add_days('limit_month.next_working_day', 1)) }}
            else limit_month.next_working_ends_at
        end as limit_due_at,
        limit_month.next_working_day as limit_last_day,
        case
            when targets.counting = 'working_seconds'
                then {{ add_seconds(
                    'prolonged_span.starts_at', 'targets.prolonged_second - prolonged_span.seconds_before'
                ) }}
            when targets.counting = 'working_days' then prolonged_day.ends_at
            when targets.granularity = 'date' then {{ local_midnight(add_days('prolonged_month.next_working_day', 1)) }}
            else prolonged_month.next_working_ends_at
        end as prolonged_due_at,
        prolonged_month.next_working_day as prolonged_last_day
    from targets
    left join {{ source('control', 'working_spans') }} as limit_span
        on
            targets.calendar = limit_span.calendar
            and {{ working_block('targets.limit_place') }} = limit_span.block
            and targets.version between limit_span.first_version and limit_span.last_version
            and targets.limit_place > limit_span.seconds_before
            and targets.limit_place <= limit_span.seconds_before + limit_span.seconds
    left join {{ source('control', 'clock_days') }} as limit_day
        on
            targets.calendar = limit_day.calendar
            and targets.limit_day_number = limit_day.working_day_number
            and limit_day.is_working
            and targets.version between limit_day.first_version and limit_day.last_version
    left join {{ source('control', 'clock_days') }} as limit_month
        on
            targets.calendar = limit_month.calendar
            and targets.limit_month_end = limit_month.day
            and targets.version between limit_month.first_version and limit_month.last_version
    left join {{ source('control', 'working_spans') }} as prolonged_span
        on
            targets.calendar = prolonged_span.calendar
            and {{ working_block('targets.prolonged_second') }} = prolonged_span.block
            and targets.version between prolonged_span.first_version and prolonged_span.last_version
            and targets.prolonged_second > prolonged_span.seconds_before
            and targets.prolonged_second <= prolonged_span.seconds_before + prolonged_span.seconds
    left join {{ source('control', 'clock_days') }} as prolonged_day
        on
            targets.calendar = prolonged_day.calendar
            and targets.prolonged_day_number = prolonged_day.working_day_number
            and prolonged_day.is_working
            and targets.version between prolonged_day.first_version and prolonged_day.last_version
    left join {{ source('control', 'clock_days') }} as prolonged_month
        on
            targets.calendar = prolonged_month.calendar
            and targets.prolonged_month_end = prolonged_month.day
            and targets.version between prolonged_month.first_version and prolonged_month.last_version

),

reached as (

    -- whether the extension was notified while this version was the latest, and inside the first limit that it gave
    select
        due_times.*,
        coalesce(
            extended_at < limit_due_at
            and (version = opening_version or extended_at >= version_known_at)
            and prolonged_count is not null, false
        ) as may_be_extended,
        lead(version_known_at) over (partition by commitment_id order by version) as next_known_at
    from due_times
    where may_move

),

due_in_turn as (

    -- the due time as it stood when the next version came
    select
        reached.*,
        max(case when may_be_extended and extended_at < next_known_at then 1 else 0 end) over (
            partition by commitment_id order by version
        ) as extended_before_next
    from reached

),

linked as (

    -- a version applies only if it was known before the due time that stood until then
    select
        due_in_turn.*,
        coalesce(
            lag(case when extended_before_next = 1 then prolonged_due_at else limit_due_at end) over (
                partition by commitment_id order by version
            ) > version_known_at, version = opening_version
        ) as follows,
        coalesce(
            lag(extended_before_next) over (partition by commitment_id order by version), 0
        ) = 1 as was_extended,
        first_value(limit_due_at) over (partition by commitment_id order by version) as original_due_at
    from due_in_turn

),

chained as (

    select
        linked.*,
        min(case when follows then 1 else 0 end) over (partition by commitment_id order by version) as applies
    from linked

),

last_applied as (

    select
        chained.*,
        row_number() over (partition by commitment_id order by version desc) as applied_rank
    from chained
    where applies = 1

),

settled as (

    select
        {% for column in settled_columns %}
        {{ column }},
        {% endfor %}
        limit_due_at as original_due_at,
        coalesce(extended_at < limit_due_at and prolonged_count is not null, false) as is_extended
    from due_times
    where not may_move
    union all
    select
        {% for column in settled_columns %}
        {{ column }},
        {% endfor %}
        original_due_at,
        was_extended or may_be_extended as is_extended
    from last_applied
    where applied_rank = 1

),

timed as (

    select
        settled.*,
        case when is_extended then prolonged_due_at else limit_due_at end as due_at,
        case when is_extended then prolonged_count else limit_count end as counted_limit,
        case when is_extended then prolonged_last_day else limit_last_day end as last_day
    from settled

),

finishes as (

    -- where in working time, and on which working day, the fulfilment came
    select
        timed.*,
        {{ working_seconds_at('span', 'timed.fulfilled_at') }} - timed.opened_seconds as working_seconds,
        fulfilled_day.working_day_number + case when fulfilled_day.is_working then 0 else 1 end as fulfilled_day_number
    from timed
    left join {{ source('control', 'working_spans') }} as span
        on
            timed.calendar = span.calendar
            and case when timed.counting = 'working_seconds' then {{ utc_date('timed.fulfilled_at') }} end
            = span.utc_day
            and timed.version between span.first_version and span.last_version
            and timed.fulfilled_at >= span.starts_at
            and timed.fulfilled_at < span.next_starts_at
    left join {{ source('control', 'clock_days') }} as fulfilled_day
        on
            timed.calendar = fulfilled_day.calendar
            and case when timed.counting = 'working_days' then {{ local_date('timed.fulfilled_at') }} end
            = fulfilled_day.day
            and timed.version between fulfilled_day.first_version and fulfilled_day.last_version

),

stopping as (

    select
        {% for column in deadline_columns() %}
        subjects.{{ column }},
        {% endfor %}
        finish.original_due_at,
        finish.due_at,
        case
            when finish.due_at is null then 'beyond_calendar'
            when finish.is_extended then 'extended'
            when finish.due_at <> finish.original_due_at then 'calendar'
            else 'limit'
        end as due_basis,
        finish.counting <> 'working_seconds' as ends_with_a_day,
        case
            when finish.counting = 'working_days'
                then cast(finish.fulfilled_day_number + 1 - finish.first_day_number as double)
            when finish.counting = 'rolled_months' and finish.granularity = 'instant'
                then cast(
                    {{ days_between('finish.opened_on', local_date_in('finish.fulfilled_at', 'finish.time_zone')) }}
                    as double
                )
            when finish.counting = 'rolled_months'
                then cast({{ days_between('finish.opened_on', local_date('finish.fulfilled_at')) }} as double)
            -- work after the limit and outside working time counts as done in the next working second
            when finish.fulfilled_at > finish.due_at
                then greatest(finish.working_seconds, finish.counted_limit + 1) / finish.unit_seconds
            else finish.working_seconds / finish.unit_seconds
        end as measured_value,
        case
            when finish.due_at is null then null
            when finish.counting = 'working_days' then cast(finish.counted_limit as double)
            when finish.counting = 'rolled_months'
                then cast({{ days_between('finish.opened_on', 'finish.last_day') }} as double)
            else cast(finish.counted_limit as double) / finish.unit_seconds
        end as limit_value
    from finishes as finish
    inner join subjects on finish.commitment_id = subjects.commitment_id

),

measured as (

    select
        stopping.*,
        {{ is_in_time('fulfilled_at', 'due_at', 'ends_with_a_day', 'comparison') }} as is_in_time
    from stopping

),

judged as (

    select
        measured.*,
        {{ status_of(
            'measured.is_in_time', 'measured.fulfilled_at', 'measured.due_at', 'measured.judged_at'
        ) }} as clock_status
    from measured

)

{{ deadline_verdicts('judged') }}
