-- Grain: one row per commitment and case of rows in doubt that bears on it; of an early answer, one per commitment.
-- Scope: commitments of the subject that a row in doubt names, and of the days or slots that it may count for. Had the
-- row been right (where one department is named, those of that department), each might have had another status: what is met might be breached and what is breached met, on any
-- day from `first_day` to `last_day`. And what was met by an answer dated so long before its opening that one of the
-- two dates is wrong (`is_early`): a deadline, on whichever clock. Evidence and notices may come before.
with judged as (

    select
        commitment.*,
        -- where the calendar ends too soon nobody knows the due time
        coalesce({{ local_date(add_seconds('commitment.due_at', '-0.000001')) }}, date '9999-12-31') as due_on
    from {{ ref('fct_commitments') }} as commitment
    -- most nights few rows are in doubt: of all other standards nothing is read
    where
        commitment.standard_id in (
            select doubted.standard_id from {{ source('control', 'doubted_cases') }} as doubted
        )

),

bearing_on as (

    select
        doubted.case_id,
        judged.*
    from judged
    inner join {{ source('control', 'doubted_cases') }} as doubted
        on
            judged.standard_id = doubted.standard_id
            and judged.rule_version = doubted.rule_version
            and judged.subject_id = doubted.subject_id
    union all
    select
        doubted.case_id,
        judged.*
    from judged
    inner join {{ source('control', 'doubted_cases') }} as doubted
        on
            judged.standard_id = doubted.standard_id
            and judged.rule_version = doubted.rule_version
            and judged.opened_on <= coalesce(doubted.last_day, date '9999-12-31')
            and judged.due_on >= doubted.first_day
            and (doubted.department_id is null or judged.department_id = doubted.department_id)
    where doubted.by_day

),

answered_early as (

    select commitment.*
    from {{ ref('fct_commitments') }} as commitment
    inner join {{ source('control', 'standards') }} as standard
        on
            commitment.standard_id = standard.standard_id
            and commitment.rule_version = standard.rule_version
            and standard.kind = 'deadline'
    where
        commitment.status = 'met'
        and commitment.fulfilled_at
        < {{ add_seconds('commitment.opened_at', '-' ~ var('answer_may_precede_seconds')) }}

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
    greatest(due_on, coalesce(decided_on, due_on)) as last_day,
    false as is_early
from bearing_on
union all
select
    concat('early/', commitment_id) as case_id,
    commitment_id,
    standard_id,
    rule_version,
    department_id,
    status,
    decided_on,
    opened_on as first_day,
    coalesce({{ local_date(add_seconds('due_at', '-0.000001')) }}, date '9999-12-31') as last_day,
    true as is_early
from answered_early
