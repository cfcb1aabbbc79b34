{{ config(materialized='view') }}
-- Grain: one row per commitment of tonight's scope: one instance of one promise, with one status.
-- Scope: all seven measure kinds; in a full build every commitment, in an increment those of the cases that the night
-- touches and those of tables that are read whole. Exclusions by rule come first, then waivers; an excluded commitment
-- keeps its times and its measured value, and counts on the day on which it was taken out.
-- Where a subject can change hands, whoever owned it when it fell due answers for it; until then, whoever owns it now.
-- Known limits: original_due_at differs from due_at only for lawful extensions, pauses, and days off that became known
-- later.
with run as (

    select as_of from {{ source('control', 'run') }}

),

judged as (

    {% for kind in kinds_of_tier() %}
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
        fulfilled_by,
        decided_at,
        decided_on,
        clock_status,
        exclusion_rule,
        excluded_at,
        measured_value,
        limit_value,
        {{ 'lower_limit_value' if kind == 'deadline' else 'cast(null as double) as lower_limit_value' }},
        {{ 'paused_count' if kind == 'deadline' else '0 as paused_count' }},
        {{ 'paused_seconds' if kind == 'deadline' else '0 as paused_seconds' }},
        {{ 'missing_evidence' if kind == 'coverage' else 'cast(null as varchar) as missing_evidence' }},
        {{ 'waited_seconds' if kind in ('deadline', 'coverage') else 'cast(null as double) as waited_seconds' }},
        unit,
        source_id,
        known_at
    from {{ ref(in_tier('commitments_' ~ kind)) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

stretches as (

    {{ stretches_of_ownership() }}

),

owned as (

    select
        judged.*,
        coalesce(owner.department_id, judged.department_id) as owner_id,
        -- an exclusion dated after as_of has not been made yet
        judged.exclusion_rule is not null
        and (judged.excluded_at is null or judged.excluded_at <= run.as_of) as is_excluded
    from judged
    cross join run
    left join {{ source('control', 'rule_parts') }} as part
        on
            judged.standard_id = part.standard_id
            and judged.rule_version = part.rule_version
            and judged.part = part.part
            and part.ownership
    {{ join_owner('judged', 'least(judged.due_at, run.as_of)', 'part.ownership') }}

),

waived as (

    select
        owned.commitment_id,
        concat('waiver:', waiver.waiver_id) as waiver_rule,
        waiver.decided_at as waived_at,
        row_number() over (partition by owned.commitment_id order by waiver.decided_at, waiver.waiver_id) as waiver_rank
    from owned
    cross join run
    inner join {{ ref('int_waivers') }} as waiver
        on
            owned.standard_id = waiver.standard_id
            and (waiver.department_id is null or owned.owner_id = waiver.department_id)
            and (waiver.subject_id is null or owned.subject_id = waiver.subject_id)
            and {{ local_date('owned.opened_at') }} between waiver.from_on and waiver.to_on
            and waiver.decided_at <= run.as_of

),

taken_out as (

    select
        owned.*,
        case when owned.is_excluded then owned.exclusion_rule else waived.waiver_rule end as final_exclusion_rule,
        greatest(
            owned.opened_at, case when owned.is_excluded then owned.excluded_at else waived.waived_at end
        ) as taken_out_at
    from owned
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
    fulfilled_by,
    case when final_exclusion_rule is not null then taken_out_at else decided_at end as decided_at,
    {{ local_date('opened_at') }} as opened_on,
    case when final_exclusion_rule is not null then {{ local_date('taken_out_at') }} else decided_on end as decided_on,
    case when final_exclusion_rule is not null then 'excluded' else clock_status end as status,
    final_exclusion_rule as exclusion_rule,
    measured_value,
    limit_value,
    lower_limit_value,
    cast(paused_count as bigint) as paused_count,
    cast(paused_seconds as double) as paused_seconds,
    missing_evidence,
    waited_seconds,
    unit,
    source_id,
    known_at
from taken_out
