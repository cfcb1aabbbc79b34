{{ config(materialized='view') }}
-- Grain: one row per day and part of a zero rule: no incident may fall in it.
-- Scope: ended days from the rule's first day on that every needed source covers. An incident learnt of later turns
-- its day into a breach from the night it was known. measured_value counts the incidents.
with run as (

    select as_of from {{ source('control', 'run') }}

),

days as (

    select
        part.standard_id,
        part.rule_version,
        part.part,
        part.subject_table,
        part.owner_department as department_id,
        part.required,
        part.unit,
        day.day,
        day.starts_at,
        day.ends_at
    from {{ source('control', 'rule_parts') }} as part
    inner join {{ source('control', 'days') }} as day
        on
            day.day >= part.effective_from
            and (part.effective_to is null or day.day <= part.effective_to)
            and (part.days = 'every_day' or day.is_working)
    inner join {{ ref('int_covered_days') }} as covered
        on
            part.standard_id = covered.standard_id
            and part.rule_version = covered.rule_version
            and day.day = covered.day
            and covered.is_covered
    cross join run
    where part.kind = 'zero' and day.ends_at <= run.as_of

),

incidents as (

    select
        standard_id,
        rule_version,
        part,
        occurred_on,
        count(*) as incident_count,
        min(source_id) as source_id,
        max(known_at) as known_at
    from {{ ref('subjects_zero') }}
    group by standard_id, rule_version, part, occurred_on

),

measured as (

    select
        days.*,
        cast(coalesce(incidents.incident_count, 0) as double) as measured_value,
        incidents.source_id,
        incidents.known_at
    from days
    left join incidents
        on
            days.standard_id = incidents.standard_id
            and days.rule_version = incidents.rule_version
            and days.part = incidents.part
            and days.day = incidents.occurred_on

)

select
    concat(standard_id, '/', part, '/', cast(day as varchar)) as commitment_id,
    standard_id,
    rule_version,
    part,
    subject_table,
    cast(day as varchar) as subject_id,
    department_id,
    starts_at as opened_at,
    ends_at as due_at,
    ends_at as original_due_at,
    'limit' as due_basis,
    case when measured_value <= required then ends_at end as fulfilled_at,
    cast(null as varchar) as fulfilled_by,
    ends_at as decided_at,
    day as decided_on,
    case when measured_value <= required then 'met' else 'breached' end as clock_status,
    cast(null as varchar) as exclusion_rule,
    cast(null as timestamp) as excluded_at,
    measured_value,
    cast(required as double) as limit_value,
    unit,
    source_id,
    known_at
from measured
