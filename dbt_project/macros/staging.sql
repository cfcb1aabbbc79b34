{#- A number that is greatest for the newest version of a row: a later night's, then one that is no deletion. The rule
    holds per source and key, whatever else feeds the table; charter.lake.newest spells it for extraction and checks. -#}
{% macro version_order(alias) -%}
(2 * {{ microseconds(alias ~ '._known_at') }} + case when {{ alias }}._deleted then 0 else 1 end)
{%- endmacro %}

{#- A column as staging calls it. Where several sources feed a table its key tells the source, and so does a column that
    refers to such a table (charter.transform.compile.subject_ids): of a source that feeds the table, to its own row; of another
    one, to the row that it names by its source, or to the only one that ever had the key; else to none. -#}
{% macro staged_column(table, key, column) -%}
    {%- set ids = var('table_ids').get(table, {}) -%}
    {%- set reference = ids.get('references', {}).get(column) -%}
    {%- if column == key and ids.get('is_shared') -%}
    concat(latest._source_id, '/', latest.{{ column }}) as {{ column }}
    {%- elif reference -%}
    case
        when latest.{{ column }} is null then null
        when latest._source_id in ({{ literals(reference.sources) }})
            then concat(latest._source_id, '/', latest.{{ column }})
        when
            instr(latest.{{ column }}, '/') > 0
            and split_part(latest.{{ column }}, '/', 1) in ({{ literals(reference.sources) }})
            then latest.{{ column }}
        {%- if reference.is_looked_up %}
        when known_{{ column }}.source_count = 1
            then concat(known_{{ column }}.source_id, '/', latest.{{ column }})
        {%- endif %}
        else concat('?/', latest.{{ column }})
    end as {{ column }}
    {%- else -%}
    latest.{{ column }}
    {%- endif -%}
{%- endmacro %}

{#- The latest version of each row of a landed table that was known at `known_at`; deleted rows are gone. Its columns may be
    called by words of SQL (`order`, `end`), which are names where a table's name stands before them.
    Grain: one row per source and key. Columns: those given, then source_id, known_at, origin. -#}
{% macro latest_version(table, key, columns) -%}
{%- set references = var('table_ids').get(table, {}).get('references', {}) -%}
with run as (

    select known_at from {{ source('control', 'run') }}

),

versions as (

    select raw.*
    from {{ source('raw', table) }} as raw
    cross join run
    where raw._known_at <= run.known_at

),

changed as (

    -- the few rows with more than one version: only these need to be ranked
    select
        versions._source_id,
        versions.{{ key }}
    from versions
    group by versions._source_id, versions.{{ key }}
    having count(*) > 1

),

ranked as (

    select
        versions.*,
        row_number() over (
            partition by versions._source_id, versions.{{ key }}
            order by {{ version_order('versions') }} desc, versions._row_hash asc
        ) as version_rank
    from versions
    inner join changed on versions.{{ key }} = changed.{{ key }} and versions._source_id = changed._source_id

),

latest as (

    {%- set wanted = columns + ['_source_id', '_known_at', '_origin', '_deleted'] %}
    select
        {%- for column in wanted %}
        versions.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from versions
    left join changed on versions.{{ key }} = changed.{{ key }} and versions._source_id = changed._source_id
    where changed.{{ key }} is null
    union all
    select
        {%- for column in wanted %}
        ranked.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from ranked
    where ranked.version_rank = 1

)
{%- for column, reference in references.items() if reference.is_looked_up %},

known_{{ column }} as (

    -- from which sources each key was ever known, deleted rows among them: a row that goes makes no other one its heir
    select
        parent.{{ reference.key }} as parent_key,
        count(distinct parent._source_id) as source_count,
        min(parent._source_id) as source_id
    from {{ source('raw', reference.parent) }} as parent
    cross join run
    where parent._known_at <= run.known_at
    group by parent.{{ reference.key }}

)
{%- endfor %}

select
    {%- for column in columns %}
    {{ staged_column(table, key, column) }},
    {%- endfor %}
    latest._source_id as source_id,
    latest._known_at as known_at,
    latest._origin as origin
from latest
{%- for column, reference in references.items() if reference.is_looked_up %}
left join known_{{ column }} on latest.{{ column }} = known_{{ column }}.parent_key
{%- endfor %}
where not latest._deleted
{%- endmacro %}

{#- Every row of a landed table that was ever known at `known_at`, as it last stood: also one that was withdrawn, or is gone
    at its source. What its source refused never arrives here. Grain: one row per source and key. Columns: the key as
    staging calls it, those given, then source_id, origin, first_known_at, version_count, ended_at and ended_by. -#}
{% macro ever_known(table, key, columns) -%}
with run as (

    select known_at from {{ source('control', 'run') }}

),

versions as (

    select
        raw.*,
        row_number() over (
            partition by raw._source_id, raw.{{ key }}
            order by {{ version_order('raw') }} desc, raw._row_hash asc
        ) as version_rank
    from {{ source('raw', table) }} as raw
    cross join run
    where raw._known_at <= run.known_at

),

histories as (

    select
        versions._source_id,
        versions.{{ key }},
        min(case when not versions._deleted then versions.version_rank end) as said_rank,
        min(case when not versions._deleted then versions._known_at end) as first_known_at,
        sum(case when versions._deleted then 0 else 1 end) as version_count,
        max(case when versions.version_rank = 1 and versions._deleted then versions._known_at end) as ended_at,
        max(case when versions.version_rank = 1 and versions._deleted then versions._row_hash end) as ended_hash
    from versions
    group by versions._source_id, versions.{{ key }}

),

latest as (

    select
        versions.*,
        histories.first_known_at,
        histories.version_count,
        histories.ended_at,
        histories.ended_hash
    from versions
    inner join histories
        on
            versions._source_id = histories._source_id
            and versions.{{ key }} = histories.{{ key }}
            and versions.version_rank = histories.said_rank

)

select
    {{ staged_column(table, key, key) }},
    {%- for column in columns %}
    latest.{{ column }},
    {%- endfor %}
    latest._row_key as row_key,
    latest._source_id as source_id,
    latest._origin as origin,
    latest.first_known_at,
    cast(latest.version_count as bigint) as version_count,
    latest.ended_at,
    case
        when latest.ended_at is null then null
        when latest.ended_hash = 'withdrawn' then 'withdrawn'
        else 'gone'
    end as ended_by
from latest
{%- endmacro %}

{#- The entries of a register whose newest version could not be read, and from which night on.
    Grain: one row per source and row. Columns: source_id, row_key, unread_at (UTC). -#}
{% macro unread_entries(table) -%}
select
    source_id,
    row_key,
    min(refused_at) as unread_at
from {{ source('control', 'unread_entries') }}
where table_name = '{{ table }}'
group by source_id, row_key
{%- endmacro %}
