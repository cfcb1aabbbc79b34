{{ config(materialized='view') }}
-- Grain: one row per subject and part of each coverage rule that it falls under.
-- Scope: the charter's coverage standards, under the rule version in force when the subject opened; opened by as_of.
with run as (

    select as_of from {{ source('control', 'run') }}

),

subjects as (

    {% for part in parts_of('coverage') %}
    select
        {{ subject_columns(part) }}
        {{ as_instant(part.opens) }} as opened_at,
        {{ as_business_date(part.opens) }} as opened_on,
        {{ part.evidence | length }} as evidence_required,
        subject.source_id,
        subject.known_at
    from {{ ref(part.model) }} as subject
    cross join run
    where
        {{ all_of(part['where']) }}
        and {{ in_force(part, as_business_date(part.opens)) }}
        and {{ has_come(part.opens) }}
    union all
    {% endfor %}
    {{ no_subjects([('opened_at', 'timestamp'), ('opened_on', 'date'), ('evidence_required', 'bigint')]) }}

)

select *
from subjects
