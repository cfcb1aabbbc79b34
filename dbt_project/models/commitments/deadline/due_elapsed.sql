{{ config(materialized='view') }}
-- Grain: one row per subject and part of a deadline rule whose clock never stands still, with its due time and verdict.
-- Scope: `counting` (one per part, from the charter) says what the limit counts: seconds, days, months, or a promised
-- instant. The due time follows from the opening alone.
-- A limit in days ends with its last day: the due time is the midnight after it, and midnight is late. A limit in
-- seconds ends at its last instant, which is in time unless the rule says `<` (before).
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
            when subjects.counting = 'promised' then subjects.promised_at
            else {{ elapsed_due_at('subjects', 'subjects.limit_count') }}
        end as first_due_at,
        case
            when subjects.extended_at >= subjects.opened_at
                then {{ elapsed_due_at('subjects', 'subjects.prolonged_count') }}
        end as prolonged_due_at
    from subjects

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
        {% for column in deadline_columns() %}
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

measured as (

    select
        elapsed.*,
        {{ is_in_time('fulfilled_at', 'due_at', 'ends_with_a_day', 'comparison') }} as is_in_time
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
