-- Grain: one row per action that was ever on the register: one that was withdrawn, or is gone at its source, as it
-- last stood. Scope: versions known at known_at, seen as of as_of: what is dated done after it is not done yet. Empty
-- where no register is connected.
-- Known limits: an entry that could not be read is in unread_entries alone, and is no cause on record.
with run as (

    select
        as_of,
        today
    from {{ source('control', 'run') }}

),

known_standards as (

    select distinct standard_id
    from {{ source('control', 'standards') }}

),

unread as (

    {{ unread_entries('actions') }}

),

entries as (

    {% if 'actions' in var('registers') %}
    {{ ever_known('actions', 'action_id', [
        'standard_id', 'department_id', 'from_on', 'to_on', 'cause', 'measure', 'owner', 'due_on', 'done_on',
    ]) }}
    {% else %}
    {{ no_rows([
        ('action_id', 'varchar'), ('standard_id', 'varchar'), ('department_id', 'varchar'), ('from_on', 'date'),
        ('to_on', 'date'), ('cause', 'varchar'), ('measure', 'varchar'), ('owner', 'varchar'), ('due_on', 'date'),
        ('done_on', 'date'), ('row_key', 'varchar'), ('source_id', 'varchar'), ('origin', 'varchar'),
        ('first_known_at', 'timestamp'), ('version_count', 'bigint'), ('ended_at', 'timestamp'),
        ('ended_by', 'varchar'),
    ]) }}
    {% endif %}

)

select
    entries.action_id,
    entries.standard_id,
    entries.department_id,
    entries.from_on,
    entries.to_on,
    entries.cause,
    entries.measure,
    entries.owner,
    entries.due_on,
    entries.done_on,
    case
        when entries.ended_at is not null then 'withdrawn'
        when {{ local_midnight('entries.done_on') }} < run.as_of then 'done'
        when entries.due_on < run.today then 'overdue'
        else 'open'
    end as state,
    entries.ended_at is null
    and unread.unread_at is null
    and known_standards.standard_id is not null
    and {{ letters_and_digits('entries.cause') }} is not null as is_cause,
    entries.source_id,
    entries.origin,
    entries.first_known_at,
    entries.version_count,
    unread.unread_at,
    entries.ended_at,
    entries.ended_by
from entries
cross join run
left join known_standards on entries.standard_id = known_standards.standard_id
left join unread on entries.source_id = unread.source_id and entries.row_key = unread.row_key
order by entries.action_id
