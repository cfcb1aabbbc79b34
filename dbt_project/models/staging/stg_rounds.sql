-- Grain: one row per round_id. Selection rounds from announcement to settlement.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('rounds', 'round_id', [
    'round_id',
    'programme',
    'department_id',
    'announced_on',
    'selected_on',
    'external_body',
    'external_evaluated_on',
    'operation_completed_on',
    'settled_on',
    'finished_on',
]) }}
