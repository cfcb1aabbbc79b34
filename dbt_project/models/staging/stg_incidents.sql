-- Grain: one row per incident_id. Incidents with customers' data.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('incidents', 'incident_id', [
    'incident_id',
    'kind',
    'department_id',
    'occurred_on',
    'confirmed_on',
]) }}
