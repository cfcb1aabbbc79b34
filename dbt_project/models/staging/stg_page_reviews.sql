-- Grain: one row per review_id. Reviews of a service page for being current.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('page_reviews', 'review_id', [
    'review_id',
    'page_id',
    'reviewed_on',
]) }}
