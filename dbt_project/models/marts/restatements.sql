-- Grain: one row per closed week and commitment whose verdict in that week is no longer the one it was closed with.
-- Scope: weeks that had been closed by known_at. `before_*` is what the closing night said, `after_*` what is known
-- now; NULL means that the commitment was not, or is no longer, decided in that week.
-- `cause` is late_row (its row came after the closing), deleted (its row is gone), excluded (taken out since, or no
-- longer taken out), transferred (another department answers), redecided (now decided in another week, or open again)
-- or corrected.
-- Restatements of commitments that tonight's scope did not change are carried on from the night before.
with run as (

    select known_at from {{ source('control', 'run') }}

),

full_build as (

    select is_full
    from {{ source('control', 'build') }}
    where is_full

),

increment as (

    select is_full
    from {{ source('control', 'build') }}
    where not is_full

),

reworked as (

    -- what the ledger said of tonight's scope, and what is judged of it tonight
    select
        coalesce(judged.commitment_id, replaced.commitment_id) as commitment_id,
        judged.decided_on,
        replaced.decided_on as replaced_decided_on,
        coalesce(judged.status, '') <> coalesce(replaced.status, '')
        or coalesce(judged.department_id, '') <> coalesce(replaced.department_id, '')
        or coalesce(judged.decided_on, date '0001-01-01') <> coalesce(replaced.decided_on, date '0001-01-01')
            as is_changed
    from {{ ref('commitments_tonight') }} as judged
    full outer join {{ source('control', 'replaced_commitments') }} as replaced
        on judged.commitment_id = replaced.commitment_id

),

carried as (

    select
        carried.*,
        reworked.commitment_id is not null as is_reworked
    from {{ source('control', 'carried_restatements') }} as carried
    left join reworked on carried.commitment_id = reworked.commitment_id

),

touched as (

    -- what an increment compares again: each commitment with every week that it may have been closed in
    select
        reworked.commitment_id,
        {{ monday_of('reworked.decided_on') }} as week_start
    from reworked
    cross join increment
    where reworked.is_changed and reworked.decided_on is not null
    union
    select
        reworked.commitment_id,
        {{ monday_of('reworked.replaced_decided_on') }} as week_start
    from reworked
    cross join increment
    where reworked.is_changed and reworked.replaced_decided_on is not null
    union
    select
        carried.commitment_id,
        carried.week_start
    from carried
    where carried.is_reworked

),

closings as (

    select closing.*
    from {{ source('lake', 'closed_weeks') }} as closing
    inner join touched
        on closing.week_start = touched.week_start and closing.commitment_id = touched.commitment_id
    cross join run
    where closing.closed_at <= run.known_at
    union all
    select closing.*
    from {{ source('lake', 'closed_weeks') }} as closing
    cross join full_build
    cross join run
    where closing.closed_at <= run.known_at

),

weeks as (

    select distinct
        closing.week_start,
        closing.closed_at
    from {{ source('lake', 'closed_weeks') }} as closing
    cross join run
    where closing.closed_at <= run.known_at

),

decided_in_week as (

    select
        weeks.week_start,
        weeks.closed_at,
        commitment.commitment_id,
        commitment.standard_id,
        commitment.department_id,
        commitment.status
    from {{ ref('commitments_tonight') }} as commitment
    inner join weeks on {{ monday_of('commitment.decided_on') }} = weeks.week_start

),

decided_now as (

    select decided_in_week.*
    from decided_in_week
    inner join touched
        on
            decided_in_week.week_start = touched.week_start
            and decided_in_week.commitment_id = touched.commitment_id
    union all
    select decided_in_week.*
    from decided_in_week
    cross join full_build

),

compared as (

    select
        coalesce(decided_now.week_start, closings.week_start) as week_start,
        coalesce(decided_now.closed_at, closings.closed_at) as closed_at,
        coalesce(decided_now.commitment_id, closings.commitment_id) as commitment_id,
        coalesce(decided_now.standard_id, closings.standard_id) as standard_id,
        closings.status as before_status,
        decided_now.status as after_status,
        closings.department_id as before_department_id,
        decided_now.department_id as after_department_id
    from closings
    full outer join decided_now
        on closings.week_start = decided_now.week_start and closings.commitment_id = decided_now.commitment_id
    where
        closings.status is distinct from decided_now.status
        or closings.department_id is distinct from decided_now.department_id

),

restated as (

    select
        compared.week_start,
        compared.closed_at,
        compared.standard_id,
        compared.commitment_id,
        compared.before_status,
        compared.after_status,
        compared.before_department_id,
        compared.after_department_id,
        case
            when commitment.commitment_id is null then 'deleted'
            when (commitment.status = 'excluded') <> (compared.before_status = 'excluded') then 'excluded'
            when compared.after_status is null then 'redecided'
            when compared.before_status is null and commitment.known_at > compared.closed_at then 'late_row'
            when compared.before_status is null then 'redecided'
            when compared.after_status = compared.before_status then 'transferred'
            else 'corrected'
        end as cause,
        commitment.known_at
    from compared
    left join {{ ref('commitments_tonight') }} as commitment on compared.commitment_id = commitment.commitment_id
    union all
    select
        week_start,
        closed_at,
        standard_id,
        commitment_id,
        before_status,
        after_status,
        before_department_id,
        after_department_id,
        cause,
        known_at
    from carried
    where not is_reworked

)

select *
from restated
order by week_start, commitment_id
