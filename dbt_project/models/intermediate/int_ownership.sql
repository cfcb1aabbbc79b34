-- Grain: one row per subject and stretch of time in which one department owned it.
-- Scope: subjects whose department can change: inquiries, from their receipt through every transfer known by as_of.
-- Known limits: a transfer without a department leaves the owner as it was; of several at one instant the last counts.
with run as (

    select as_of from {{ source('control', 'run') }}

),

steps as (

    select
        ticket_id,
        department_id,
        received_at as owned_from,
        '' as event_id
    from {{ ref('stg_tickets') }}
    union all
    select
        event.ticket_id,
        event.department_id,
        event.occurred_at as owned_from,
        event.event_id
    from {{ ref('stg_ticket_events') }} as event
    cross join run
    where
        event.kind = 'transferred'
        and event.department_id is not null
        and event.occurred_at <= run.as_of

),

stretches as (

    select
        ticket_id,
        department_id,
        owned_from,
        lead(owned_from) over (partition by ticket_id order by owned_from, event_id) as owned_until
    from steps

)

select
    'inquiries' as subject_table,
    ticket_id as subject_id,
    department_id,
    owned_from,
    owned_until
from stretches
where owned_until is null or owned_until > owned_from
