{{ config(materialized='incremental', incremental_strategy='tonights_scope', on_schema_change='fail') }}
-- Grain: one row per commitment: one instance of one promise, with one status.
-- Scope: the ledger. A full build writes it whole; an increment replaces the commitments of tonight's scope
-- (control.scope, and every table that is read whole) by what was judged of them tonight, and leaves all others.
-- Known limits: rows are in the order in which they were written.
{{ judged_commitments() }}
