-- Grain: one row per call_id. Inbound and outbound calls; rang_at is when a desk began to ring, after any menu.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('calls', 'call_id', [
    'call_id',
    'department_id',
    'direction',
    'rang_at',
    'answered_at',
    'ended_at',
    'outcome',
    'caller',
]) }}
