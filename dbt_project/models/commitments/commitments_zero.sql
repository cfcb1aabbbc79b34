{{ config(materialized='view') }}
-- Grain: one row per day and part of a zero rule: no incident may fall in it.
-- Scope: ended days from the rule's first day on that every needed source covers, for each department that stands
-- where each of a kind has its own. An incident learnt of later turns its day into a breach from the night it was
-- known. measured_value counts the incidents.
with run as (

    select as_of from {{ source('control', 'run') }}

),

days as (

    {{ days_of('zero') }}

),

incidents as (

    select
        days.standard_id,
        days.rule_version,
        days.part,
        days.subject_id,
        count(*) as incident_count,
        min(incident.source_id) as source_id,
        max(incident.known_at) as known_at
    from days
    inner join {{ ref('subjects_zero') }} as incident
        on
            days.standard_id = incident.standard_id
            and days.rule_version = incident.rule_version
            and days.part = incident.part
            and days.day = incident.occurred_on
            and (days.per_kind is null or days.department_id = incident.department_id)
    group by days.standard_id, days.rule_version, days.part, days.subject_id

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
            and days.subject_id = incidents.subject_id

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
