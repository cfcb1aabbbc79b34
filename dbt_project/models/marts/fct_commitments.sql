-- Grain: one row per commitment: one instance of one promise, with one status.
-- Scope: all six measure kinds. Exclusions by rule come first, then waivers; an excluded commitment keeps its times
-- and its measured value, and counts on the day on which it was taken out.
-- Where a subject can change hands, whoever owned it when it fell due answers for it; until then, whoever owns it now.
-- Known limits: original_due_at differs from due_at only for lawful extensions.
with run as (

    select as_of from {{ source('control', 'run') }}

),

judged as (

    {% for kind in ['deadline', 'lead_time', 'occurrence', 'level', 'coverage', 'zero'] %}
    select
        commitment_id,
        standard_id,
        rule_version,
        part,
        subject_table,
        subject_id,
        department_id,
        opened_at,
        due_at,
        original_due_at,
        due_basis,
        fulfilled_at,
        decided_at,
        decided_on,
        clock_status,
        exclusion_rule,
        excluded_at,
        measured_value,
        limit_value,
        unit,
        source_id,
        known_at
    from {{ ref('commitments_' ~ kind) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

owners as (

    select
        judged.commitment_id,
        ownership.department_id
    from judged
    cross join run
    inner join {{ source('control', 'rule_parts') }} as part
        on
            judged.standard_id = part.standard_id
            and judged.rule_version = part.rule_version
            and judged.part = part.part
            and part.ownership
    inner join {{ ref('int_ownership') }} as ownership
        on
            judged.subject_table = ownership.subject_table
            and judged.subject_id = ownership.subject_id
            and ownership.owned_from <= least(judged.due_at, run.as_of)
            and (ownership.owned_until is null or ownership.owned_until > least(judged.due_at, run.as_of))

),

owned as (

    select
        judged.*,
        coalesce(owners.department_id, judged.department_id) as owner_id
    from judged
    left join owners on judged.commitment_id = owners.commitment_id

),

waived as (

    select
        owned.commitment_id,
        concat('waiver:', waiver.waiver_id) as waiver_rule,
        waiver.decided_at as waived_at,
        row_number() over (partition by owned.commitment_id order by waiver.decided_at, waiver.waiver_id) as waiver_rank
    from owned
    cross join run
    inner join {{ ref('stg_waivers') }} as waiver
        on
            owned.standard_id = waiver.standard_id
            and (waiver.department_id is null or owned.owner_id = waiver.department_id)
            and (waiver.subject_id is null or owned.subject_id = waiver.subject_id)
            and {{ local_date('owned.opened_at') }} between waiver.from_on and waiver.to_on
            and waiver.decided_at <= run.as_of

),

excluded as (

    -- an exclusion dated after as_of has not been made yet
    select
        owned.commitment_id,
        owned.exclusion_rule,
        owned.excluded_at
    from owned
    cross join run
    where owned.exclusion_rule is not null and (owned.excluded_at is null or owned.excluded_at <= run.as_of)

),

taken_out as (

    select
        owned.*,
        coalesce(excluded.exclusion_rule, waived.waiver_rule) as final_exclusion_rule,
        greatest(
            owned.opened_at,
            case when excluded.exclusion_rule is not null then excluded.excluded_at else waived.waived_at end
        ) as taken_out_at
    from owned
    left join excluded on owned.commitment_id = excluded.commitment_id
    left join waived on owned.commitment_id = waived.commitment_id and waived.waiver_rank = 1

)

select
    commitment_id,
    standard_id,
    rule_version,
    part,
    subject_table,
    subject_id,
    owner_id as department_id,
    opened_at,
    due_at,
    original_due_at,
    due_basis,
    fulfilled_at,
    case when final_exclusion_rule is not null then taken_out_at else decided_at end as decided_at,
    {{ local_date('opened_at') }} as opened_on,
    case when final_exclusion_rule is not null then {{ local_date('taken_out_at') }} else decided_on end as decided_on,
    case when final_exclusion_rule is not null then 'excluded' else clock_status end as status,
    final_exclusion_rule as exclusion_rule,
    measured_value,
    limit_value,
    unit,
    source_id,
    known_at
from taken_out
order by commitment_id
