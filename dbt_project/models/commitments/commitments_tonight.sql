{{ config(materialized='tonights_scope') }}
-- Grain: one row per commitment of tonight's scope, as the ledger has it.
-- Scope: in a full build the whole ledger, in an increment what was judged tonight.
-- depends_on: {{ ref('fct_commitments') }}
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
