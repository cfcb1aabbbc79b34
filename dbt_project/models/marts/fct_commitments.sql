{{ config(materialized='incremental', incremental_strategy='tonights_scope', on_schema_change='fail') }}
-- Grain: one row per commitment: one instance of one promise, with one status.
-- Scope: the ledger. A full build writes it whole; an increment replaces the commitments of tonight's scope
-- (control.scope, and every table that is read whole) by what was judged of them tonight, and leaves all others.
-- Known limits: rows are in the order in which they were written.
{% for tier in tiers() %}
select
    commitment_id,
    standard_id,
    rule_version,
    part,
    subject_table,
    subject_id,
    department_id,
    opened_at,
    due_at,
    original_due_at,
    due_basis,
    fulfilled_at,
    fulfilled_by,
    decided_at,
    opened_on,
    decided_on,
    status,
    exclusion_rule,
    measured_value,
    limit_value,
    lower_limit_value,
    paused_count,
    paused_seconds,
    unit,
    source_id,
    known_at
from {{ ref(in_tier('commitments_judged', tier)) }}
{{ 'union all' if not loop.last }}
{% endfor %}
