-- Grain: one row per event_id. What happened to a ticket, one row per event; an internal note is not a reply.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('ticket_events', 'event_id', [
    'event_id',
    'ticket_id',
    'kind',
    'occurred_at',
    'department_id',
    'promised_at',
]) }}
