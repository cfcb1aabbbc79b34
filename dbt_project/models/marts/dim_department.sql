-- Grain: one row per department and stretch of days on which its place in the hierarchy stayed the same.
select
    department_id,
    valid_from,
    valid_to,
    name_ko,
    name_en,
    kind,
    parent_id,
    path,
    level,
    time_zone
from {{ source('control', 'departments') }}
order by department_id, valid_from
