{{ config(materialized='view') }}
-- Grain: one row per announced event and channel (part) of each lead-time rule.
-- Scope: events decided by as_of, under the rule version in force when they were decided. A row without its event has
-- nothing to announce.
with run as (

    select as_of from {{ source('control', 'run') }}

),

subjects as (

    {% for part in parts_of('lead_time') %}
    select
        {{ subject_columns(part) }}
        {{ as_instant(part.opens) }} as opened_at,
        {{ as_business_date(part.opens) }} as opened_on,
        {{ as_instant(part.event) }} as event_at,
        {{ as_business_date(part.event) }} as event_on,
        {{ as_instant(part.notice if part.notice.type == 'instant' else none) }} as notice_at,
        {{ as_business_date(part.notice) }} as notice_on,
        '{{ part.notice.name }}' as notice_column,
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
    {{ no_subjects([
        ('opened_at', 'timestamp'), ('opened_on', 'date'), ('event_at', 'timestamp'), ('event_on', 'date'),
        ('notice_at', 'timestamp'), ('notice_on', 'date'), ('notice_column', 'varchar'),
    ]) }}

)

select *
from subjects
