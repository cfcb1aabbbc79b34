-- Whatever was read has arrived, waits, was left out or merged; whatever arrived has landed, was known already, or is
-- in quarantine; a day that is not covered says why.
select
    source_id,
    day
from {{ ref('source_status') }}
where
    read <> arrived + waiting + left_out + merged
    or arrived <> landed + unchanged + quarantined
    or covered = (reason is not null)
