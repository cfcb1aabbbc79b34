{{ config(materialized='view') }}
-- Grain: one row per subject and part of a coverage rule: all required evidence must be on record by the due time.
-- Scope: a limit of 0 days from a date is due at that day's end, from an instant at that instant, as any deadline is.
-- measured_value counts the pieces on record by the due time, limit_value the pieces required; missing_evidence names
-- the others, and waited_seconds is the longest that one of them took.
with subjects as (

    select
        subject.*,
        part.unit,
        part.counting,
        part.granularity,
        part.limit_count,
        horizon.judged_at,
        {{ commitment_id('subject') }} as commitment_id
    from {{ ref(in_tier('subjects_coverage')) }} as subject
    inner join {{ source('control', 'rule_parts') }} as part
        on
            subject.standard_id = part.standard_id
            and subject.rule_version = part.rule_version
            and subject.part = part.part
    inner join {{ ref('int_horizons') }} as horizon on subject.subject_table = horizon.subject_table

),

clocked as (

    select
        subjects.*,
        {{ elapsed_due_at('subjects', 'subjects.limit_count') }} as due_at,
        {{ ends_with_a_day('subjects') }} as ends_with_a_day
    from subjects

),

gathered as (

    select
        clocked.commitment_id,
        evidence.evidence_number,
        evidence.evidence,
        evidence.on_record_at,
        evidence.waited_seconds,
        coalesce(
            {{ is_in_time('evidence.on_record_at', 'clocked.due_at', 'clocked.ends_with_a_day', "'<='") }}, false
        ) as is_in_time
    from clocked
    inner join {{ ref(in_tier('subjects_evidence')) }} as evidence
        on
            clocked.standard_id = evidence.standard_id
            and clocked.rule_version = evidence.rule_version
            and clocked.part = evidence.part
            and clocked.subject_id = evidence.subject_id

),

counted as (

    select
        commitment_id,
        count(on_record_at) as evidence_count,
        max(on_record_at) as last_on_record_at,
        sum(case when is_in_time then 1 else 0 end) as evidence_in_time,
        {{ listed('case when not is_in_time then evidence end', 'evidence_number') }} as missing_evidence,
        max(case when not is_in_time then waited_seconds end) as waited_seconds
    from gathered
    group by commitment_id

),

measured as (

    select
        clocked.*,
        case
            when counted.evidence_count = clocked.evidence_required then counted.last_on_record_at
        end as fulfilled_at,
        counted.evidence_in_time,
        counted.missing_evidence,
        counted.waited_seconds
    from clocked
    inner join counted on clocked.commitment_id = counted.commitment_id

),

judged as (

    select
        measured.*,
        {{ status_of(
            'measured.evidence_in_time = measured.evidence_required',
            'measured.fulfilled_at',
            'measured.due_at',
            'measured.judged_at'
        ) }} as clock_status
    from measured

),

exclusions as (

    {{ first_exclusions('judged') }}

)

select
    judged.commitment_id,
    judged.standard_id,
    judged.rule_version,
    judged.part,
    judged.subject_table,
    judged.subject_id,
    judged.department_id,
    judged.opened_at,
    judged.due_at,
    judged.due_at as original_due_at,
    'limit' as due_basis,
    judged.fulfilled_at,
    cast(null as varchar) as fulfilled_by,
    {{ decided_at('judged.clock_status', 'judged.opened_at', 'judged.fulfilled_at', 'judged.due_at') }} as decided_at,
    {{ decided_on('judged.clock_status', 'judged.opened_at', 'judged.fulfilled_at', 'judged.due_at') }} as decided_on,
    judged.clock_status,
    exclusions.exclusion_rule,
    exclusions.excluded_at,
    cast(judged.evidence_in_time as double) as measured_value,
    cast(judged.evidence_required as double) as limit_value,
    judged.missing_evidence,
    judged.waited_seconds,
    judged.unit,
    judged.source_id,
    judged.known_at
from judged
left join exclusions on judged.commitment_id = exclusions.commitment_id
