-- Grain: one row. For when this warehouse was built, and for which charter.
select
    as_of,
    known_at,
    charter_id,
    charter_version,
    in_force_from,
    {{ in_languages('agency_name') }}
from {{ source('control', 'run') }}
