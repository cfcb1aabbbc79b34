-- Grain: one row per wave_id. Surveys held, by kind, with the body that held them.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('survey_waves', 'wave_id', [
    'wave_id',
    'kind',
    'held_on',
    'external_body',
    'invited',
]) }}
