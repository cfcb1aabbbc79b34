-- In every period the agency's components are the sum of its departments'.
select
    period_kind,
    period_start,
    standard_id
from {{ ref('standard_results') }}
group by period_kind, period_start, standard_id
having
    sum(case when department_id is null then met else -met end) <> 0
    or sum(case when department_id is null then breached else -breached end) <> 0
    or sum(case when department_id is null then pending else -pending end) <> 0
    or sum(case when department_id is null then excluded else -excluded end) <> 0
    or sum(case when department_id is null then breached_strict else -breached_strict end) <> 0
