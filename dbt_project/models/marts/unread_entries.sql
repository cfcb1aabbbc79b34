-- Grain: one row per entry of the registers of actions and comments that could not be read, and was not put right
-- since. Scope: what was known at known_at. Known limits: what its cells said is not here (charter quarantine has it).
select
    entry_id,
    table_name,
    source_id,
    row_key,
    standard_id,
    origin,
    unread_columns,
    refused_at
from {{ source('control', 'unread_entries') }}
order by entry_id
