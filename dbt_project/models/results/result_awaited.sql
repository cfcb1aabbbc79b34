-- Grain: one row per day on which commitments fell due that nobody has heard the end of, standard, rule version, target
-- (target_part) and department.
-- Scope: commitments that are pending at as_of though their due time has passed, because a source they are judged from
-- has not been heard of for so long. Whether they were kept is not known. A slot of the calendar is counted with the
-- days that are missing (result_missing).
-- Known limits: every pending commitment is in tonight's scope, so an increment finds them all.
with run as (

    select as_of from {{ source('control', 'run') }}

)

select
    {{ local_date(add_seconds('commitment.due_at', '-0.000001')) }} as due_on,
    commitment.standard_id,
    commitment.rule_version,
    own_target.target_part,
    commitment.department_id,
    cast(count(*) as bigint) as awaited
from {{ ref('commitments_tonight') }} as commitment
inner join {{ source('control', 'standards') }} as standard
    on commitment.standard_id = standard.standard_id and commitment.rule_version = standard.rule_version
left join {{ source('control', 'targets') }} as own_target {{ on_own_target('commitment') }}
cross join run
where commitment.status = 'pending' and commitment.due_at <= run.as_of and standard.kind <> 'occurrence'
group by
    {{ local_date(add_seconds('commitment.due_at', '-0.000001')) }}, commitment.standard_id, commitment.rule_version,
    own_target.target_part, commitment.department_id
