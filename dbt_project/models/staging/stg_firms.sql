-- Grain: one row per firm_id. Firms selected into a programme.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('firms', 'firm_id', [
    'firm_id',
    'programme',
    'department_id',
    'selected_on',
    'active_from_on',
    'active_to_on',
    'roadmap_confirmed_on',
    'adviser',
    'trade_office',
]) }}
