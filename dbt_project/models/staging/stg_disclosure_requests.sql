-- Grain: one row per request_id. Requests for disclosure of information.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('disclosure_requests', 'request_id', [
    'request_id',
    'department_id',
    'received_on',
    'extended_on',
    'extension_reason',
    'decided_on',
    'withdrawn_on',
]) }}
