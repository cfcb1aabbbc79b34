{#- The latest version of each row of a landed table that was known at `known_at`; deleted rows are gone.
    Grain: one row per key. Columns: those given, then source_id, known_at, origin. -#}
{% macro latest_version(table, key, columns) -%}
with run as (

    select known_at from {{ source('control', 'run') }}

),

versions as (

    select
        raw.*,
        row_number() over (
            partition by raw.{{ key }} order by raw._known_at desc, raw._deleted asc, raw._source_id asc
        ) as version_rank
    from {{ source('raw', table) }} as raw
    cross join run
    where raw._known_at <= run.known_at

)

select
    {%- for column in columns %}
    {{ column }},
    {%- endfor %}
    _source_id as source_id,
    _known_at as known_at,
    _origin as origin
from versions
where version_rank = 1 and not _deleted
{%- endmacro %}
