-- What an engineer would write by hand for this charter's promises on tickets and calls, and for nothing else: the rules
-- are constants here, the agency's time is UTC + 9 hours. Gives the rows of marts.fct_commitments, in no order.
with
ticket as (
    select * from read_parquet(getvariable('tickets'))
    where _known_at <= getvariable('as_of')
    qualify row_number() over (partition by ticket_id order by _known_at desc) = 1
),
event as (
    select * from read_parquet(getvariable('ticket_events'))
    where _known_at <= getvariable('as_of')
    qualify row_number() over (partition by event_id order by _known_at desc) = 1
),
call as (
    select * from read_parquet(getvariable('calls'))
    where _known_at <= getvariable('as_of')
    qualify row_number() over (partition by call_id order by _known_at desc) = 1
),
marking as (
    select
        *,
        max(occurred_at) filter (kind in ('unmarked_spam', 'reopened')) over by_ticket as no_spam_at,
        max(occurred_at) filter (kind in ('unmarked_duplicate', 'reopened')) over by_ticket as no_duplicate_at
    from event
    where not _deleted and occurred_at <= getvariable('as_of')
    window by_ticket as (partition by ticket_id)
),
folded as (
    select
        ticket_id,
        min(occurred_at) filter (kind = 'public_reply') as first_reply_at,
        min(occurred_at) filter (kind = 'handled') as handled_at,
        min(occurred_at) filter (kind = 'marked_spam' and occurred_at > coalesce(no_spam_at, '-infinity'::timestamp)) as spam_at,
        min(occurred_at) filter (kind = 'marked_duplicate' and occurred_at > coalesce(no_duplicate_at, '-infinity'::timestamp)) as duplicate_at,
        min(occurred_at) filter (kind = 'rating_invited') as invited_at
    from marking
    group by ticket_id
),
notice as (
    select ticket_id, arg_min({noticed_at: event.occurred_at, promised_at: event.promised_at}, (event.occurred_at, event.event_id)) as first
    from event left join folded using (ticket_id)
    where
        event.kind = 'interim_notice' and not event._deleted and event.occurred_at <= getvariable('as_of')
        and event.promised_at > event.occurred_at
        and (first_reply_at is null or event.occurred_at < first_reply_at)
    group by ticket_id
),
transfer as (
    select ticket_id, event_id, occurred_at, department_id
    from event
    where
        kind = 'transferred' and not _deleted and department_id is not null and occurred_at <= getvariable('as_of')
),
inquiry as (
    select
        ticket.* exclude (kind), ticket.kind, folded.* exclude (ticket_id),
        notice.first.noticed_at as notice_at, notice.first.promised_at as promised_at,
        case when spam_at is not null then 'spam' when duplicate_at is not null then 'duplicate' end as exclusion_rule,
        coalesce(spam_at, duplicate_at) as excluded_at
    from ticket left join folded using (ticket_id) left join notice using (ticket_id)
    where not ticket._deleted
),
promise as (
    select
        unnest([
            case when programme in ('branch', 'champ', 'invest') and channel in ('website', 'voc') and kind = 'inquiry'
                then {
                    standard: programme || '-first-reply', part: 'first-reply', opened_at: received_at,
                    due_at: received_at + interval 48 hours, basis: 'limit', fulfilled_at: first_reply_at, unit: 'hours'
                } end,
            case when channel = 'voc' and kind in ('inquiry', 'complaint')
                then {
                    standard: 'online-voc-reply', part: 'reply-or-notice', opened_at: received_at,
                    due_at: received_at + interval 48 hours, basis: 'limit',
                    fulfilled_at: least(first_reply_at, notice_at), unit: 'hours'
                } end,
            case when channel = 'voc' and kind in ('inquiry', 'complaint') and notice_at is not null and promised_at is not null
                then {
                    standard: 'online-voc-reply', part: 'promised-answer', opened_at: notice_at,
                    due_at: promised_at, basis: 'promised', fulfilled_at: first_reply_at, unit: 'hours'
                } end,
            case
                when
                    kind = 'aftercare'
                    and date_diff('day', project_ended_on, cast(received_at + interval 9 hours as date)) between 0 and 365
                    then {
                        standard: 'online-aftercare', part: 'handled', opened_at: received_at,
                        due_at: received_at + interval 7 days, basis: 'limit',
                        fulfilled_at: case when first_reply_at is not null and handled_at is not null
                            then greatest(first_reply_at, handled_at) end, unit: 'days'
                    } end,
            case when first_reply_at is not null
                then {
                    standard: 'satisfaction-reply-rating', part: 'invitation', opened_at: first_reply_at,
                    due_at: first_reply_at + interval 24 hours, basis: 'limit',
                    fulfilled_at: greatest(first_reply_at, case when invited_at is not null then invited_at end), unit: 'count'
                } end
        ]) as one,
        'inquiries' as subject_table,
        ticket_id as subject_id,
        department_id, exclusion_rule, excluded_at, invited_at, _source_id as source_id, _known_at as known_at
    from inquiry
),
judged as (
    select
        one.standard as standard_id, one.part as part, subject_table, subject_id, department_id, one.opened_at as opened_at,
        one.due_at as due_at, one.basis as due_basis,
        case when one.unit <> 'count' or invited_at is not null then one.fulfilled_at end as fulfilled_at,
        one.unit as unit, exclusion_rule, excluded_at, source_id, known_at,
        coalesce(one.fulfilled_at <= one.due_at and (one.unit <> 'count' or invited_at is not null), false) as is_in_time
    from promise
    where one is not null and one.opened_at >= timestamp '2026-01-01' - interval 9 hours
    union all
    select
        'phone-answer', 'call', 'calls', call_id, department_id, rang_at, rang_at + interval 9 seconds, 'limit',
        case when answered_at <= getvariable('as_of') then answered_at end, 'seconds',
        case when outcome = 'abandoned' and ended_at < rang_at + interval 9 seconds then 'abandoned-within-limit' end,
        null, _source_id, _known_at,
        coalesce(answered_at <= getvariable('as_of') and answered_at < rang_at + interval 9 seconds, false)
    from call
    where
        not _deleted and direction = 'inbound' and rang_at <= getvariable('as_of')
        and rang_at >= timestamp '2026-01-01' - interval 9 hours
),
clocked as (
    select
        *,
        case
            when exclusion_rule is not null then 'excluded'
            when is_in_time then 'met'
            when fulfilled_at is not null or getvariable('as_of') >= due_at then 'breached'
            else 'pending'
        end as status
    from judged
),
owner as (
    select clocked.standard_id, clocked.part, clocked.subject_id,
        arg_max(transfer.department_id, (transfer.occurred_at, transfer.event_id)) as department_id
    from clocked inner join transfer on
        clocked.subject_table = 'inquiries' and clocked.subject_id = transfer.ticket_id
        and transfer.occurred_at <= least(clocked.due_at, getvariable('as_of'))
    group by all
)
select
    concat(clocked.standard_id, '/', clocked.part, '/', clocked.subject_id) as commitment_id,
    clocked.standard_id,
    1 as rule_version,
    clocked.part,
    subject_table,
    clocked.subject_id,
    coalesce(owner.department_id, clocked.department_id) as department_id,
    opened_at,
    due_at,
    due_at as original_due_at,
    due_basis,
    fulfilled_at,
    case
        when status = 'excluded' then greatest(opened_at, excluded_at)
        when status <> 'pending' then greatest(opened_at, least(due_at, coalesce(fulfilled_at, due_at)))
    end as decided_at,
    cast(opened_at + interval 9 hours as date) as opened_on,
    case
        when status = 'excluded' then cast(greatest(opened_at, excluded_at) + interval 9 hours as date)
        when status = 'pending' then null
        when fulfilled_at < due_at then cast(greatest(opened_at, fulfilled_at) + interval 9 hours as date)
        else cast(greatest(opened_at, due_at - interval 1 microsecond) + interval 9 hours as date)
    end as decided_on,
    status,
    exclusion_rule,
    case
        when unit = 'count' then cast(is_in_time as integer)
        else (epoch_us(fulfilled_at) - epoch_us(opened_at)) / 1e6 / case unit when 'hours' then 3600 when 'days' then 86400 else 1 end
    end as measured_value,
    case
        when unit = 'count' then 1
        else (epoch_us(due_at) - epoch_us(opened_at)) / 1e6 / case unit when 'hours' then 3600 when 'days' then 86400 else 1 end
    end as limit_value,
    unit,
    source_id,
    known_at
from clocked left join owner using (standard_id, part, subject_id)
