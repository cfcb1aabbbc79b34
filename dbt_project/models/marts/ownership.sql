{{ config(materialized='incremental', incremental_strategy='tonights_scope', on_schema_change='fail') }}
-- Grain: one row per subject and stretch of time in which one department owned it: the path of a transferred subject.
-- Scope: subjects whose department can change. `owned_until` is NULL while it is owned. An increment replaces the paths
-- of tonight's scope and leaves all others.
select
    subject_table,
    subject_id,
    department_id,
    owned_from,
    owned_until
from {{ ref('int_ownership') }}
