-- Grain: one row per meeting_id. Meetings of the service advisory group and others.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('meetings', 'meeting_id', [
    'meeting_id',
    'kind',
    'held_on',
]) }}
