-- The tickets that land in one night: those received on its day, and a second version of some received three days before.
with numbered as (
    select number, false as is_second from range(getvariable('day') * getvariable('per_day'), (getvariable('day') + 1) * getvariable('per_day')) as today (number)
    union all
    select number, true from range(greatest(getvariable('day') - 3, 0) * getvariable('per_day'), greatest(getvariable('day') - 2, 0) * getvariable('per_day')) as before (number)
    where share(number, 20) < 0.01
),
lived as (
    select numbered.*, lives.received_at
    from numbered
    inner join lives(greatest(getvariable('day') - 3, 0) * getvariable('per_day'), (getvariable('day') + 1) * getvariable('per_day'), getvariable('per_day'), getvariable('first_midnight')) as lives using (number)
)
select
    ticket_key(number) as ticket_id,
    case when share(number, 21) < 0.35 then 'branch' when share(number, 21) < 0.5 then 'champ'
        when share(number, 21) < 0.75 then 'invest' else 'none' end as programme,
    case when share(number, 22) < 0.7 then 'inquiry' when share(number, 22) < 0.82 then 'complaint'
        when share(number, 22) < 0.95 then 'aftercare' else 'proposal' end as kind,
    case when share(number, 23) < 0.4 then 'website' when share(number, 23) < 0.85 then 'voc'
        when share(number, 23) < 0.95 then 'phone' else 'visit' end as channel,
    received_at,
    department(number, case when is_second then 25 else 24 end) as department_id,
    md5(concat('customer', number // 3)) as customer,
    case when share(number, 22) between 0.82 and 0.95
        then cast(received_at as date) - cast(share(number, 26) * 450 as integer) end as project_ended_on,
    'voc' as _source_id,
    getvariable('known_at') as _known_at,
    ticket_key(number) as _row_key,
    sha256(concat('tickets', number, is_second)) as _row_hash,
    concat('tickets:', ticket_key(number)) as _origin,
    false as _deleted
from lived
order by _row_key
