-- Grain: one row per exclusion rule of the charter, and per waiver that was decided by as_of.
with run as (

    select as_of from {{ source('control', 'run') }}

)

select
    exclusion_rule,
    {{ in_languages('text') }},
    approver,
    is_strict,
    cast(null as date) as valid_from,
    cast(null as date) as valid_to
from {{ source('control', 'exclusions') }}
union all
select
    concat('waiver:', waiver.waiver_id) as exclusion_rule,
    {{ in_languages('text', written='waiver.reason') }},
    waiver.approver,
    false as is_strict,
    waiver.from_on as valid_from,
    waiver.to_on as valid_to
from {{ ref('stg_waivers') }} as waiver
cross join run
where waiver.decided_at <= run.as_of
order by exclusion_rule
