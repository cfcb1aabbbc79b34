-- Grain: one row per visit_id. Visits, reviewed or rated when they were concluded.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('visits', 'visit_id', [
    'visit_id',
    'department_id',
    'arrived_at',
    'served_at',
    'concluded_at',
    'name_given',
    'kindly_received',
    'seat_offered',
    'comfortable',
    'appointment_kept',
    'urgent_reason',
]) }}
