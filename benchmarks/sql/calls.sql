-- The calls of one night's file.
with drawn as (
    select
        number,
        getvariable('first_midnight') + to_days(getvariable('day')) + between_seconds(number, 51, 0, 86000) as rang_at,
        case when share(number, 52) < 0.92 then 'answered' when share(number, 52) < 0.97 then 'abandoned'
            else 'unanswered' end as outcome,
        case when share(number, 53) < 0.95 then between_seconds(number, 54, 1, 9)
            else between_seconds(number, 54, 9, 40) end as rings
    from range(getvariable('day') * getvariable('per_day'), (getvariable('day') + 1) * getvariable('per_day')) as numbers (number)
)
select
    concat('C', lpad(cast(number as varchar), 11, '0')) as call_id,
    department(number, 55) as department_id,
    case when share(number, 56) < 0.8 then 'inbound' else 'outbound' end as direction,
    rang_at,
    case when outcome = 'answered' then rang_at + rings end as answered_at,
    rang_at + rings + case when outcome = 'answered' then between_seconds(number, 57, 20, 400) else to_seconds(0) end as ended_at,
    outcome,
    md5(concat('caller', number // 4)) as caller,
    'telephone' as _source_id,
    getvariable('known_at') as _known_at,
    concat('C', lpad(cast(number as varchar), 11, '0')) as _row_key,
    sha256(concat('calls', number)) as _row_hash,
    concat('calls_', getvariable('day_name'), '.csv:', number - getvariable('day') * getvariable('per_day') + 2) as _origin,
    false as _deleted
from drawn
order by _row_key
