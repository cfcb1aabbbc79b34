-- compliance_daily, added up, is fct_commitments: what was decided by the last ended day, and what was open at its end.
with last_ended as (

    select max(day) as day from {{ ref('compliance_daily') }}

),

both_sides as (

    -- what the days say, less what the commitments say
    select
        compliance.standard_id,
        compliance.department_id,
        compliance.met,
        compliance.breached,
        compliance.excluded,
        case when compliance.day = last_ended.day then compliance.pending else 0 end as pending
    from {{ ref('compliance_daily') }} as compliance
    cross join last_ended
    union all
    select
        fact.standard_id,
        fact.department_id,
        case when fact.status = 'met' and fact.decided_on <= last_ended.day then -1 else 0 end as met,
        case when fact.status = 'breached' and fact.decided_on <= last_ended.day then -1 else 0 end as breached,
        case when fact.status = 'excluded' and fact.decided_on <= last_ended.day then -1 else 0 end as excluded,
        case when fact.decided_on is null or fact.decided_on > last_ended.day then -1 else 0 end as pending
    from {{ ref('fct_commitments') }} as fact
    cross join last_ended
    where fact.opened_on <= last_ended.day

)

select
    standard_id,
    department_id,
    sum(met) as met,
    sum(breached) as breached,
    sum(excluded) as excluded,
    sum(pending) as pending
from both_sides
group by standard_id, department_id
having sum(met) <> 0 or sum(breached) <> 0 or sum(excluded) <> 0 or sum(pending) <> 0
