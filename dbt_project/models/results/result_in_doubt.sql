-- Grain: one row per commitment and case of rows in doubt that bears on it; of an early answer, one per commitment.
-- Scope: commitments of the subject that a row in doubt names, and of the days or slots that it may count for (where
-- one department is named, those of that department). Had the row been right, each might have had another status: what
-- is met might be breached and what is breached met, on any day from `first_day` to `last_day`. A measure that counts
-- rows is in doubt only if so many rows could turn it. Of incidents, one row breaks one day (`breaks`), and a day that
-- is broken is in doubt only if all its incidents may be rows in doubt (`mends`). And what was met by an answer dated
-- so long before its opening that one of the two dates is wrong (`is_early`): a deadline, on whichever clock. Evidence
-- and notices may come before. Where the rows may say how long the limit is, or how long the clock stood still
-- (`moves_due`), the fulfilment decided it at the latest; where they may say on which day that takes place which is to
-- be announced, the last day that they leave possible. So did the fulfilment of what lacks its limit (`lacks_limit`),
-- one way or the other.
with judged as (

    select
        commitment.*,
        coalesce(standard.kind = 'lead_time', false) as is_announced,
        -- where the calendar ends too soon nobody knows the due time
        coalesce(
            {{ local_date(add_seconds('commitment.due_at', '-0.000001')) }},
            case
                when commitment.due_basis = 'no_limit' and commitment.fulfilled_at is not null
                    then greatest(commitment.opened_on, {{ local_date('commitment.fulfilled_at') }})
            end,
            date '9999-12-31'
        ) as due_on
    from {{ ref('fct_commitments') }} as commitment
    left join {{ source('control', 'standards') }} as standard
        on commitment.standard_id = standard.standard_id and commitment.rule_version = standard.rule_version
    -- most nights few rows are in doubt: of all other standards nothing is read
    where
        commitment.standard_id in (
            select doubted.standard_id from {{ source('control', 'doubted_cases') }} as doubted
        )

),

bearing_on as (

    select
        doubted.case_id,
        doubted.refused + doubted.ahead + doubted.withdrawn as row_count,
        doubted.may_waive,
        doubted.moves_due,
        doubted.last_day as doubted_until,
        cast(null as bigint) as breaks,
        cast(null as bigint) as mends,
        judged.*
    from judged
    inner join {{ source('control', 'doubted_cases') }} as doubted
        on
            judged.standard_id = doubted.standard_id
            and judged.rule_version = doubted.rule_version
            and (doubted.target_part is null or judged.part = doubted.target_part)
            and judged.subject_id = doubted.subject_id
    union all
    select
        doubted.case_id,
        doubted.refused + doubted.ahead + doubted.withdrawn as row_count,
        doubted.may_waive,
        false as moves_due,
        doubted.last_day as doubted_until,
        doubted.breaks,
        doubted.mends,
        judged.*
    from judged
    inner join {{ source('control', 'doubted_cases') }} as doubted
        on
            judged.standard_id = doubted.standard_id
            and judged.rule_version = doubted.rule_version
            and (doubted.target_part is null or judged.part = doubted.target_part)
            and judged.opened_on <= coalesce(doubted.last_day, date '9999-12-31')
            and judged.due_on >= doubted.first_day
            and (doubted.department_id is null or judged.department_id = doubted.department_id)
    where doubted.by_day

),

doubts_of_figures as (

    -- how many rows may be wrong, or more or fewer, of each figure that counts rows
    select
        bearing_on.commitment_id,
        bearing_on.standard_id,
        bearing_on.rule_version,
        bearing_on.part,
        bearing_on.status,
        sum(greatest(bearing_on.row_count, 1)) as rows_in_doubt
    from bearing_on
    group by
        bearing_on.commitment_id, bearing_on.standard_id, bearing_on.rule_version, bearing_on.part, bearing_on.status
    having max(case when bearing_on.may_waive then 1 else 0 end) = 0

),

ends_of_figures as (

    select
        doubts.commitment_id,
        part.limit_least,
        part.limit_most,
        part.scale * (figure.numerator - doubts.rows_in_doubt) / coalesce(figure.denominator, part.scale) as at_least,
        part.scale * (figure.numerator + doubts.rows_in_doubt) / coalesce(figure.denominator, part.scale) as at_most
    from doubts_of_figures as doubts
    inner join {{ ref('measured_figures') }} as figure on doubts.commitment_id = figure.commitment_id
    inner join {{ source('control', 'rule_parts') }} as part
        on
            doubts.standard_id = part.standard_id
            and doubts.rule_version = part.rule_version
            and doubts.part = part.part
    where part.figure in ('count', 'distinct', 'share') and doubts.status in ('met', 'breached')

),

certain as (

    -- no matter what these rows say, the figure is on the same side of its limits
    select commitment_id
    from ends_of_figures
    where
        (at_least >= coalesce(limit_least, at_least) and at_most <= coalesce(limit_most, at_most))
        or at_most < limit_least
        or at_least > limit_most
    union all
    -- a day on which more has happened than these rows may take back, or that a decision took out
    select commitment_id
    from bearing_on
    group by commitment_id, status, measured_value, limit_value
    having
        count(*) = count(breaks)
        and (status = 'excluded' or (status = 'breached' and measured_value - sum(mends) > limit_value))

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

),

without_limit as (

    select *
    from {{ ref('fct_commitments') }}
    where due_basis = 'no_limit' and status = 'pending'

),

found as (

    select
        bearing_on.case_id,
        bearing_on.commitment_id,
        bearing_on.standard_id,
        bearing_on.rule_version,
        bearing_on.part,
        bearing_on.department_id,
        bearing_on.status,
        bearing_on.decided_on,
        least(bearing_on.opened_on, bearing_on.decided_on) as first_day,
        greatest(
            bearing_on.due_on,
            bearing_on.decided_on,
            case
                when bearing_on.moves_due and bearing_on.is_announced
                    then coalesce(bearing_on.doubted_until, date '9999-12-31')
                when bearing_on.moves_due
                    then coalesce({{ local_date('bearing_on.fulfilled_at') }}, date '9999-12-31')
            end
        ) as last_day,
        false as is_early,
        false as lacks_limit,
        bearing_on.breaks,
        bearing_on.mends
    from bearing_on
    left join certain on bearing_on.commitment_id = certain.commitment_id
    where certain.commitment_id is null
    union all
    select
        concat('early/', commitment_id) as case_id,
        commitment_id,
        standard_id,
        rule_version,
        part,
        department_id,
        status,
        decided_on,
        opened_on as first_day,
        -- a moment promised may lie before the opening
        greatest(
            coalesce({{ local_date(add_seconds('due_at', '-0.000001')) }}, date '9999-12-31'), decided_on
        ) as last_day,
        true as is_early,
        false as lacks_limit,
        cast(null as bigint) as breaks,
        cast(null as bigint) as mends
    from answered_early
    union all
    select
        concat('no_limit/', commitment_id) as case_id,
        commitment_id,
        standard_id,
        rule_version,
        part,
        department_id,
        status,
        decided_on,
        opened_on as first_day,
        greatest(opened_on, coalesce({{ local_date('fulfilled_at') }}, date '9999-12-31')) as last_day,
        false as is_early,
        true as lacks_limit,
        cast(null as bigint) as breaks,
        cast(null as bigint) as mends
    from without_limit

)

select
    found.case_id,
    found.commitment_id,
    found.standard_id,
    found.rule_version,
    own_target.target_part,
    found.department_id,
    found.status,
    found.decided_on,
    found.first_day,
    found.last_day,
    found.is_early,
    found.lacks_limit,
    found.breaks,
    found.mends
from found
left join {{ source('control', 'targets') }} as own_target {{ on_own_target('found') }}
