-- Where parts have targets of their own, a standard is broken if one of its targets is, and kept only if none is open;
-- what its targets count is what it counts.
with of_targets as (

    select
        period_kind,
        period_start,
        standard_id,
        department_id,
        sum(met) as met,
        sum(breached) as breached,
        max(case when result = 'broken' then 1 else 0 end) = 1 as is_broken,
        -- of what is not there, nothing is open, though its day was not heard
        max(case
            when result in ('kept', 'nothing_due') or coalesce(met_at_most + breached_at_most, 1) = 0 then 0
            else 1
        end) = 1 as is_open
    from {{ ref('target_results') }}
    group by period_kind, period_start, standard_id, department_id

),

parted as (

    -- a period in which a version without targets of its parts was judged, too, is left out
    select standard_id
    from {{ ref('dim_standard') }}
    group by standard_id
    having max(target) is null

)

select
    result.period_kind,
    result.period_start,
    result.standard_id,
    result.department_id
from {{ ref('standard_results') }} as result
inner join parted on result.standard_id = parted.standard_id
left join of_targets
    on
        result.period_kind = of_targets.period_kind
        and result.period_start = of_targets.period_start
        and result.standard_id = of_targets.standard_id
        and result.department_id is not distinct from of_targets.department_id
where
    result.met <> coalesce(of_targets.met, 0)
    or result.breached <> coalesce(of_targets.breached, 0)
    or (result.result = 'broken') <> coalesce(of_targets.is_broken, false)
    or (result.result = 'kept' and coalesce(of_targets.is_open, false))
