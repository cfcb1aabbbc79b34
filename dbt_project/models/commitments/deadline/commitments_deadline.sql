{{ config(materialized='view') }}
-- Grain: one row per subject and part of a deadline rule: the start event must be answered within the limit.
-- Scope: every clock, whether it stands still on days off (due_calendar) or never does (due_elapsed); each commitment
-- with the exclusion of its rule that holds, if one does.
with clocked as (

    select * from {{ ref(in_tier('due_elapsed')) }}
    union all
    select * from {{ ref(in_tier('due_calendar')) }}

),

exclusions as (

    {{ first_exclusions('clocked') }}

)

select
    clocked.commitment_id,
    clocked.standard_id,
    clocked.rule_version,
    clocked.part,
    clocked.subject_table,
    clocked.subject_id,
    clocked.department_id,
    clocked.opened_at,
    clocked.due_at,
    clocked.original_due_at,
    clocked.due_basis,
    clocked.fulfilled_at,
    clocked.fulfilled_by,
    clocked.decided_at,
    clocked.decided_on,
    clocked.clock_status,
    exclusions.exclusion_rule,
    exclusions.excluded_at,
    clocked.measured_value,
    clocked.limit_value,
    clocked.lower_limit_value,
    clocked.paused_count,
    clocked.paused_seconds,
    clocked.waited_seconds,
    clocked.unit,
    clocked.source_id,
    clocked.known_at
from clocked
left join exclusions on clocked.commitment_id = exclusions.commitment_id
