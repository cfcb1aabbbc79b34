-- Grain: one row per complaint_id. Complaints, from confirmation to correction and compensation.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('complaints', 'complaint_id', [
    'complaint_id',
    'department_id',
    'received_at',
    'confirmed_at',
    'corrected_at',
    'harm_confirmed_on',
    'compensation_decided_on',
    'paid_on',
    'remedy_agreed_on',
]) }}
