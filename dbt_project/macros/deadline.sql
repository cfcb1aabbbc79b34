{#- What the clocks of deadlines share: their subjects, and the verdict once the due time is known. -#}

{#- What a clock leaves as it is, from the opening to the verdict. -#}
{% macro deadline_columns() -%}
{{ return([
    'commitment_id', 'standard_id', 'rule_version', 'part', 'subject_table', 'subject_id', 'department_id', 'opened_at',
    'opened_on', 'fulfilled_at', 'fulfilled_by', 'not_before_at', 'lacks_limit', 'waited_seconds', 'comparison', 'unit',
    'judged_at', 'source_id', 'known_at',
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
        subject.not_before_at,
        subject.source_id,
        subject.known_at,
        part.calendar,
        part.counting,
        part.granularity,
        part.counts_first_day,
        part.comparison,
        part.unit,
        part.unit_seconds,
        part.cut_off_seconds,
        coalesce(part.ends_at_closing, false) as ends_at_closing,
        part.ownership,
        horizon.judged_at,
        {{ commitment_id('subject') }} as commitment_id,
        case when subject.fulfilled_at <= run.as_of then subject.fulfilled_at end as fulfilled_at,
        case when subject.fulfilled_at <= run.as_of then subject.fulfilled_by end as fulfilled_by,
        case when subject.extended_at <= run.as_of then subject.extended_at end as extended_at,
        subject.lacks_limit,
        subject.waited_seconds,
        coalesce(subject.limit_count, part.limit_count) as limit_count,
        coalesce(subject.limit_count, part.limit_count) + part.extension_count as prolonged_count
    from {{ ref(in_tier('subjects_deadline')) }} as subject
    inner join {{ source('control', 'rule_parts') }} as part
        on
            subject.standard_id = part.standard_id
            and subject.rule_version = part.rule_version
            and subject.part = part.part
            and {{ condition }}
    inner join {{ ref('int_horizons') }} as horizon on subject.subject_table = horizon.subject_table
    cross join run
{%- endmacro %}

{#- The pauses of the subjects in `relation`, each from the opening on and until the fulfilment at most: what comes after it
    moves nothing that is decided. `resumed_at` is NULL while the clock stands still. Grain: one row per commitment and
    pause. -#}
{% macro deadline_pauses(relation) -%}
select
        held.commitment_id,
        held.paused_at,
        held.resumed_at
    from (
        select
            {{ relation }}.commitment_id,
            greatest(pause.paused_at, {{ relation }}.opened_at) as paused_at,
            least(pause.resumed_at, {{ relation }}.fulfilled_at) as resumed_at
        from {{ relation }}
        inner join {{ ref(in_tier('subjects_pauses')) }} as pause
            on
                {{ relation }}.standard_id = pause.standard_id
                and {{ relation }}.rule_version = pause.rule_version
                and {{ relation }}.part = pause.part
                and {{ relation }}.subject_id = pause.subject_id
    ) as held
    where held.resumed_at is null or held.paused_at < held.resumed_at
{%- endmacro %}

{#- Of pauses with `counts_<limit>`, what they come to for one limit: how many, how much of the clock's own measure
    (`place`, seconds or days), seconds of plain time, and whether the clock still stands. -#}
{% macro pauses_of(limit) -%}
        sum(case when counts_{{ limit }} then 1 else 0 end) as {{ limit }}_pauses,
        coalesce(sum(case when counts_{{ limit }} then amount end), 0) as {{ limit }}_paused,
        coalesce(sum(case when counts_{{ limit }} then plain_seconds end), 0) as {{ limit }}_paused_seconds,
        max(case when counts_{{ limit }} and resumed_at is null then 1 else 0 end) = 1 as {{ limit }}_is_paused
{%- endmacro %}

{#- When the working day `day` ends for a limit: with the midnight after it (of the agency, for what opened on a date), or
    when work does. -#}
{% macro end_of_working_day(day, limit) -%}
case
                    when {{ limit }}.ends_at_closing then {{ day }}.closes_at
                    when {{ limit }}.granularity = 'date' then {{ local_midnight(add_days(day ~ '.day', 1)) }}
                    else {{ day }}.ends_at
                end
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
    lower_limit_value,
    paused_count,
    paused_seconds,
    waited_seconds,
    unit,
    source_id,
    known_at
from {{ relation }}
{%- endmacro %}
