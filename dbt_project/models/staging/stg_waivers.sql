-- Grain: one row per waiver_id. Decisions that a standard does not apply for a time, with reason and approver.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('waivers', 'waiver_id', [
    'waiver_id',
    'standard_id',
    'department_id',
    'subject_id',
    'from_on',
    'to_on',
    'reason',
    'approver',
    'decided_at',
]) }}
