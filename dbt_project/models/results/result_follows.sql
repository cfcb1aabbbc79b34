-- Grain: one row per promise about a broken promise, and case of rows in doubt (or cause of another kind) for which
-- nobody knows whether that promise was broken.
-- Scope: what follows from a breach that is in doubt, or that nobody has heard the end of. `is_there` says that the
-- breach is taken for one tonight, so that the ledger has what follows from it; otherwise it may have to be added. What
-- a row in doubt adds by itself (control.doubted_cases) and what is in doubt by itself (result_in_doubt) is left out.
-- A waiver in doubt breaks nothing that was kept.
-- Known limits: whether the row meets the conditions of the promise that follows is not asked.
with run as (

    select as_of from {{ source('control', 'run') }}

),

uncertain as (

    select
        in_doubt.case_id,
        commitment.standard_id,
        commitment.part,
        commitment.subject_id,
        commitment.department_id,
        in_doubt.first_day,
        in_doubt.last_day
    from {{ ref('result_in_doubt') }} as in_doubt
    inner join {{ ref('fct_commitments') }} as commitment on in_doubt.commitment_id = commitment.commitment_id
    left join {{ source('control', 'doubted_cases') }} as doubted
        on
            in_doubt.case_id = doubted.case_id
            and in_doubt.standard_id = doubted.standard_id
            and in_doubt.rule_version = doubted.rule_version
            and (doubted.target_part is null or doubted.target_part = in_doubt.target_part)
    where commitment.status <> 'met' or not coalesce(doubted.may_waive, false)
    union all
    select
        concat('awaited/', commitment.commitment_id) as case_id,
        commitment.standard_id,
        commitment.part,
        commitment.subject_id,
        commitment.department_id,
        {{ local_date(add_seconds('commitment.due_at', '-0.000001')) }} as first_day,
        {{ local_date(add_seconds('commitment.due_at', '-0.000001')) }} as last_day
    from {{ ref('commitments_tonight') }} as commitment
    cross join run
    where commitment.status = 'pending' and commitment.due_at <= run.as_of

),

following as (

    select
        uncertain.case_id,
        uncertain.standard_id as broken_standard_id,
        concat(follow.standard_id, '/', follow.part, '/', uncertain.subject_id) as commitment_id,
        follow.standard_id,
        follow.rule_version,
        follow.part,
        uncertain.subject_id,
        coalesce(follow.department_id, uncertain.department_id) as department_id,
        uncertain.first_day,
        -- nobody knows when what has no end is decided
        case
            when follow.days_at_most is null or uncertain.last_day > date '9000-01-01' then date '9999-12-31'
            else {{ add_days('uncertain.last_day', 'follow.days_at_most') }}
        end as last_day,
        follow.effective_from,
        follow.effective_to
    from uncertain
    inner join {{ source('control', 'follows') }} as follow
        on uncertain.standard_id = follow.broken_standard_id and uncertain.part = follow.broken_part

),

added_by_rows as (

    select distinct
        standard_id,
        rule_version,
        target_part,
        subject_id
    from {{ source('control', 'doubted_cases') }}
    where commitments > 0

),

in_doubt_by_itself as (

    select distinct commitment_id
    from {{ ref('result_in_doubt') }}

)

select
    following.case_id,
    following.broken_standard_id,
    following.commitment_id,
    following.standard_id,
    following.rule_version,
    own_target.target_part,
    coalesce(there.department_id, following.department_id) as department_id,
    coalesce(there.status, 'pending') as status,
    there.decided_on,
    least(following.first_day, there.opened_on) as first_day,
    greatest(following.last_day, there.decided_on) as last_day,
    there.commitment_id is not null as is_there
from following
left join {{ ref('fct_commitments') }} as there on following.commitment_id = there.commitment_id
left join in_doubt_by_itself as by_itself on following.commitment_id = by_itself.commitment_id
left join {{ source('control', 'targets') }} as own_target {{ on_own_target('following') }}
left join added_by_rows as added
    on
        following.standard_id = added.standard_id
        and following.rule_version = added.rule_version
        and own_target.target_part is not distinct from added.target_part
        and following.subject_id = added.subject_id
where
    by_itself.commitment_id is null
    and (there.commitment_id is not null or added.subject_id is null)
    and (there.commitment_id is null or there.rule_version = following.rule_version)
    and following.last_day >= following.effective_from
    and (following.effective_to is null or following.first_day <= following.effective_to)
