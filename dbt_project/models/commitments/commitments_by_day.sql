-- Grain: one row per business day, standard, rule version, part and department on which something opened or was
-- decided.
-- Scope: every commitment of the ledger, as counts. They are carried on from the night before: what the ledger said of
-- tonight's scope is taken off, what was judged of it tonight is added. In a full build nothing is carried.
-- Known limits: `opened` less the three others, summed up to a day, is what was open at its end.
with judged as (

    select
        commitment.*,
        exclusion.exclusion_rule is not null as is_strict
    from {{ ref('commitments_tonight') }} as commitment
    left join {{ source('control', 'exclusions') }} as exclusion
        on commitment.exclusion_rule = exclusion.exclusion_rule and exclusion.is_strict

),

replaced as (

    select
        commitment.*,
        exclusion.exclusion_rule is not null as is_strict
    from {{ source('control', 'replaced_commitments') }} as commitment
    left join {{ source('control', 'exclusions') }} as exclusion
        on commitment.exclusion_rule = exclusion.exclusion_rule and exclusion.is_strict

),

counts as (

    select
        day,
        standard_id,
        rule_version,
        part,
        department_id,
        opened,
        met,
        breached,
        excluded,
        excluded_strict
    from {{ source('control', 'carried_days') }}
    {% for relation, sign in [('judged', 1), ('replaced', -1)] %}
    union all
    select
        opened_on as day,
        standard_id,
        rule_version,
        part,
        department_id,
        {{ sign }} as opened,
        0 as met,
        0 as breached,
        0 as excluded,
        0 as excluded_strict
    from {{ relation }}
    union all
    select
        decided_on as day,
        standard_id,
        rule_version,
        part,
        department_id,
        0 as opened,
        case when status = 'met' then {{ sign }} else 0 end as met,
        case when status = 'breached' then {{ sign }} else 0 end as breached,
        case when status = 'excluded' then {{ sign }} else 0 end as excluded,
        case when status = 'excluded' and is_strict then {{ sign }} else 0 end as excluded_strict
    from {{ relation }}
    where decided_on is not null
    {% endfor %}

)

select
    day,
    standard_id,
    rule_version,
    part,
    department_id,
    cast(sum(opened) as bigint) as opened,
    cast(sum(met) as bigint) as met,
    cast(sum(breached) as bigint) as breached,
    cast(sum(excluded) as bigint) as excluded,
    cast(sum(excluded_strict) as bigint) as excluded_strict
from counts
group by day, standard_id, rule_version, part, department_id
having sum(opened) <> 0 or sum(met) <> 0 or sum(breached) <> 0 or sum(excluded) <> 0
