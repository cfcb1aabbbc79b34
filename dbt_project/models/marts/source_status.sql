-- Grain: one row per source and ended business day.
-- Scope: what arrived and became of it (arrived = landed + unchanged + quarantined) and whether the day is covered.
select
    source_id,
    day,
    min(case when covered then 1 else 0 end) = 1 as covered,
    cast(sum(arrived) as bigint) as arrived,
    cast(sum(landed) as bigint) as landed,
    cast(sum(unchanged) as bigint) as unchanged,
    cast(sum(quarantined) as bigint) as quarantined,
    max(reason) as reason
from {{ source('control', 'feed_days') }}
group by source_id, day
order by source_id, day
