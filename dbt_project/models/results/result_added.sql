-- Grain: one row per case of rows in doubt, standard, rule version, target (target_part) and department that may answer
-- for it (NULL is the whole agency): how many commitments it may add to those that are known.
-- Scope: `added` are commitments nobody knows of, decided from `first_day` to `last_day` (NULL: no end is known);
-- `exchanged` is the same of rows whose case could not be read: they may as well stand for any that is known.
with in_doubt as (

    select
        case_id,
        standard_id,
        rule_version,
        target_part,
        department_id,
        count(*) as known
    from {{ ref('result_in_doubt') }}
    group by case_id, standard_id, rule_version, target_part, department_id

),

departments as (

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

),

answering as (

    select
        doubted.*,
        cast(null as varchar) as answering_id
    from {{ source('control', 'doubted_cases') }} as doubted
    union all
    select
        doubted.*,
        doubted.department_id as answering_id
    from {{ source('control', 'doubted_cases') }} as doubted
    where doubted.department_id is not null
    union all
    select
        doubted.*,
        departments.department_id as answering_id
    from {{ source('control', 'doubted_cases') }} as doubted
    inner join departments
        on
            doubted.standard_id = departments.standard_id
            and departments.department_id <> coalesce(doubted.department_id, '')
    where doubted.any_department

),

known as (

    select
        case_id,
        standard_id,
        rule_version,
        target_part,
        department_id as answering_id,
        known
    from in_doubt
    union all
    select
        case_id,
        standard_id,
        rule_version,
        target_part,
        cast(null as varchar) as answering_id,
        sum(known) as known
    from in_doubt
    group by case_id, standard_id, rule_version, target_part

)

select
    answering.case_id,
    answering.standard_id,
    answering.rule_version,
    answering.target_part,
    answering.answering_id as department_id,
    answering.first_day,
    answering.last_day,
    cast(case
        when answering.subject_id is null then 0
        else greatest(answering.commitments - coalesce(known.known, 0), 0)
    end as bigint) as added,
    cast(case when answering.subject_id is null then answering.commitments else 0 end as bigint) as exchanged
from answering
left join known
    on
        answering.case_id = known.case_id
        and answering.standard_id = known.standard_id
        and answering.rule_version = known.rule_version
        and answering.target_part is not distinct from known.target_part
        and coalesce(answering.answering_id, '') = coalesce(known.answering_id, '')
where answering.commitments > 0
