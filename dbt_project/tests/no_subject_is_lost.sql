-- Every subject under a deadline, lead-time or coverage rule is one commitment, and nothing else is.
with both_sides as (

    {% for tier in tiers() %}
    {% for kind in kinds_of_tier(tier) if kind in ['deadline', 'lead_time', 'coverage'] %}
    select
        standard_id,
        rule_version,
        part,
        subject_id,
        1 as subjects,
        0 as commitments
    from {{ ref(in_tier('subjects_' ~ kind, tier)) }}
    union all
    {% endfor %}
    {% endfor %}
    select
        fact.standard_id,
        fact.rule_version,
        fact.part,
        fact.subject_id,
        0 as subjects,
        1 as commitments
    from {{ ref('commitments_tonight') }} as fact
    inner join {{ ref('dim_rule_part') }} as part
        on
            fact.standard_id = part.standard_id
            and fact.rule_version = part.rule_version
            and fact.part = part.part
    where part.kind in ('deadline', 'lead_time', 'coverage')

)

select
    standard_id,
    rule_version,
    part,
    subject_id,
    sum(subjects) as subjects,
    sum(commitments) as commitments
from both_sides
group by standard_id, rule_version, part, subject_id
having sum(subjects) <> sum(commitments)
