-- Grain: one row per tenancy_id. Early-stage foreign firms in the incubator, with their review.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('tenancies', 'tenancy_id', [
    'tenancy_id',
    'firm',
    'reviewed_on',
    'from_on',
    'to_on',
]) }}
