-- Grain: one row per check_id. Checks that a channel for suggestions or complaints works.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('channel_checks', 'check_id', [
    'check_id',
    'purpose',
    'channel',
    'checked_on',
    'working',
]) }}
