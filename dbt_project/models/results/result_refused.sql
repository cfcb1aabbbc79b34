-- Grain: one row per period, standard and department (NULL is the whole agency) on which refused rows bear: how many.
-- Scope: rows that were refused and not put right since, and that leave something open in the period.
with periods as (

    select
        period_kind,
        period_start,
        max(day) as period_end
    from {{ ref('result_periods') }}
    group by period_kind, period_start

),

bearing_on as (

    -- the refused cases that leave something open, for the agency and for each department
    select
        case_id,
        standard_id,
        department_id,
        first_day,
        last_day
    from {{ ref('result_in_doubt') }}
    union all
    select
        case_id,
        standard_id,
        cast(null as varchar) as department_id,
        first_day,
        last_day
    from {{ ref('result_in_doubt') }}
    union all
    select
        case_id,
        standard_id,
        department_id,
        first_day,
        coalesce(last_day, date '9999-12-31') as last_day
    from {{ ref('result_added') }}
    where added + exchanged > 0

),

refused_cases as (

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

rows_of_cases as (

    select
        case_id,
        standard_id,
        max(refused_rows) as refused_rows
    from {{ source('control', 'refused_cases') }}
    group by case_id, standard_id

)

select
    refused_cases.period_kind,
    refused_cases.period_start,
    refused_cases.standard_id,
    refused_cases.department_id,
    cast(sum(rows_of_cases.refused_rows) as bigint) as refused
from refused_cases
inner join rows_of_cases
    on refused_cases.case_id = rows_of_cases.case_id and refused_cases.standard_id = rows_of_cases.standard_id
group by
    refused_cases.period_kind, refused_cases.period_start, refused_cases.standard_id, refused_cases.department_id
