-- A standard in force has one agency-wide result in every period: silence is no_data or nothing_due, never a gap.
with periods as (

    select distinct
        period_kind,
        period_start,
        period_end
    from {{ ref('standard_results') }}

)

select
    periods.period_kind,
    periods.period_start,
    standard.standard_id
from periods
inner join {{ ref('dim_standard') }} as standard
    on
        periods.period_end >= standard.effective_from
        and (standard.effective_to is null or periods.period_end <= standard.effective_to)
left join {{ ref('standard_results') }} as result
    on
        periods.period_kind = result.period_kind
        and periods.period_start = result.period_start
        and standard.standard_id = result.standard_id
        and result.department_id is null
where result.standard_id is null
