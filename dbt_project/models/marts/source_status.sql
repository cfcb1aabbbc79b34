-- Grain: one row per source and ended business day.
-- Scope: what was read and became of it (read = arrived + waiting + left_out + merged, and
-- arrived = landed + unchanged + quarantined) and whether the day is covered.
select
    source_id,
    day,
    min(case when covered then 1 else 0 end) = 1 as covered,
    cast(sum(read) as bigint) as read,
    cast(sum(arrived) as bigint) as arrived,
    cast(sum(landed) as bigint) as landed,
    cast(sum(unchanged) as bigint) as unchanged,
    cast(sum(quarantined) as bigint) as quarantined,
    cast(sum(waiting) as bigint) as waiting,
    cast(sum(left_out) as bigint) as left_out,
    cast(sum(merged) as bigint) as merged,
    cast(sum(deleted) as bigint) as deleted,
    cast(sum(withheld) as bigint) as withheld,
    max(reason) as reason
from {{ source('control', 'feed_days') }}
group by source_id, day
order by source_id, day
