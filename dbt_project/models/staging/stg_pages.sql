-- Grain: one row per page_id. Service pages of the website.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('pages', 'page_id', [
    'page_id',
    'published_on',
    'retired_on',
]) }}
