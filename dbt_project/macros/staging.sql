{#- The latest version of each row of a landed table that was known at `known_at`; deleted rows are gone.
    Grain: one row per key. Columns: those given, then source_id, known_at, origin. -#}
{% macro latest_version(table, key, columns) -%}
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

    -- the few keys with more than one version: only these need to be ranked
    select {{ key }}
    from versions
    group by {{ key }}
    having count(*) > 1

),

ranked as (

    select
        versions.*,
        row_number() over (
            partition by versions.{{ key }}
            order by versions._known_at desc, versions._deleted asc, versions._source_id asc
        ) as version_rank
    from versions
    inner join changed on versions.{{ key }} = changed.{{ key }}

),

latest as (

    {%- set wanted = columns + ['_source_id', '_known_at', '_origin', '_deleted'] %}
    select
        {%- for column in wanted %}
        versions.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from versions
    left join changed on versions.{{ key }} = changed.{{ key }}
    where changed.{{ key }} is null
    union all
    select
        {%- for column in wanted %}
        {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from ranked
    where version_rank = 1

)

select
    {%- for column in columns %}
    {{ column }},
    {%- endfor %}
    _source_id as source_id,
    _known_at as known_at,
    _origin as origin
from latest
where not _deleted
{%- endmacro %}
