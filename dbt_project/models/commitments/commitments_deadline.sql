{{ config(materialized='view') }}
-- Grain: one row per subject and part of a deadline rule: the start event must be answered within the limit.
-- Scope: every clock. `counting` (one per part, from the charter) says what the limit counts: seconds, days, months,
-- working seconds, working days (the first one included), months rolled off a day off, or a promised instant.
-- A limit in days ends with its last day: the due time is the midnight after it, and midnight is late. A limit in
-- seconds ends at its last instant, which is in time unless the rule says `<` (before).
-- Business hours run while the office works that owned the subject when it opened; of transfers at that very instant
-- the last has happened.
-- A clock that stands still on days off counts on the version of its calendar that was known when the subject opened;
-- a day off known later moves the due time only if it was known before the fulfilment and before the due time so far.
-- Known limits: a due time beyond the calendar's last day is not known. Its commitment is set aside: due_at is NULL,
-- due_basis is beyond_calendar, and it stays pending until the calendar is frozen further.
{% set carried = [
    'commitment_id', 'standard_id', 'rule_version', 'part', 'subject_table', 'subject_id', 'department_id', 'opened_at',
    'opened_on', 'fulfilled_at', 'fulfilled_by', 'comparison', 'unit', 'judged_at', 'source_id', 'known_at',
] %}
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
        subject.source_id,
        subject.known_at,
        part.calendar,
        part.counting,
        part.granularity,
        part.counts_first_day,
        part.comparison,
        part.unit,
        part.unit_seconds,
        part.limit_count,
        horizon.judged_at,
        {{ commitment_id('subject') }} as commitment_id,
        case when subject.fulfilled_at <= run.as_of then subject.fulfilled_at end as fulfilled_at,
        case when subject.fulfilled_at <= run.as_of then subject.fulfilled_by end as fulfilled_by,
        case when subject.extended_at <= run.as_of then subject.extended_at end as extended_at,
        part.limit_count + part.extension_count as prolonged_count,
        coalesce(owners.department_id, subject.department_id) as opening_department_id
    from {{ ref('subjects_deadline') }} as subject
    inner join {{ source('control', 'rule_parts') }} as part
        on
            subject.standard_id = part.standard_id
            and subject.rule_version = part.rule_version
            and subject.part = part.part
    inner join {{ ref('int_horizons') }} as horizon on subject.subject_table = horizon.subject_table
    cross join run
    left join owners
        on
            subject.subject_table = owners.subject_table
            and case when part.ownership and part.calendar = 'agency' then subject.subject_id end = owners.subject_id
            and subject.opened_at >= owners.owned_from
            and subject.opened_at < owners.owned_until

),

-- ── clocks that never stand still: the due time follows from the opening alone ─────────────────────────────────────
elapsed_limits as (

    select
        subjects.*,
        case
            when subjects.counting = 'promised' then subjects.promised_at
            else {{ elapsed_due_at('subjects', 'subjects.limit_count') }}
        end as first_due_at,
        case
            when subjects.extended_at >= subjects.opened_at
                then {{ elapsed_due_at('subjects', 'subjects.prolonged_count') }}
        end as prolonged_due_at
    from subjects
    where subjects.calendar is null

),

elapsed_times as (

    -- an extension counts when it was notified before the first limit had run out
    select
        elapsed_limits.*,
        first_due_at as original_due_at,
        case
            when extended_at < first_due_at and prolonged_due_at is not null then prolonged_due_at else first_due_at
        end as due_at,
        case
            when counting = 'promised' then 'promised'
            when extended_at < first_due_at and prolonged_due_at is not null then 'extended'
            else 'limit'
        end as due_basis,
        {{ ends_with_a_day('elapsed_limits') }} as ends_with_a_day
    from elapsed_limits

),

elapsed as (

    select
        {% for column in carried %}
        {{ column }},
        {% endfor %}
        original_due_at,
        due_at,
        due_basis,
        ends_with_a_day,
        case
            when ends_with_a_day
                then cast({{ days_between('opened_on', local_date('fulfilled_at')) }} as double)
            else {{ seconds_between('opened_at', 'fulfilled_at') }} / unit_seconds
        end as measured_value,
        case
            when ends_with_a_day
                then cast({{ days_between('opened_on', local_date('due_at')) }} - 1 as double)
            else {{ seconds_between('opened_at', 'due_at') }} / unit_seconds
        end as limit_value
    from elapsed_times

),

-- ── clocks that stand still on days off ────────────────────────────────────────────────────────────────────────────
openings as (

    -- the version known at the opening; `may_move` where a later one was known before the fulfilment
    select
        subjects.commitment_id,
        subjects.counting,
        subjects.granularity,
        subjects.counts_first_day,
        subjects.unit_seconds,
        subjects.limit_count,
        subjects.extended_at,
        subjects.opened_at,
        subjects.fulfilled_at,
        version.calendar,
        version.version,
        version.known_at as version_known_at,
        version.time_zone,
        case when subjects.extended_at >= subjects.opened_at then subjects.prolonged_count end as prolonged_count,
        case
            when subjects.counting = 'rolled_months' and subjects.granularity = 'instant'
                then {{ local_date_in('subjects.opened_at', 'version.time_zone') }}
            else subjects.opened_on
        end as opened_on,
        coalesce(
            version.superseded_at <= run.as_of
            and (subjects.fulfilled_at is null or version.superseded_at < subjects.fulfilled_at), false
        ) as may_move
    from subjects
    cross join run
    left join {{ source('control', 'office_calendars') }} as office
        on case when subjects.calendar = 'agency' then subjects.opening_department_id end = office.department_id
    inner join {{ source('control', 'calendar_versions') }} as version
        on
            coalesce(office.calendar, subjects.calendar) = version.calendar
            and (version.version = 1 or subjects.opened_at >= version.known_at)
            and (version.superseded_at is null or subjects.opened_at < version.superseded_at)

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
        {% for column in carried %}
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

-- ── both: the verdict ──────────────────────────────────────────────────────────────────────────────────────────────
clocked as (

    select * from elapsed
    union all
    select * from stopping

),

measured as (

    select
        clocked.*,
        {{ is_in_time('fulfilled_at', 'due_at', 'ends_with_a_day', 'comparison') }} as is_in_time
    from clocked

),

judged as (

    select
        measured.*,
        {{ status_of(
            'measured.is_in_time', 'measured.fulfilled_at', 'measured.due_at', 'measured.judged_at'
        ) }} as clock_status
    from measured

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
    judged.original_due_at,
    judged.due_basis,
    judged.fulfilled_at,
    judged.fulfilled_by,
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
