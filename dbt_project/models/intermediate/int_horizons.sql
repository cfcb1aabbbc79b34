-- Grain: one row per subject table. How far clocks may run for its subjects: the earlier of as_of and what the
-- sources of all its landed tables have been heard of. Silence decides nothing.
with run as (

    select as_of from {{ source('control', 'run') }}

)

select
    made_of.subject_table,
    min(least(heard.horizon_at, run.as_of)) as judged_at
from {{ source('control', 'subject_tables') }} as made_of
inner join {{ source('control', 'horizons') }} as heard on made_of.table_name = heard.table_name
cross join run
group by made_of.subject_table
