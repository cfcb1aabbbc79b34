-- Grain: one row per waiver. Waivers with the subject they name as the ledger calls it.
-- Scope: every waiver. Where several sources feed a standard's table, a waiver may name its subject by source and key;
-- a key alone names the one subject that ever had it, and nothing (`?/key`, no subject's id) where several did.
-- Known limits: an increment sees the subjects of tonight's scope; of others a key alone names nothing tonight.
with shared_keys as (

    {% for standard in var('shared_standards') %}
    select
        '{{ standard.standard_id }}' as standard_id,
        cast(subject.{{ standard.key }} as varchar) as subject_key,
        count(distinct subject._source_id) as source_count,
        min(subject._source_id) as source_id
    from {{ source('raw', standard.table) }} as subject
    cross join {{ source('control', 'run') }} as run
    where subject._known_at <= run.known_at
    group by subject.{{ standard.key }}
    union all
    {% endfor %}
    select
        cast(null as varchar) as standard_id,
        cast(null as varchar) as subject_key,
        cast(null as bigint) as source_count,
        cast(null as varchar) as source_id
    where false

),

shared_sources as (

    {% for standard in var('shared_standards') %}
    {% for source_id in standard.sources %}
    select
        '{{ standard.standard_id }}' as standard_id,
        '{{ source_id }}' as source_id
    union all
    {% endfor %}
    {% endfor %}
    select
        cast(null as varchar) as standard_id,
        cast(null as varchar) as source_id
    where false

),

shared_standards as (

    select distinct standard_id
    from shared_sources

)

select
    waiver.waiver_id,
    waiver.standard_id,
    waiver.department_id,
    case
        when waiver.subject_id is null or shared_standards.standard_id is null then waiver.subject_id
        when named.source_id is not null then waiver.subject_id
        when keyed.source_count = 1 then concat(keyed.source_id, '/', waiver.subject_id)
        else concat('?/', waiver.subject_id)
    end as subject_id,
    waiver.from_on,
    waiver.to_on,
    waiver.reason,
    waiver.approver,
    waiver.decided_at,
    waiver.source_id,
    waiver.known_at,
    waiver.origin
from {{ ref('stg_waivers') }} as waiver
left join shared_standards on waiver.standard_id = shared_standards.standard_id
left join shared_sources as named
    on
        waiver.standard_id = named.standard_id
        and case when instr(waiver.subject_id, '/') > 0 then split_part(waiver.subject_id, '/', 1) end = named.source_id
left join shared_keys as keyed on waiver.standard_id = keyed.standard_id and waiver.subject_id = keyed.subject_key
