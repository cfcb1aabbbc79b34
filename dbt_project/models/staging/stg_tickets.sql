-- Grain: one row per ticket_id. Voice-of-Customer tickets, as opened.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('tickets', 'ticket_id', [
    'ticket_id',
    'programme',
    'kind',
    'channel',
    'received_at',
    'department_id',
    'customer',
    'project_ended_on',
]) }}
