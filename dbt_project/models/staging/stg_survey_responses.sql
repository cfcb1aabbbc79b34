-- Grain: one row per response_id. Answers to surveys and to the rating asked for after a reply.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('survey_responses', 'response_id', [
    'response_id',
    'kind',
    'ticket_id',
    'wave_id',
    'department_id',
    'responded_at',
    'score',
    'respondent',
]) }}
