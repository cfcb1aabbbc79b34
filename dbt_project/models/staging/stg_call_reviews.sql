-- Grain: one row per review_id. Calls that were monitored, or made by a mystery caller.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('call_reviews', 'review_id', [
    'review_id',
    'call_id',
    'department_id',
    'reviewed_at',
    'method',
    'greeting_given',
    'department_given',
    'name_given',
    'transfer_needed',
    'transfer_department_given',
    'transfer_name_given',
    'transfer_number_given',
    'answered_by_first',
]) }}
