-- Grain: one row per source, landed table, fate and what it is due to (standard, part, condition).
-- Scope: every row that ever landed, in its newest version; the rows of a source and table sum up to its rows on hand.
-- Known limits: `example_key` is one of many; what counts as evidence of a case has the case's own fate beside it.
select
    source_id,
    table_name,
    fate,
    standard_id,
    part,
    condition,
    cast(count(*) as bigint) as row_count,
    cast(count(ahead_on) as bigint) as rows_dated_ahead,
    max(ahead_on) as furthest_on,
    case when fate not in ('commitment', 'counted', 'evidence', 'companion') then min(row_key) end as example_key
from {{ ref('int_row_fates') }}
group by source_id, table_name, fate, standard_id, part, condition
order by source_id, table_name, fate, standard_id, part, condition
