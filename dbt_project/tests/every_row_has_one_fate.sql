-- Every row that landed has one fate, and no other row has one; nothing falls under a rule without a commitment. In an
-- increment this is looked at for the rows in view; the others were looked at when they were.
with landed as (

    {% for table in var('fate_tables') %}
    select distinct
        '{{ table.name }}' as table_name,
        raw._source_id as source_id,
        raw._row_key as row_key
    from {{ source('raw', table.name) }} as raw
    cross join {{ source('control', 'run') }} as run
    where raw._known_at <= run.known_at
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

fates as (

    -- those in view: of tables that are read whole, and of tonight's cases; all of them in a full build
    select
        fate.table_name,
        fate.source_id,
        fate.row_key,
        fate.fate
    from {{ ref('int_row_fates') }} as fate
    cross join {{ source('control', 'build') }} as build
    left join {{ source('control', 'landed_case_tables') }} as by_case on fate.table_name = by_case.table_name
    left join {{ source('control', 'scope_keys') }} as scope
        on fate.table_name = scope.table_name and fate.row_key = scope.row_key
    where build.is_full or by_case.table_name is null or scope.row_key is not null

),

both_sides as (

    select
        table_name,
        source_id,
        row_key,
        1 as landed,
        0 as fates,
        0 as unjudged
    from landed
    union all
    select
        table_name,
        source_id,
        row_key,
        0 as landed,
        1 as fates,
        case when fate = 'unjudged' then 1 else 0 end as unjudged
    from fates

)

select
    table_name,
    source_id,
    row_key,
    sum(landed) as landed,
    sum(fates) as fates,
    sum(unjudged) as unjudged
from both_sides
group by table_name, source_id, row_key
having sum(landed) <> sum(fates) or sum(unjudged) > 0
