-- Grain: one row per subject and stretch of time in which one department owned it: the path of a transferred subject.
-- Scope: subjects whose department can change. `owned_until` is NULL while it is owned.
select
    subject_table,
    subject_id,
    department_id,
    owned_from,
    owned_until
from {{ ref('int_ownership') }}
order by subject_table, subject_id, owned_from
