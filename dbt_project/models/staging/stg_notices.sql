-- Grain: one row per notice_id. Recruitment notices published.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('notices', 'notice_id', [
    'notice_id',
    'programme',
    'published_on',
    'department_id',
]) }}
