-- Grain: one row per department and stretch of days on which its place in the hierarchy, name and kind stayed the same.
select
    department_id,
    valid_from,
    valid_to,
    {{ in_languages('name') }},
    kind,
    parent_id,
    path,
    level,
    time_zone
from {{ source('control', 'departments') }}
order by department_id, valid_from
