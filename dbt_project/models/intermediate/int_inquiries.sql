-- Grain: one row per ticket. What became of each Voice-of-Customer ticket, folded from its events known by as_of.
-- Scope: a reply is a public one; internal notes are not replies. The first reply and the first clock stay when a
-- ticket is reopened. An interim notice counts only if it came before the first reply and promises a date after itself;
-- of several the first that does. A mark counts while it stands (int_marks).
-- Known limits: an event dated before the ticket was received is taken at its own time.
with run as (

    select as_of from {{ source('control', 'run') }}

),

events as (

    select event.*
    from {{ ref('stg_ticket_events') }} as event
    cross join run
    where event.occurred_at <= run.as_of

),

firsts as (

    select
        ticket_id,
        min(case when kind = 'public_reply' then occurred_at end) as first_reply_at,
        min(case when kind = 'handled' then occurred_at end) as handled_at,
        min(case when kind = 'reopened' then occurred_at end) as reopened_at,
        min(case when kind = 'rating_invited' then occurred_at end) as rating_invited_at,
        sum(case when kind = 'reopened' then 1 else 0 end) as reopen_count,
        sum(case when kind = 'transferred' then 1 else 0 end) as transfer_count
    from events
    group by ticket_id

),

standing_marks as (

    select
        ticket_id,
        max(case when mark = 'spam' then marked_at end) as spam_marked_at,
        max(case when mark = 'duplicate' then marked_at end) as duplicate_marked_at
    from {{ ref('int_marks') }}
    where taken_back_at is null
    group by ticket_id

),

interim_notices as (

    select
        event.ticket_id,
        event.occurred_at,
        event.promised_at,
        row_number() over (partition by event.ticket_id order by event.occurred_at, event.event_id) as notice_rank
    from events as event
    left join firsts on event.ticket_id = firsts.ticket_id
    where
        event.kind = 'interim_notice'
        and event.promised_at > event.occurred_at
        and (firsts.first_reply_at is null or event.occurred_at < firsts.first_reply_at)

)

select
    ticket.ticket_id,
    ticket.programme,
    ticket.kind,
    ticket.channel,
    ticket.department_id,
    ticket.received_at,
    ticket.project_ended_on,
    {{ days_between('ticket.project_ended_on', local_date('ticket.received_at')) }} as days_since_project_end,
    firsts.first_reply_at,
    interim.occurred_at as interim_notice_at,
    interim.promised_at as interim_promised_at,
    firsts.handled_at,
    standing.spam_marked_at,
    standing.duplicate_marked_at,
    firsts.rating_invited_at,
    firsts.reopened_at,
    cast(coalesce(firsts.reopen_count, 0) as bigint) as reopen_count,
    cast(coalesce(firsts.transfer_count, 0) as bigint) as transfer_count,
    ticket.source_id,
    ticket.known_at
from {{ ref('stg_tickets') }} as ticket
left join firsts on ticket.ticket_id = firsts.ticket_id
left join standing_marks as standing on ticket.ticket_id = standing.ticket_id
left join interim_notices as interim on ticket.ticket_id = interim.ticket_id and interim.notice_rank = 1
