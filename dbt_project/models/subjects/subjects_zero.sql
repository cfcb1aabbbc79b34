-- Grain: one row per incident and part of each zero rule that it counts against.
-- Scope: incidents that meet the rule's conditions and are dated by as_of.
with run as (

    select as_of from {{ source('control', 'run') }}

),

subjects as (

    {% for part in parts_of('zero') %}
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
