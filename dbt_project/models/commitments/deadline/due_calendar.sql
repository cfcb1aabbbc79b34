{{ config(materialized='view') }}
-- Grain: one row per subject and part of a deadline rule whose clock stands still on days off, with its due time and
-- verdict.
-- Scope: `counting` (one per part, from the charter) says what the limit counts: working seconds, working days (with
-- the first one or without it), or months rolled off a day off. A pause that begins before the due time moves it by the
-- working time, or the working days, that pass in it: from the day after it began to the day on which it ended.
-- Business hours run while the office works that owned the subject when it opened; of transfers at that very instant
-- the last has happened.
-- It counts on the version of its calendar that was known when the subject opened; a day off known later moves the due
-- time only if it was known before the fulfilment and before the due time so far.
-- Known limits: a due time beyond the calendar's last day is not known. Its commitment is set aside: due_at is NULL,
-- due_basis is beyond_calendar, and it stays pending until the calendar is frozen further. Months know no pauses.
{% set of_opening = [
    'commitment_id', 'counting', 'granularity', 'counts_first_day', 'ends_at_closing', 'unit_seconds', 'lacks_limit',
    'limit_count', 'prolonged_count', 'extended_at', 'opened_at', 'opened_on', 'fulfilled_at', 'calendar', 'time_zone',
    'may_move',
] %}
{% set settled_columns = [
    'commitment_id', 'calendar', 'version', 'time_zone', 'counting', 'granularity', 'ends_at_closing', 'unit_seconds',
    'lacks_limit', 'opened_at', 'opened_on', 'opened_seconds', 'first_day_number', 'fulfilled_at', 'limit_count',
    'prolonged_count', 'limit_due_at', 'prolonged_due_at', 'limit_last_day', 'prolonged_last_day', 'limit_pauses',
    'limit_paused', 'limit_paused_seconds', 'limit_is_paused', 'prolonged_pauses', 'prolonged_paused',
    'prolonged_paused_seconds', 'prolonged_is_paused',
] %}
with run as (

    select as_of from {{ source('control', 'run') }}

),

stretches as (

    {{ stretches_of_ownership() }}

),

subjects as (

    {{ deadline_subjects('part.calendar is not null') }}

),

clocked as (

    select
        subjects.*,
        coalesce(owner.department_id, subjects.department_id) as opening_department_id
    from subjects
    {{ join_owner('subjects', 'subjects.opened_at', "subjects.ownership and subjects.calendar = 'agency'") }}

),

openings as (

    -- the version known at the opening; `may_move` where a later one was known before the fulfilment
    select
        clocked.commitment_id,
        clocked.counting,
        clocked.granularity,
        clocked.counts_first_day,
        clocked.ends_at_closing,
        clocked.lacks_limit,
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
            when clocked.counting = 'working_seconds' or clocked.granularity = 'date' then clocked.opened_on
            else {{ local_date_after(
                'clocked.opened_at', 'version.time_zone', 'coalesce(86400 - clocked.cut_off_seconds, 0)'
            ) }}
        end as opened_on,
        coalesce(
            version.superseded_at <= run.as_of
            and (clocked.fulfilled_at is null or version.superseded_at < clocked.fulfilled_at), false
        ) as may_move
    from clocked
    cross join run
    {{ join_calendar_version('clocked') }}

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
        {{ working_day_from('opening_day') }}
        + case when counted.counts_first_day then 0 else 1 end as first_day_number
    from counted
    {{ join_span_at('counted', 'span', 'counted.opened_at') }}
    {{ join_day(
        'counted', 'opening_day', "case when counted.counting = 'working_days' then counted.opened_on end"
    ) }}

),

pauses as (

    {{ deadline_pauses('clocked') }}

),

placed_pauses as (

    -- where in working time, or on which working day, each begins and ends, by every version of the calendar
    select
        positions.commitment_id,
        positions.version,
        positions.limit_count,
        positions.prolonged_count,
        pauses.paused_at,
        pauses.resumed_at,
        {% for end, instant in [('begin', 'pauses.paused_at'), ('end', 'pauses.resumed_at')] %}
        case
            when positions.counting = 'working_seconds' then {{ working_seconds_at(end ~ '_span', instant) }}
            else {{ working_day_from(end ~ '_day') }}
        end as {{ end }}_place,
        {% endfor %}
        case
            when positions.counting = 'working_seconds' then positions.opened_seconds else positions.first_day_number
        end as first_place,
        {{ seconds_between('pauses.paused_at', 'coalesce(pauses.resumed_at, run.as_of)') }} as plain_seconds
    from positions
    inner join pauses on positions.commitment_id = pauses.commitment_id
    cross join run
    {% for end, instant in [('begin', 'pauses.paused_at'), ('end', 'pauses.resumed_at')] %}
    {{ join_span_at('positions', end ~ '_span', instant) }}
    {{ join_day(
        'positions', end ~ '_day',
        "case when positions.counting = 'working_days' then " ~ local_date_in(instant, 'positions.time_zone') ~ " end"
    ) }}
    {% endfor %}

),

measured_pauses as (

    select
        placed_pauses.*,
        cast(end_place - begin_place as double) as amount
    from placed_pauses

),

reached_pauses as (

    -- where it would have begun, had nothing stood still before
    select
        measured_pauses.*,
        begin_place - coalesce(sum(amount) over (
            partition by commitment_id, version order by paused_at rows between unbounded preceding and 1 preceding
        ), 0) as begins_at
    from measured_pauses

),

counted_pauses as (

    -- what begins once a limit has run out changes nothing
    select
        reached_pauses.*,
        coalesce(begins_at < first_place + limit_count, false) as counts_limit,
        coalesce(begins_at < first_place + prolonged_count, false) as counts_prolonged
    from reached_pauses

),

stood_still as (

    select
        commitment_id,
        version,
        {{ pauses_of('limit') }},
        {{ pauses_of('prolonged') }}
    from counted_pauses
    group by commitment_id, version

),

paused as (

    select
        {% for limit in ['limit', 'prolonged'] %}
        coalesce(stood_still.{{ limit }}_pauses, 0) as {{ limit }}_pauses,
        coalesce(stood_still.{{ limit }}_paused, 0) as {{ limit }}_paused,
        coalesce(stood_still.{{ limit }}_paused_seconds, 0) as {{ limit }}_paused_seconds,
        coalesce(stood_still.{{ limit }}_is_paused, false) as {{ limit }}_is_paused,
        {% endfor %}
        positions.*
    from positions
    left join stood_still
        on positions.commitment_id = stood_still.commitment_id and positions.version = stood_still.version

),

targets as (

    -- what each limit asks for: a working second, a working day, or a day that may be off. No time at all ends at the
    -- next instant of working time: it is looked up half a microsecond later. A clock that stands asks for nothing yet
    select
        {% for limit in ['limit', 'prolonged'] %}
        case
            when counting = 'working_seconds' and not {{ limit }}_is_paused
                then opened_seconds + {{ limit }}_count + {{ limit }}_paused
        end as {{ limit }}_second,
        case
            when counting = 'working_days' and not {{ limit }}_is_paused
                then first_day_number + {{ limit }}_count - 1 + cast({{ limit }}_paused as bigint)
        end as {{ limit }}_day_number,
        case
            when counting = 'rolled_months'
                then {{ last_day_of_months('opened_on', limit ~ '_count', 'counts_first_day') }}
        end as {{ limit }}_month_end,
        {% endfor %}
        paused.*
    from paused

),

places as (

    select
        {% for limit in ['limit', 'prolonged'] %}
        {{ limit }}_second + case when {{ limit }}_count = 0 then 0.0000005 else 0 end as {{ limit }}_place,
        {% endfor %}
        targets.*
    from targets

),

due_times as (

    select
        {% for limit in ['limit', 'prolonged'] %}
        case
            when places.counting = 'working_seconds'
                then {{ instant_of_second(limit ~ '_span', 'places.' ~ limit ~ '_second') }}
            when places.counting = 'working_days'
                then {{ end_of_working_day(limit ~ '_day', 'places') }}
            when places.granularity = 'date'
                then {{ local_midnight(add_days(limit ~ '_month.next_working_day', 1)) }}
            else {{ limit }}_month.next_working_ends_at
        end as {{ limit }}_due_at,
        {{ limit }}_month.next_working_day as {{ limit }}_last_day,
        {% endfor %}
        places.*
    from places
    {% for limit in ['limit', 'prolonged'] %}
    {{ join_span_of('places', limit ~ '_span', 'places.' ~ limit ~ '_place') }}
    {{ join_working_day('places', limit ~ '_day', 'places.' ~ limit ~ '_day_number') }}
    {{ join_day('places', limit ~ '_month', 'places.' ~ limit ~ '_month_end') }}
    {% endfor %}

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
        case when is_extended then prolonged_pauses else limit_pauses end as paused_count,
        case when is_extended then prolonged_paused else limit_paused end as paused,
        case when is_extended then prolonged_paused_seconds else limit_paused_seconds end as paused_seconds,
        case when is_extended then prolonged_is_paused else limit_is_paused end as is_paused,
        case when is_extended then prolonged_last_day else limit_last_day end as last_day
    from settled

),

finishes as (

    -- where in working time, and on which working day, the fulfilment came
    select
        timed.*,
        {{ working_seconds_at('span', 'timed.fulfilled_at') }} - timed.opened_seconds - timed.paused as working_seconds,
        {{ working_day_from('fulfilled_day') }} + 1 - timed.first_day_number - timed.paused as working_days
    from timed
    {{ join_span_at('timed', 'span', 'timed.fulfilled_at') }}
    {{ join_day('timed', 'fulfilled_day', "case
                when timed.counting <> 'working_days' then null
                when timed.granularity = 'date' then " ~ local_date('timed.fulfilled_at') ~ "
                else " ~ local_date_in('timed.fulfilled_at', 'timed.time_zone') ~ "
            end") }}

),

unpaused as (

    -- where the limit ended as things stood at the opening, before any pause
    select
        places.commitment_id,
        case
            when places.counting = 'working_seconds'
                then {{ instant_of_second('limit_span', 'places.opened_seconds + places.limit_count') }}
            else {{ end_of_working_day('limit_day', 'places') }}
        end as due_at
    from places
    {{ join_span_of('places', 'limit_span', '(places.opened_seconds + places.limit_count)') }}
    {{ join_working_day('places', 'limit_day', "case
                when places.counting = 'working_days' then places.first_day_number + places.limit_count - 1
            end") }}
    where places.limit_pauses > 0 and places.version = places.opening_version

),

stopping as (

    select
        {% for column in deadline_columns() %}
        subjects.{{ column }},
        {% endfor %}
        case
            when unpaused.commitment_id is null then finish.original_due_at else unpaused.due_at
        end as original_due_at,
        finish.due_at,
        case
            when finish.lacks_limit then 'no_limit'
            when finish.due_at is null and finish.is_paused then 'paused'
            when finish.due_at is null then 'beyond_calendar'
            when finish.is_extended then 'extended'
            when finish.paused > 0 then 'paused'
            when finish.due_at <> finish.original_due_at then 'calendar'
            else 'limit'
        end as due_basis,
        finish.counting <> 'working_seconds' and not finish.ends_at_closing as ends_with_a_day,
        finish.paused_count,
        finish.paused_seconds,
        case
            when finish.lacks_limit then null
            -- work after the closing that ends the limit counts as done on the next working day
            when finish.counting = 'working_days' and finish.fulfilled_at > finish.due_at
                then cast(greatest(finish.working_days, finish.counted_limit + 1) as double)
            when finish.counting = 'working_days' then cast(finish.working_days as double)
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
        end as limit_value,
        cast(null as double) as lower_limit_value
    from finishes as finish
    inner join subjects on finish.commitment_id = subjects.commitment_id
    left join unpaused on finish.commitment_id = unpaused.commitment_id

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
