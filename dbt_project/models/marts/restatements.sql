-- Grain: one row per closed week and commitment whose verdict in that week is no longer the one it was closed with.
-- Scope: weeks that had been closed by known_at. `before_*` is what the closing night said, `after_*` what is known
-- now; NULL means that the commitment was not, or is no longer, decided in that week.
-- `cause` is late_row (its row came after the closing), deleted (its row is gone), excluded (taken out since),
-- transferred (another department answers), redecided (now decided in another week, or open again) or corrected.
with run as (

    select known_at from {{ source('control', 'run') }}

),

closings as (

    select closing.*
    from {{ source('lake', 'closed_weeks') }} as closing
    cross join run
    where closing.closed_at <= run.known_at

),

weeks as (

    select distinct
        week_start,
        closed_at
    from closings

),

decided_now as (

    select
        weeks.week_start,
        weeks.closed_at,
        commitment.commitment_id,
        commitment.standard_id,
        commitment.department_id,
        commitment.status,
        commitment.known_at
    from {{ ref('fct_commitments') }} as commitment
    inner join weeks on {{ monday_of('commitment.decided_on') }} = weeks.week_start

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

)

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
        when compared.after_status is null then 'redecided'
        when compared.before_status is null and commitment.known_at > compared.closed_at then 'late_row'
        when compared.before_status is null then 'redecided'
        when compared.after_status = 'excluded' and compared.before_status <> 'excluded' then 'excluded'
        when compared.after_status = compared.before_status then 'transferred'
        else 'corrected'
    end as cause,
    commitment.known_at
from compared
left join {{ ref('fct_commitments') }} as commitment on compared.commitment_id = commitment.commitment_id
order by compared.week_start, compared.commitment_id
