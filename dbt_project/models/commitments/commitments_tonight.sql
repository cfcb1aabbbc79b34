{{ config(materialized='tonights_scope') }}
-- Grain: one row per commitment of tonight's scope, as the ledger has it.
-- Scope: in a full build the whole ledger, in an increment what was judged tonight.
-- depends_on: {{ ref('fct_commitments') }}
{{ judged_commitments() }}
