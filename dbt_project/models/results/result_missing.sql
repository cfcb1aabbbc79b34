-- Grain: one row per standard, rule version, business day that a needed source does not cover, target (target_part),
-- department (NULL is the whole agency) and unit: how many commitments the day may have decided at most.
-- Scope: rule versions in force on the day. Of promises to somebody the unit is the day, and at_most the largest day of
-- the 13 weeks before, never more than the charter declares; what it declares where nothing was decided, and NULL where
-- it declares nothing. A part with a target of its own has a largest day of its own, under whichever version. A level
-- or a zero has one for each of its parts that the day belongs to (and each department that stands where each of a kind
-- has its own), an occurrence one for each slot that is open.
-- Known limits: decisions count on their day; what opened on the day and falls due later is taken to be among them.
with uncovered as (

    select
        covered.standard_id,
        covered.rule_version,
        covered.day,
        standard.kind,
        standard.missing_day_at_most
    from {{ ref('int_covered_days') }} as covered
    inner join {{ source('control', 'standards') }} as standard
        on
            covered.standard_id = standard.standard_id
            and covered.rule_version = standard.rule_version
            and covered.day >= standard.effective_from
            and (standard.effective_to is null or covered.day <= standard.effective_to)
    where not covered.is_covered

),

own_targets as (

    select distinct
        standard_id,
        target_part
    from {{ source('control', 'targets') }}
    where target_part is not null

),

decided_of_targets as (

    select
        day,
        standard_id,
        cast(null as varchar) as target_part,
        department_id,
        met + breached as decided
    from {{ ref('commitments_by_day') }}
    union all
    select
        by_day.day,
        by_day.standard_id,
        own_targets.target_part,
        by_day.department_id,
        by_day.met + by_day.breached as decided
    from {{ ref('commitments_by_day') }} as by_day
    inner join own_targets
        on by_day.standard_id = own_targets.standard_id and by_day.part = own_targets.target_part

),

decided_days as (

    select
        day,
        standard_id,
        target_part,
        department_id,
        sum(decided) as decided
    from decided_of_targets
    group by day, standard_id, target_part, department_id
    union all
    select
        day,
        standard_id,
        target_part,
        cast(null as varchar) as department_id,
        sum(decided) as decided
    from decided_of_targets
    group by day, standard_id, target_part

),

answering as (

    -- whoever ever answered for the standard or may have to, and the whole agency
    select
        standard_id,
        department_id
    from {{ ref('commitments_by_day') }}
    union
    select
        standard_id,
        department_id
    from {{ source('control', 'doubted_cases') }}
    where department_id is not null
    union
    select
        standard_id,
        cast(null as varchar) as department_id
    from {{ source('control', 'standards') }}

),

to_somebody as (

    select
        uncovered.standard_id,
        uncovered.rule_version,
        uncovered.day,
        own_target.target_part,
        answering.department_id,
        uncovered.missing_day_at_most,
        -- a day of the 13 weeks before on which nothing was decided says nothing of how many a day may decide
        nullif(max(before.decided), 0) as largest_day
    from uncovered
    inner join answering on uncovered.standard_id = answering.standard_id
    left join {{ source('control', 'targets') }} as own_target
        on
            uncovered.standard_id = own_target.standard_id
            and uncovered.rule_version = own_target.rule_version
            and own_target.target_part is not null
    left join decided_days as before
        on
            answering.standard_id = before.standard_id
            and own_target.target_part is not distinct from before.target_part
            and coalesce(answering.department_id, '') = coalesce(before.department_id, '')
            and before.day >= {{ add_days('uncovered.day', -91) }}
            and before.day < uncovered.day
    where
        uncovered.kind in ('deadline', 'lead_time', 'coverage')
        or exists (
            select 1
            from {{ source('control', 'rule_parts') }} as part
            where
                uncovered.standard_id = part.standard_id
                and uncovered.rule_version = part.rule_version
                and part.rolling_count is not null
        )
    group by
        uncovered.standard_id, uncovered.rule_version, uncovered.day, own_target.target_part,
        answering.department_id, uncovered.missing_day_at_most

),

of_days as (

    select
        uncovered.standard_id,
        uncovered.rule_version,
        uncovered.day,
        {{ name_per_department('department.department_id', 'cast(uncovered.day as varchar)') }} as subject_id,
        part.part,
        coalesce(department.department_id, part.owner_department) as department_id
    from uncovered
    inner join {{ source('control', 'rule_parts') }} as part
        on uncovered.standard_id = part.standard_id and uncovered.rule_version = part.rule_version
    inner join {{ source('control', 'days') }} as day
        on uncovered.day = day.day and (part.days = 'every_day' or day.is_working)
    left join {{ source('control', 'departments') }} as department
        on
            part.per_kind = department.kind
            and uncovered.day >= department.valid_from
            and (department.valid_to is null or uncovered.day <= department.valid_to)
    where
        uncovered.kind in ('level', 'zero')
        and (part.per_kind is null or department.department_id is not null)

),

of_slots as (

    select
        uncovered.standard_id,
        uncovered.rule_version,
        uncovered.day,
        slot.part,
        commitment.subject_id,
        commitment.department_id
    from uncovered
    inner join {{ source('control', 'slots') }} as slot
        on
            uncovered.standard_id = slot.standard_id
            and uncovered.rule_version = slot.rule_version
            and uncovered.day between slot.first_day and slot.last_day
    inner join {{ ref('commitments_tonight') }} as commitment
        on
            slot.standard_id = commitment.standard_id
            and slot.rule_version = commitment.rule_version
            and slot.part = commitment.part
            and {{ name_per_department('slot.department_id', 'slot.slot') }} = commitment.subject_id
            and commitment.status = 'pending'
    where uncovered.kind = 'occurrence'

)

select
    standard_id,
    rule_version,
    day,
    target_part,
    department_id,
    cast(day as varchar) as unit,
    cast(least(largest_day, missing_day_at_most) as bigint) as at_most
from to_somebody
{% for relation in ['of_days', 'of_slots'] %}
{% for department in ['department_id', 'cast(null as varchar)'] %}
union all
select
    standard_id,
    rule_version,
    day,
    cast(null as varchar) as target_part,
    {{ department }} as department_id,
    concat(part, '/', subject_id) as unit,
    cast(1 as bigint) as at_most
from {{ relation }}
{% endfor %}
{% endfor %}
