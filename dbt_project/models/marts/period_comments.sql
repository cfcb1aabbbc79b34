-- Grain: one row per comment on a period that was ever known, as it last stood. Empty where no source has comments.
-- Scope: versions known at known_at.
-- Known limits: a comment that could not be read is in unread_entries alone.
with unread as (

    {{ unread_entries('period_comments') }}

),

entries as (

    {% if 'period_comments' in var('registers') %}
    {{ ever_known('period_comments', 'comment_id', [
        'standard_id', 'department_id', 'from_on', 'to_on', 'comment', 'owner',
    ]) }}
    {% else %}
    {{ no_rows([
        ('comment_id', 'varchar'), ('standard_id', 'varchar'), ('department_id', 'varchar'), ('from_on', 'date'),
        ('to_on', 'date'), ('comment', 'varchar'), ('owner', 'varchar'), ('row_key', 'varchar'),
        ('source_id', 'varchar'), ('origin', 'varchar'), ('first_known_at', 'timestamp'), ('version_count', 'bigint'),
        ('ended_at', 'timestamp'), ('ended_by', 'varchar'),
    ]) }}
    {% endif %}

)

select
    entries.comment_id,
    entries.standard_id,
    entries.department_id,
    entries.from_on,
    entries.to_on,
    entries.comment,
    entries.owner,
    entries.source_id,
    entries.origin,
    entries.first_known_at,
    entries.version_count,
    unread.unread_at,
    entries.ended_at,
    entries.ended_by
from entries
left join unread on entries.source_id = unread.source_id and entries.row_key = unread.row_key
order by entries.comment_id
