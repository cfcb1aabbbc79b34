-- Grain: one row per activity and part of each occurrence rule that it can count for.
-- Scope: activities dated by as_of that meet the rule's conditions; which slot they fall in is decided later.
with run as (

    select as_of from {{ source('control', 'run') }}

),

subjects as (

    {% for part in parts_of('occurrence') %}
    select
        {{ subject_columns(part) }}
        cast(subject.{{ part.on }} as date) as occurred_on,
        subject.source_id,
        subject.known_at
    from {{ ref(part.model) }} as subject
    where {{ all_of(part['where']) }}
    union all
    {% endfor %}
    {{ no_subjects([('occurred_on', 'date')]) }}

)

select subjects.*
from subjects
cross join run
where {{ day_has_come('subjects.occurred_on') }}
