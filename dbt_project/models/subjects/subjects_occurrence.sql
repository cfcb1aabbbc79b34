-- Grain: one row per activity and part of each occurrence rule that it can count for.
-- Scope: activities dated by as_of that meet the rule's conditions; which slot they fall in is decided later.
{{ dated_subjects('occurrence') }}
