{#- What the clocks of deadlines share: their subjects, and the verdict once the due time is known. -#}

{#- What a clock leaves as it is, from the opening to the verdict. -#}
{% macro deadline_columns() -%}
{{ return([
    'commitment_id', 'standard_id', 'rule_version', 'part', 'subject_table', 'subject_id', 'department_id', 'opened_at',
    'opened_on', 'fulfilled_at', 'fulfilled_by', 'comparison', 'unit', 'judged_at', 'source_id', 'known_at',
]) }}
{%- endmacro %}

{#- The subjects of deadline rules with the part that judges them, where `condition` holds of it (`part`). Facts are those
    known by as_of. Reads `run`. Grain: one row per subject and part. -#}
{% macro deadline_subjects(condition) -%}
select
        subject.standard_id,
        subject.rule_version,
        subject.part,
        subject.subject_table,
        subject.subject_id,
        subject.department_id,
        subject.opened_at,
        subject.opened_on,
        subject.promised_at,
        subject.source_id,
        subject.known_at,
        part.calendar,
        part.counting,
        part.granularity,
        part.counts_first_day,
        part.comparison,
        part.unit,
        part.unit_seconds,
        part.limit_count,
        part.ownership,
        horizon.judged_at,
        {{ commitment_id('subject') }} as commitment_id,
        case when subject.fulfilled_at <= run.as_of then subject.fulfilled_at end as fulfilled_at,
        case when subject.fulfilled_at <= run.as_of then subject.fulfilled_by end as fulfilled_by,
        case when subject.extended_at <= run.as_of then subject.extended_at end as extended_at,
        part.limit_count + part.extension_count as prolonged_count
    from {{ ref('subjects_deadline') }} as subject
    inner join {{ source('control', 'rule_parts') }} as part
        on
            subject.standard_id = part.standard_id
            and subject.rule_version = part.rule_version
            and subject.part = part.part
            and {{ condition }}
    inner join {{ ref('int_horizons') }} as horizon on subject.subject_table = horizon.subject_table
    cross join run
{%- endmacro %}

{#- The verdict of each row of `relation`, whose clock_status is known. -#}
{% macro deadline_verdicts(relation) -%}
{%- set clock = [relation ~ '.clock_status', relation ~ '.opened_at', relation ~ '.fulfilled_at', relation ~ '.due_at'] -%}
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
    {{ decided_at(*clock) }} as decided_at,
    {{ decided_on(*clock) }} as decided_on,
    clock_status,
    measured_value,
    limit_value,
    unit,
    source_id,
    known_at
from {{ relation }}
{%- endmacro %}
