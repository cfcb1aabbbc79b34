-- Numbers that look random and are the same in every run: functions of a row's number, a salt and the seed.
create or replace macro share(number, salt) as
    (hash(number, salt, getvariable('seed')) >> 11) / 9007199254740992.0;
create or replace macro between_seconds(number, salt, low, high) as
    to_seconds(cast(floor(low + share(number, salt) * (high - low)) as bigint));
-- A department, from the variable `departments`.
create or replace macro department(number, salt) as
    list_extract(getvariable('departments'), cast(floor(share(number, salt) * len(getvariable('departments'))) as integer) + 1);
create or replace macro ticket_key(number) as concat('VOC-', lpad(cast(number as varchar), 10, '0'));

-- What becomes of the tickets numbered from `low` to before `high`, `per_day` on each day from `first_midnight` (UTC) on.
create or replace macro lives(low, high, per_day, first_midnight) as table
with drawn as (
    select
        number,
        first_midnight + to_days(cast(number // per_day as integer))
        + between_seconds(number, 1, 0, 86400) as received_at,
        share(number, 2) as fate,
        share(number, 3) < 0.08 as has_notice,
        share(number, 4) as haste
    from range(low, high) as numbers (number)
)
select
    number,
    received_at,
    has_notice and fate >= 0.02 as has_notice,
    case when fate < 0.01 then 'marked_spam' when fate < 0.02 then 'marked_duplicate' end as taken_out_by,
    case
        when fate < 0.005 or fate between 0.02 and 0.04 then null
        when has_notice then received_at + between_seconds(number, 5, 44 * 3600, 110 * 3600)
        when fate < 0.08 then received_at + between_seconds(number, 5, 48 * 3600, 96 * 3600)
        else received_at + to_seconds(cast(600 + haste * haste * 47 * 3600 as bigint))
    end as replied_at
from drawn;
