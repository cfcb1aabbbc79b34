-- Grain: one row per training_id. Trainings in Korea for overseas staff.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('trainings', 'training_id', [
    'training_id',
    'held_on',
    'department_id',
    'trainees',
    'customer_meetings',
]) }}
