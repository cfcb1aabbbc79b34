-- Grain: one row per secondment_id. Officers seconded to the one-stop centre by other agencies.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('secondments', 'secondment_id', [
    'secondment_id',
    'agency',
    'officer',
    'from_on',
    'to_on',
]) }}
