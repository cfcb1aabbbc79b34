-- The events that land in one night: those of its day, of tickets received in the last eight days.
with lived as (
    select * from lives(greatest(getvariable('day') - 8, 0) * getvariable('per_day'), (getvariable('day') + 1) * getvariable('per_day'), getvariable('per_day'), getvariable('first_midnight'))
),
happened as (
    select number, 1 as step, 'internal_note' as kind, received_at + between_seconds(number, 31, 300, 30000) as occurred_at
    from lived where share(number, 30) < 0.6
    union all
    select number, 2, 'transferred', received_at + between_seconds(number, 32, 600, 60 * 3600)
    from lived where share(number, 33) < 0.05
    union all
    select number, 3, taken_out_by, received_at + between_seconds(number, 34, 600, 30000)
    from lived where taken_out_by is not null
    union all
    select number, 4, 'interim_notice', received_at + between_seconds(number, 35, 3600, 50 * 3600)
    from lived where has_notice
    union all
    select number, 5, 'public_reply', replied_at from lived where replied_at is not null
    union all
    select number, 6, 'rating_invited', replied_at + between_seconds(number, 36, 60, 25 * 3600)
    from lived where replied_at is not null and share(number, 37) < 0.98
    union all
    select number, 7, 'handled', replied_at + between_seconds(number, 38, 60, 48 * 3600)
    from lived where replied_at is not null and share(number, 39) < 0.95
    union all
    select number, 8, 'closed', replied_at + between_seconds(number, 40, 48 * 3600, 72 * 3600)
    from lived where replied_at is not null and share(number, 39) < 0.95
    union all
    select number, 9, 'reopened', replied_at + between_seconds(number, 41, 3600, 60 * 3600)
    from lived where replied_at is not null and share(number, 42) < 0.02
)
select
    concat(ticket_key(number), '-', step) as event_id,
    ticket_key(number) as ticket_id,
    kind,
    occurred_at,
    department(number, case when kind = 'transferred' then 43 else 24 end) as department_id,
    case when kind = 'interim_notice' then occurred_at + between_seconds(number, 44, 24 * 3600, 72 * 3600) end as promised_at,
    'voc' as _source_id,
    getvariable('known_at') as _known_at,
    concat(ticket_key(number), '-', step) as _row_key,
    sha256(concat('events', number, step)) as _row_hash,
    concat('ticket_events:', ticket_key(number), '-', step) as _origin,
    false as _deleted
from happened
where
    occurred_at >= getvariable('first_midnight') + to_days(getvariable('day'))
    and occurred_at < getvariable('first_midnight') + to_days(getvariable('day') + 1)
order by _row_key
