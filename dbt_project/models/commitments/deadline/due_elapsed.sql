{{ config(materialized='view') }}
-- Grain: one row per subject and part of a deadline rule whose clock never stands still, with its due time and verdict.
-- Scope: `counting` (one per part, from the charter) says what the limit counts: seconds, days, months, a promised
-- instant or a promised day. The due time follows from the opening, and moves by every pause that begins before it.
-- A limit in days ends with its last day: the due time is the midnight after it, and midnight is late. A limit in
-- seconds ends at its last instant, which is in time unless the rule says `<` (before). A pause stops days from the day
-- after it began to the day on which it ended.
-- Known limits: a row that lacks its limit, and one whose clock stands still, have no due time and stay pending.
with run as (

    select as_of from {{ source('control', 'run') }}

),

subjects as (

    {{ deadline_subjects('part.calendar is null') }}

),

elapsed_limits as (

    select
        subjects.*,
        case
            when subjects.lacks_limit then null
            when subjects.counting in ('promised', 'promised_day') then subjects.promised_at
            else {{ elapsed_due_at('subjects', 'subjects.limit_count') }}
        end as first_due_at,
        case
            when subjects.lacks_limit then null
            when subjects.extended_at >= subjects.opened_at
                then {{ elapsed_due_at('subjects', 'subjects.prolonged_count') }}
        end as prolonged_due_at,
        {{ ends_with_a_day('subjects') }} as ends_with_a_day
    from subjects

),

pauses as (

    {{ deadline_pauses('elapsed_limits') }}

),

measured_pauses as (

    select
        pauses.*,
        elapsed_limits.ends_with_a_day,
        elapsed_limits.first_due_at,
        elapsed_limits.prolonged_due_at,
        {{ seconds_between('pauses.paused_at', 'coalesce(pauses.resumed_at, run.as_of)') }} as plain_seconds,
        case
            when elapsed_limits.ends_with_a_day
                then cast(
                    {{ days_between(local_date('pauses.paused_at'), local_date('pauses.resumed_at')) }} as double
                )
            else {{ seconds_between('pauses.paused_at', 'pauses.resumed_at') }}
        end as amount
    from pauses
    inner join elapsed_limits on pauses.commitment_id = elapsed_limits.commitment_id
    cross join run

),

placed_pauses as (

    -- how much stood still before each of them
    select
        measured_pauses.*,
        coalesce(sum(amount) over (
            partition by commitment_id order by paused_at rows between unbounded preceding and 1 preceding
        ), 0) as paused_before
    from measured_pauses

),

reached_pauses as (

    -- when it would have begun, had nothing stood still before
    select
        placed_pauses.*,
        case
            when ends_with_a_day then {{ local_midnight(add_days(local_date('paused_at'), '-paused_before')) }}
            else {{ add_seconds('paused_at', '-paused_before') }}
        end as begins_at
    from placed_pauses

),

counted_pauses as (

    -- what begins once a limit has run out changes nothing
    select
        reached_pauses.*,
        coalesce(begins_at < first_due_at, false) as counts_first,
        coalesce(begins_at < prolonged_due_at, false) as counts_prolonged
    from reached_pauses

),

stood_still as (

    select
        commitment_id,
        {{ pauses_of('first') }},
        {{ pauses_of('prolonged') }}
    from counted_pauses
    group by commitment_id

),

moved_limits as (

    select
        stood_still.first_pauses,
        stood_still.first_paused,
        stood_still.first_paused_seconds,
        stood_still.prolonged_pauses,
        stood_still.prolonged_paused,
        stood_still.prolonged_paused_seconds,
        {% for limit in ['first', 'prolonged'] %}
        {% set due_at = 'elapsed_limits.' ~ limit ~ '_due_at' %}
        case
            when stood_still.{{ limit }}_is_paused then null
            when stood_still.{{ limit }}_pauses is null then {{ due_at }}
            when elapsed_limits.ends_with_a_day
                then {{ local_midnight(add_days(local_date(due_at), 'stood_still.' ~ limit ~ '_paused')) }}
            else {{ add_seconds(due_at, 'stood_still.' ~ limit ~ '_paused') }}
        end as moved_{{ limit }}_due_at,
        {% endfor %}
        elapsed_limits.*
    from elapsed_limits
    left join stood_still on elapsed_limits.commitment_id = stood_still.commitment_id

),

extended_limits as (

    -- an extension counts when it was notified before the first limit had run out
    select
        moved_limits.*,
        coalesce(extended_at < moved_first_due_at and prolonged_due_at is not null, false) as is_extended
    from moved_limits

),

elapsed_times as (

    select
        extended_limits.*,
        first_due_at as original_due_at,
        case when is_extended then moved_prolonged_due_at else moved_first_due_at end as due_at,
        coalesce(case when is_extended then prolonged_pauses else first_pauses end, 0) as paused_count,
        coalesce(case when is_extended then prolonged_paused else first_paused end, 0) as paused,
        coalesce(case when is_extended then prolonged_paused_seconds else first_paused_seconds end, 0) as paused_seconds
    from extended_limits

),

elapsed as (

    select
        {% for column in deadline_columns() %}
        {{ column }},
        {% endfor %}
        original_due_at,
        due_at,
        case
            when lacks_limit then 'no_limit'
            when due_at is null then 'paused'
            when counting in ('promised', 'promised_day') then 'promised'
            when is_extended then 'extended'
            when due_at <> first_due_at then 'paused'
            else 'limit'
        end as due_basis,
        ends_with_a_day,
        paused_count,
        paused_seconds,
        case
            when lacks_limit then null
            when ends_with_a_day
                then cast({{ days_between('opened_on', local_date('fulfilled_at')) }} as double) - paused
            else ({{ seconds_between('opened_at', 'fulfilled_at') }} - paused) / unit_seconds
        end as measured_value,
        case
            when ends_with_a_day
                then cast({{ days_between('opened_on', local_date('due_at')) }} - 1 as double) - paused
            else ({{ seconds_between('opened_at', 'due_at') }} - paused) / unit_seconds
        end as limit_value,
        case
            when lacks_limit then null
            when ends_with_a_day
                then cast({{ days_between('opened_on', local_date('not_before_at')) }} as double)
            else {{ seconds_between('opened_at', 'not_before_at') }} / unit_seconds
        end as lower_limit_value
    from elapsed_times

),

measured as (

    select
        elapsed.*,
        {{ is_in_time('fulfilled_at', 'due_at', 'ends_with_a_day', 'comparison') }}
        and {{ is_late_enough('fulfilled_at', 'not_before_at', 'ends_with_a_day') }} as is_in_time
    from elapsed

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
