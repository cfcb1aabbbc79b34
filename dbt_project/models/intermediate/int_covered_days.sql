-- Grain: one row per standard, rule version and ended business day. Whether every source that the standard is
-- measured on covers the day, and which do not.
with day_states as (

    select
        needed.standard_id,
        needed.rule_version,
        feed.day,
        feed.source_id,
        feed.covered
    from {{ source('control', 'standard_tables') }} as needed
    inner join {{ source('control', 'feed_days') }} as feed on needed.table_name = feed.table_name

)

select
    standard_id,
    rule_version,
    day,
    min(case when covered then 1 else 0 end) = 1 as is_covered,
    max(case when not covered then source_id end) as uncovered_source_id
from day_states
group by standard_id, rule_version, day
