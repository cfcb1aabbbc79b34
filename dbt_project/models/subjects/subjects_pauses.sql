{{ config(materialized='view') }}
-- Grain: one row per subject, part of a deadline rule and stretch of time in which the part's clock stands still.
-- Scope: rows known by as_of that hold the clock, each until the next row that lets it go (at the same instant: at
-- once), and for the rule's longest pause at most. Stretches that overlap or touch are one. `resumed_at` is NULL while
-- it holds.
-- Known limits: rows of subjects that do not exist are here, too.
with run as (

    select as_of from {{ source('control', 'run') }}

),

{% for rows, conditions, moment in [('holds', 'where', 'paused_at'), ('releases', 'until', 'resumed_at')] %}
{{ rows }} as (

    {% for part in parts_of('deadline') if part.pauses is not none %}
    select
        '{{ part.standard_id }}' as standard_id,
        {{ part.rule_version }} as rule_version,
        '{{ part.part }}' as part,
        subject.{{ part.pauses.by }} as subject_id,
        {{ as_instant(part.pauses.at) }} as {{ moment }},
        {{ part.pauses.at_most_seconds }} as at_most_seconds
    from {{ ref(part.pauses.model) }} as subject
    cross join run
    where
        {{ all_of(part.pauses[conditions]) }}
        and {{ has_come(part.pauses.at) }}
        and subject.{{ part.pauses.by }} is not null
    union all
    {% endfor %}
    {{ no_rows([
        ('standard_id', 'varchar'), ('rule_version', 'bigint'), ('part', 'varchar'), ('subject_id', 'varchar'),
        (moment, 'timestamp'), ('at_most_seconds', 'bigint'),
    ]) }}

),

{% endfor %}
-- one row for each that holds the clock, with the first that lets it go
ended as (

    select
        holds.standard_id,
        holds.rule_version,
        holds.part,
        holds.subject_id,
        holds.paused_at,
        least(min(releases.resumed_at), {{ add_seconds('holds.paused_at', 'holds.at_most_seconds') }}) as ends_at
    from holds
    left join releases
        on
            holds.standard_id = releases.standard_id
            and holds.rule_version = releases.rule_version
            and holds.part = releases.part
            and holds.subject_id = releases.subject_id
            and holds.paused_at <= releases.resumed_at
    group by
        holds.standard_id, holds.rule_version, holds.part, holds.subject_id, holds.paused_at, holds.at_most_seconds

),

begun as (

    -- whether it begins after all that came before it had ended
    select
        ended.*,
        case
            when
                ended.paused_at <= max(ended.ends_at) over (
                    partition by ended.standard_id, ended.rule_version, ended.part, ended.subject_id
                    order by ended.paused_at
                    rows between unbounded preceding and 1 preceding
                )
                then 0
            else 1
        end as begins_anew
    from ended
    where ended.paused_at < ended.ends_at

),

numbered as (

    select
        begun.*,
        sum(begun.begins_anew) over (
            partition by begun.standard_id, begun.rule_version, begun.part, begun.subject_id
            order by begun.paused_at
            rows between unbounded preceding and current row
        ) as pause_number
    from begun

)

select
    numbered.standard_id,
    numbered.rule_version,
    numbered.part,
    numbered.subject_id,
    cast(numbered.pause_number as bigint) as pause_number,
    min(numbered.paused_at) as paused_at,
    case when max(numbered.ends_at) <= max(run.as_of) then max(numbered.ends_at) end as resumed_at
from numbered
cross join run
group by numbered.standard_id, numbered.rule_version, numbered.part, numbered.subject_id, numbered.pause_number
