{{ config(materialized='view') }}
-- Grain: one row per day and part of a level rule: enough must stand on that day.
-- Scope: ended days (working days where the rule says so) from the rule's first day on that every needed source
-- covers, for each department that stands where each of a kind has its own; a day without data has no row and shows as
-- no_data. measured_value counts distinct items, or is the
-- percentage of a population that stands.
with run as (

    select as_of from {{ source('control', 'run') }}

),

days as (

    {{ days_of('level') }}

),

items as (

    -- what each item does on each day: it may stand, and it may belong to the population that should
    select
        days.standard_id,
        days.rule_version,
        days.part,
        days.day,
        days.department_id,
        days.unit,
        level.item,
        max(case when level.role = 'standing' and counted.item is not null then 1 else 0 end) as stands,
        max(case when level.role = 'population' then 1 else 0 end) as belongs,
        min(level.source_id) as source_id,
        max(level.known_at) as known_at
    from days
    inner join {{ ref('subjects_level') }} as level
        on
            days.standard_id = level.standard_id
            and days.rule_version = level.rule_version
            and days.part = level.part
            and days.day >= level.first_day
            and (level.last_day is null or days.day <= level.last_day)
            and (days.per_kind is null or days.department_id = level.department_id)
    left join {{ ref('int_level_items') }} as counted
        on
            days.standard_id = counted.standard_id
            and days.rule_version = counted.rule_version
            and days.part = counted.part
            and level.item = counted.item
    group by
        days.standard_id, days.rule_version, days.part, days.day, days.department_id, days.unit, level.item

),

standing as (

    select
        standard_id,
        rule_version,
        part,
        day,
        department_id,
        sum(case when unit = 'percent' then stands * belongs else stands end) as item_count,
        sum(belongs) as population_count,
        min(source_id) as source_id,
        max(known_at) as known_at
    from items
    group by standard_id, rule_version, part, day, department_id

),

measured as (

    select
        days.*,
        standing.source_id,
        standing.known_at,
        case
            when days.unit = 'percent'
                then coalesce(100.0 * standing.item_count / nullif(standing.population_count, 0), 100)
            else coalesce(standing.item_count, 0)
        end as measured_value,
        case when days.unit = 'percent' then 100 else days.required end as limit_value
    from days
    left join standing
        on
            days.standard_id = standing.standard_id
            and days.rule_version = standing.rule_version
            and days.part = standing.part
            and days.day = standing.day
            and days.department_id = standing.department_id

)

select
    {{ commitment_id('measured') }} as commitment_id,
    standard_id,
    rule_version,
    part,
    subject_table,
    subject_id,
    department_id,
    starts_at as opened_at,
    ends_at as due_at,
    ends_at as original_due_at,
    'limit' as due_basis,
    case when measured_value >= limit_value then ends_at end as fulfilled_at,
    cast(null as varchar) as fulfilled_by,
    ends_at as decided_at,
    day as decided_on,
    case when measured_value >= limit_value then 'met' else 'breached' end as clock_status,
    cast(null as varchar) as exclusion_rule,
    cast(null as timestamp) as excluded_at,
    cast(measured_value as double) as measured_value,
    cast(limit_value as double) as limit_value,
    unit,
    source_id,
    known_at
from measured
