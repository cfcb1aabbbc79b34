{{ config(materialized='view') }}
-- Grain: one row per subject, part and piece of evidence that a coverage rule requires.
-- Scope: `on_record_at` is when the piece was on record by as_of, never before the opening; NULL is not on record.
-- `waited_seconds` is how long it took, of a piece that has a time to be there by, in time or not.
with run as (

    select as_of from {{ source('control', 'run') }}

),

evidence as (

    {% for part in parts_of('coverage') %}
    {% set opened_at = as_instant(part.opens) %}
    {% for piece in part.evidence %}
    select
        '{{ part.standard_id }}' as standard_id,
        {{ part.rule_version }} as rule_version,
        '{{ part.part }}' as part,
        cast(subject.{{ part.key }} as varchar) as subject_id,
        {{ loop.index }} as evidence_number,
        '{{ name_of_evidence(piece) }}' as evidence,
        {{ opened_at }} as opened_at,
        {{ first_on_record_at(piece, opened_at) }} as recorded_at,
        {{ evidence_waited_seconds(piece) }} as waited_seconds
    from {{ ref(part.model) }} as subject
    cross join run
    where
        {{ all_of(part['where']) }}
        and {{ in_force(part, as_business_date(part.opens)) }}
    union all
    {% endfor %}
    {% endfor %}
    {{ no_rows([
        ('standard_id', 'varchar'), ('rule_version', 'bigint'), ('part', 'varchar'), ('subject_id', 'varchar'),
        ('evidence_number', 'bigint'), ('evidence', 'varchar'), ('opened_at', 'timestamp'),
        ('recorded_at', 'timestamp'), ('waited_seconds', 'double'),
    ]) }}

)

select
    evidence.standard_id,
    evidence.rule_version,
    evidence.part,
    evidence.subject_id,
    evidence.evidence_number,
    evidence.evidence,
    evidence.waited_seconds,
    case
        when evidence.recorded_at < evidence.opened_at then evidence.opened_at
        else evidence.recorded_at
    end as on_record_at
from evidence
