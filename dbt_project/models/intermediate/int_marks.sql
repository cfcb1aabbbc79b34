-- Grain: one row per ticket, mark and stretch of time for which the mark stood, from its events known by as_of.
-- Scope: a mark stands from the event that sets it until one that takes it back; marked again, it stands anew. A ticket
-- that is reopened is a case again, so that it loses both marks. Setting a mark that stands changes nothing.
-- Known limits: set and taken back at one instant, in whatever order, a mark does not stand.
{% set marks = {
    'spam': {'set_by': ['marked_spam'], 'taken_back_by': ['unmarked_spam', 'reopened']},
    'duplicate': {'set_by': ['marked_duplicate'], 'taken_back_by': ['unmarked_duplicate', 'reopened']},
} %}
with run as (

    select as_of from {{ source('control', 'run') }}

),

markings as (

    {% for mark, kinds in marks.items() %}
    select
        event.ticket_id,
        event.occurred_at,
        '{{ mark }}' as mark,
        max(case when event.kind in ({{ literals(kinds.taken_back_by) }}) then 1 else 0 end) as is_taken_back
    from {{ ref('stg_ticket_events') }} as event
    cross join run
    where
        event.kind in ({{ literals(kinds.set_by + kinds.taken_back_by) }})
        and event.occurred_at <= run.as_of
    group by event.ticket_id, event.occurred_at
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

in_sequence as (

    select
        markings.*,
        lag(is_taken_back) over (partition by ticket_id, mark order by occurred_at) as was_taken_back
    from markings

),

turns as (

    -- where a mark begins to stand, and where it ceases to
    select
        ticket_id,
        mark,
        occurred_at,
        is_taken_back,
        lead(occurred_at) over (partition by ticket_id, mark order by occurred_at) as next_occurred_at
    from in_sequence
    where is_taken_back <> coalesce(was_taken_back, 1)

)

select
    ticket_id,
    mark,
    occurred_at as marked_at,
    next_occurred_at as taken_back_at
from turns
where is_taken_back = 0
