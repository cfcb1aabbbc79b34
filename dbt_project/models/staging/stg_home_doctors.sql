-- Grain: one row per appointment_id. Home doctors by field, and the ombudsman.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('home_doctors', 'appointment_id', [
    'appointment_id',
    'role',
    'field',
    'person',
    'from_on',
    'to_on',
]) }}
