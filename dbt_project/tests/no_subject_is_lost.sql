-- Every subject under a deadline, lead-time or coverage rule is a commitment, and nothing else is.
with subjects as (

    select standard_id, rule_version, part, subject_id from {{ ref('subjects_deadline') }}
    union all
    select standard_id, rule_version, part, subject_id from {{ ref('subjects_lead_time') }}
    union all
    select standard_id, rule_version, part, subject_id from {{ ref('subjects_coverage') }}

),

commitments as (

    select fact.standard_id, fact.rule_version, fact.part, fact.subject_id
    from {{ ref('fct_commitments') }} as fact
    inner join {{ ref('dim_rule_part') }} as part
        on
            fact.standard_id = part.standard_id
            and fact.rule_version = part.rule_version
            and fact.part = part.part
    where part.kind in ('deadline', 'lead_time', 'coverage')

)

(select 'lost' as problem, * from subjects except all select 'lost' as problem, * from commitments)
union all
(select 'made up' as problem, * from commitments except all select 'made up' as problem, * from subjects)
