-- Grain: one row per self_review_id. The agency's own reviews of its service.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('self_reviews', 'self_review_id', [
    'self_review_id',
    'held_on',
    'department_id',
    'findings',
    'findings_without_action',
]) }}
