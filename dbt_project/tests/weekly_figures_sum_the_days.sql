-- compliance_weekly is compliance_daily, week by week: the sums of its days, and what was open at the end of the last.
with last_ended as (

    select max(day) as day from {{ ref('compliance_daily') }}

),

both_sides as (

    -- what the week says, less what its days say
    select
        week_start,
        standard_id,
        department_id,
        met,
        breached,
        excluded,
        pending
    from {{ ref('compliance_weekly') }}
    union all
    select
        {{ monday_of('compliance.day') }} as week_start,
        compliance.standard_id,
        compliance.department_id,
        -compliance.met as met,
        -compliance.breached as breached,
        -compliance.excluded as excluded,
        case
            when compliance.day = last_ended.day then -compliance.pending
            when {{ monday_of('compliance.day') }} = {{ add_days('compliance.day', -6) }} then -compliance.pending
            else 0
        end as pending
    from {{ ref('compliance_daily') }} as compliance
    cross join last_ended

)

select
    week_start,
    standard_id,
    department_id,
    sum(met) as met,
    sum(breached) as breached,
    sum(excluded) as excluded,
    sum(pending) as pending
from both_sides
group by week_start, standard_id, department_id
having sum(met) <> 0 or sum(breached) <> 0 or sum(excluded) <> 0 or sum(pending) <> 0
