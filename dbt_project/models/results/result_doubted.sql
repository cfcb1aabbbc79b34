-- Grain: one row per period, standard and department (NULL is the whole agency) on which rows in doubt bear: how many.
-- Scope: rows that leave something open in the period, by why they are in doubt, and answers that are too early. A row
-- that lacks its limit counts as refused. `awaited` are no rows: breaches that nobody has heard the end of, from which
-- something would follow.
with periods as (

    {{ periods_to_their_last_day() }}

),

bearing_on as (

    -- the cases that leave something open, for the agency and for each department
    {% for department in ['in_doubt.department_id', 'cast(null as varchar)'] %}
    {% for model in ['result_in_doubt', 'result_follows'] %}
    select
        in_doubt.case_id,
        in_doubt.standard_id,
        {{ department }} as department_id,
        in_doubt.first_day,
        in_doubt.last_day
    from {{ ref(model) }} as in_doubt
    union all
    {% endfor %}
    {% endfor %}
    select
        case_id,
        standard_id,
        department_id,
        first_day,
        coalesce(last_day, date '9999-12-31') as last_day
    from {{ ref('result_added') }}
    where added + exchanged > 0

),

bearing_cases as (

    select distinct
        periods.period_kind,
        periods.period_start,
        bearing_on.standard_id,
        bearing_on.department_id,
        bearing_on.case_id
    from periods
    inner join bearing_on
        on periods.period_end >= bearing_on.first_day and periods.period_start <= bearing_on.last_day

),

rows_by_themselves as (

    select
        case_id,
        standard_id,
        max(refused) as refused,
        max(ahead) as ahead,
        max(withdrawn) as withdrawn,
        0 as early,
        0 as awaited
    from {{ source('control', 'doubted_cases') }}
    group by case_id, standard_id
    union all
    select
        case_id,
        standard_id,
        0 as refused,
        0 as ahead,
        0 as withdrawn,
        1 as early,
        0 as awaited
    from {{ ref('result_in_doubt') }}
    where is_early
    union all
    select
        case_id,
        standard_id,
        1 as refused,
        0 as ahead,
        0 as withdrawn,
        0 as early,
        0 as awaited
    from {{ ref('result_in_doubt') }}
    where lacks_limit

),

rows_of_cases as (

    select * from rows_by_themselves
    union all
    -- what follows from a breach is in doubt for what leaves that breach open
    select
        follows.case_id,
        follows.standard_id,
        coalesce(max(broken.refused), 0) as refused,
        coalesce(max(broken.ahead), 0) as ahead,
        coalesce(max(broken.withdrawn), 0) as withdrawn,
        coalesce(max(broken.early), 0) as early,
        max(case when follows.case_id like 'awaited/%' then 1 else 0 end) as awaited
    from {{ ref('result_follows') }} as follows
    left join rows_by_themselves as broken
        on follows.case_id = broken.case_id and follows.broken_standard_id = broken.standard_id
    left join rows_by_themselves as own on follows.case_id = own.case_id and follows.standard_id = own.standard_id
    where own.case_id is null
    group by follows.case_id, follows.standard_id

)

select
    bearing_cases.period_kind,
    bearing_cases.period_start,
    bearing_cases.standard_id,
    bearing_cases.department_id,
    cast(sum(rows_of_cases.refused) as bigint) as refused,
    cast(sum(rows_of_cases.ahead) as bigint) as ahead,
    cast(sum(rows_of_cases.withdrawn) as bigint) as withdrawn,
    cast(sum(rows_of_cases.early) as bigint) as early,
    cast(sum(rows_of_cases.awaited) as bigint) as awaited
from bearing_cases
inner join rows_of_cases
    on bearing_cases.case_id = rows_of_cases.case_id and bearing_cases.standard_id = rows_of_cases.standard_id
group by
    bearing_cases.period_kind, bearing_cases.period_start, bearing_cases.standard_id, bearing_cases.department_id
