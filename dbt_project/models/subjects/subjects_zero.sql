-- Grain: one row per incident and part of each zero rule that it counts against.
-- Scope: incidents that meet the rule's conditions and are dated by as_of.
{{ dated_subjects('zero') }}
