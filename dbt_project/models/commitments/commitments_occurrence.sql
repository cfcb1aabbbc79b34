{{ config(materialized='view') }}
-- Grain: one row per slot and part of an occurrence rule: the n-th activity must fall in the slot.
-- Scope: slots that have begun by as_of, from the rule's first day on; fulfilled on the day of the n-th activity. Where
-- each department of a kind has its own, a slot has one row for each that stands throughout, and counts its activities.
-- measured_value is how many activities the slot has had, limit_value how many it needs.
with run as (

    select as_of from {{ source('control', 'run') }}

),

horizons as (

    select
        part.standard_id,
        part.rule_version,
        part.part,
        part.subject_table,
        part.owner_department as department_id,
        part.nth,
        part.unit,
        horizon.judged_at
    from {{ source('control', 'rule_parts') }} as part
    inner join {{ ref('int_horizons') }} as horizon on part.subject_table = horizon.subject_table
    where part.kind = 'occurrence'

),

slots as (

    select
        slot.*,
        {{ name_per_department('slot.department_id', 'slot.slot') }} as subject_id
    from {{ source('control', 'slots') }} as slot

),

activities as (

    select
        slot.standard_id,
        slot.rule_version,
        slot.part,
        slot.subject_id,
        activity.occurred_on,
        activity.source_id,
        activity.known_at,
        row_number() over (
            partition by slot.standard_id, slot.rule_version, slot.part, slot.subject_id
            order by activity.occurred_on, activity.subject_id
        ) as activity_number
    from slots as slot
    inner join {{ ref('subjects_occurrence') }} as activity
        on
            slot.standard_id = activity.standard_id
            and slot.rule_version = activity.rule_version
            and slot.part = activity.part
            and activity.occurred_on between slot.first_day and slot.last_day
            and (slot.department_id is null or slot.department_id = activity.department_id)

),

counted as (

    select
        standard_id,
        rule_version,
        part,
        subject_id,
        count(*) as activity_count,
        min(source_id) as source_id,
        max(known_at) as known_at
    from activities
    group by standard_id, rule_version, part, subject_id

),

timed as (

    select
        slot.standard_id,
        slot.rule_version,
        slot.part,
        horizons.subject_table,
        slot.subject_id,
        coalesce(slot.department_id, horizons.department_id) as department_id,
        slot.starts_at as opened_at,
        slot.ends_at as due_at,
        {{ local_midnight('nth.occurred_on') }} as fulfilled_at,
        horizons.judged_at,
        horizons.unit,
        cast(coalesce(counted.activity_count, 0) as double) as measured_value,
        cast(horizons.nth as double) as limit_value,
        counted.source_id,
        counted.known_at
    from slots as slot
    cross join run
    inner join horizons
        on
            slot.standard_id = horizons.standard_id
            and slot.rule_version = horizons.rule_version
            and slot.part = horizons.part
    left join counted
        on
            slot.standard_id = counted.standard_id
            and slot.rule_version = counted.rule_version
            and slot.part = counted.part
            and slot.subject_id = counted.subject_id
    left join activities as nth
        on
            slot.standard_id = nth.standard_id
            and slot.rule_version = nth.rule_version
            and slot.part = nth.part
            and slot.subject_id = nth.subject_id
            and horizons.nth = nth.activity_number
    where slot.starts_at < run.as_of

),

judged as (

    select
        timed.*,
        {{ status_of(
            'timed.fulfilled_at is not null', 'timed.fulfilled_at', 'timed.due_at', 'timed.judged_at'
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
    cast(null as varchar) as fulfilled_by,
    {{ decided_at('clock_status', 'opened_at', 'fulfilled_at', 'due_at') }} as decided_at,
    {{ decided_on('clock_status', 'opened_at', 'fulfilled_at', 'due_at') }} as decided_on,
    clock_status,
    cast(null as varchar) as exclusion_rule,
    cast(null as timestamp) as excluded_at,
    measured_value,
    limit_value,
    unit,
    source_id,
    known_at
from judged
