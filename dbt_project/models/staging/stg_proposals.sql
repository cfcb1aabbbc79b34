-- Grain: one row per proposal_id. Customers' proposals.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('proposals', 'proposal_id', [
    'proposal_id',
    'department_id',
    'received_on',
    'adopted_on',
    'rewarded_on',
]) }}
