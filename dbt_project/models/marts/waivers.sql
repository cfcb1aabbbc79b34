-- Grain: one row per waiver that was ever known: one that was withdrawn, or is gone at its source, as it last stood.
-- Scope: versions known at known_at; a waiver that is decided after as_of is there, too, and excuses nothing yet.
-- Known limits: what its source refused never arrives here.
with run as (

    select known_at from {{ source('control', 'run') }}

),

versions as (

    select
        raw.*,
        row_number() over (
            partition by raw._source_id, raw.waiver_id
            order by {{ version_order('raw') }} desc, raw._row_hash asc
        ) as version_rank
    from {{ source('raw', 'waivers') }} as raw
    cross join run
    where raw._known_at <= run.known_at

),

histories as (

    select
        versions._source_id,
        versions.waiver_id,
        min(case when not versions._deleted then versions.version_rank end) as said_rank,
        min(case when not versions._deleted then versions._known_at end) as first_known_at,
        sum(case when versions._deleted then 0 else 1 end) as version_count,
        max(case when versions.version_rank = 1 and versions._deleted then versions._known_at end) as ended_at,
        max(case when versions.version_rank = 1 and versions._deleted then versions._row_hash end) as ended_hash
    from versions
    group by versions._source_id, versions.waiver_id

),

latest as (

    select
        versions.*,
        histories.first_known_at,
        histories.version_count,
        histories.ended_at,
        histories.ended_hash
    from versions
    inner join histories
        on
            versions._source_id = histories._source_id
            and versions.waiver_id = histories.waiver_id
            and versions.version_rank = histories.said_rank

),

named as (

    select
        {{ staged_column('waivers', 'waiver_id', 'waiver_id') }},
        latest.standard_id,
        latest.department_id,
        latest.subject_id,
        latest.from_on,
        latest.to_on,
        latest.reason,
        latest.approver,
        latest.decided_at,
        latest._source_id as source_id,
        latest._origin as origin,
        latest.first_known_at,
        cast(latest.version_count as bigint) as version_count,
        latest.ended_at,
        case
            when latest.ended_at is null then null
            when latest.ended_hash = 'withdrawn' then 'withdrawn'
            else 'gone'
        end as ended_by
    from latest

)

select
    concat('waiver:', waiver_id) as exclusion_rule,
    named.*
from named
order by exclusion_rule
