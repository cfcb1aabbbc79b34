-- Grain: one row per commitment and case of refused rows that bears on it.
-- Scope: commitments of the subject that a refused row names, and of the days or slots that it may count for. Had the
-- row been understood, each might have had another status: what is met might be breached and what is breached met, on
-- any day from `first_day` to `last_day`.
with judged as (

    select
        commitment.*,
        -- where the calendar ends too soon nobody knows the due time
        coalesce({{ local_date(add_seconds('commitment.due_at', '-0.000001')) }}, date '9999-12-31') as due_on
    from {{ ref('fct_commitments') }} as commitment
    -- most nights refuse few rows: of all other standards nothing is read
    where
        commitment.standard_id in (
            select refused.standard_id from {{ source('control', 'refused_cases') }} as refused
        )

),

bearing_on as (

    select
        refused.case_id,
        judged.*
    from judged
    inner join {{ source('control', 'refused_cases') }} as refused
        on
            judged.standard_id = refused.standard_id
            and judged.rule_version = refused.rule_version
            and judged.subject_id = refused.subject_id
    union all
    select
        refused.case_id,
        judged.*
    from judged
    inner join {{ source('control', 'refused_cases') }} as refused
        on
            judged.standard_id = refused.standard_id
            and judged.rule_version = refused.rule_version
            and judged.opened_on <= coalesce(refused.last_day, date '9999-12-31')
            and judged.due_on >= refused.first_day
    where refused.by_day

)

select
    case_id,
    commitment_id,
    standard_id,
    rule_version,
    department_id,
    status,
    decided_on,
    least(opened_on, coalesce(decided_on, opened_on)) as first_day,
    greatest(due_on, coalesce(decided_on, due_on)) as last_day
from bearing_on
