-- compliance_daily, added up, is fct_commitments: what was decided by the last ended day, and what was open at its end.
with last_ended as (

    select max(day) as day from {{ ref('compliance_daily') }}

),

daily as (

    select
        compliance.standard_id,
        compliance.department_id,
        sum(compliance.met) as met,
        sum(compliance.breached) as breached,
        sum(compliance.excluded) as excluded,
        sum(case when compliance.day = last_ended.day then compliance.pending else 0 end) as pending
    from {{ ref('compliance_daily') }} as compliance
    cross join last_ended
    group by compliance.standard_id, compliance.department_id

),

facts as (

    select
        fact.standard_id,
        fact.department_id,
        count(*) filter (where fact.status = 'met' and fact.decided_on <= last_ended.day) as met,
        count(*) filter (where fact.status = 'breached' and fact.decided_on <= last_ended.day) as breached,
        count(*) filter (where fact.status = 'excluded' and fact.decided_on <= last_ended.day) as excluded,
        count(*) filter (where fact.decided_on is null or fact.decided_on > last_ended.day) as pending
    from {{ ref('fct_commitments') }} as fact
    cross join last_ended
    where fact.opened_on <= last_ended.day
    group by fact.standard_id, fact.department_id

)

(select 'daily' as only_in, * from daily except select 'daily' as only_in, * from facts)
union all
(select 'facts' as only_in, * from facts except select 'facts' as only_in, * from daily)
