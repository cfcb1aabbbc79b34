-- compliance_weekly, added up, is compliance_daily.
with figures as (

    select 'weekly' as grain, standard_id, department_id, met, breached, excluded from {{ ref('compliance_weekly') }}
    union all
    select 'daily' as grain, standard_id, department_id, met, breached, excluded from {{ ref('compliance_daily') }}

)

select standard_id, department_id
from figures
group by standard_id, department_id
having
    sum(case when grain = 'weekly' then met else -met end) <> 0
    or sum(case when grain = 'weekly' then breached else -breached end) <> 0
    or sum(case when grain = 'weekly' then excluded else -excluded end) <> 0
