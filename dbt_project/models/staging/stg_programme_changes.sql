-- Grain: one row per change_id. Changes to a programme, and when each channel announced them.
-- Scope: the latest version known at known_at; rows that a source deleted are gone.
-- Known limits: quarantined rows never arrive here.
{{ latest_version('programme_changes', 'change_id', [
    'change_id',
    'programme',
    'department_id',
    'decided_on',
    'effective_on',
    'website_notice_on',
    'email_notice_on',
]) }}
