{#- How every kind of commitment is judged. All instants are those known by as_of. -#}

{#- A commitment's name: standard/part/subject. -#}
{% macro commitment_id(alias) -%}
concat({{ alias }}.standard_id, '/', {{ alias }}.part, '/', {{ alias }}.subject_id)
{%- endmacro %}

{#- What a commitment of a slot or a day is called by: the slot or day, after the department where each of a kind has its own. -#}
{% macro name_per_department(department_id, name) -%}
case when {{ department_id }} is null then {{ name }} else concat({{ department_id }}, '/', {{ name }}) end
{%- endmacro %}

{#- A value to the millionth, as it is added up: sums of doubles would hang on their order. No value counts for more than 10^15. -#}
{% macro exact(value) -%}
cast(least(greatest({{ value }}, -1e15), 1e15) as decimal(28, 6))
{%- endmacro %}

{#- Half of a whole number, rounded down. -#}
{% macro half_down(number) -%}
cast(floor(({{ number }}) / 2.0) as bigint)
{%- endmacro %}

{#- The rank of a percentile among so many values, by nearest rank: its share of them, rounded up. -#}
{% macro nearest_rank(per_mille, count) -%}
cast(floor(({{ per_mille }} * {{ count }} + 999) / 1000.0) as bigint)
{%- endmacro %}

{#- Every ended day of the parts of a kind, and of each department that stands on it where each of a kind has its own: what
    is judged by the day. Grain: one row per part, day and department. Reads `run`. -#}
{% macro days_of(kind) -%}
select
        part.standard_id,
        part.rule_version,
        part.part,
        part.subject_table,
        part.per_kind,
        coalesce(department.department_id, part.owner_department) as department_id,
        {{ name_per_department('department.department_id', 'cast(day.day as varchar)') }} as subject_id,
        part.required,
        part.unit,
        day.day,
        day.starts_at,
        day.ends_at
    from {{ source('control', 'rule_parts') }} as part
    inner join {{ source('control', 'days') }} as day
        on
            day.day >= part.effective_from
            and (part.effective_to is null or day.day <= part.effective_to)
            and (part.days = 'every_day' or day.is_working)
    inner join {{ ref('int_covered_days') }} as covered
        on
            part.standard_id = covered.standard_id
            and part.rule_version = covered.rule_version
            and day.day = covered.day
            and covered.is_covered
    cross join run
    left join {{ source('control', 'departments') }} as department
        on
            part.per_kind = department.kind
            and day.day >= department.valid_from
            and (department.valid_to is null or day.day <= department.valid_to)
    where
        part.kind = '{{ kind }}' and day.ends_at <= run.as_of
        and (part.per_kind is null or department.department_id is not null)
{%- endmacro %}

{#- Met when fulfilled in time; breached from the due time on, late fulfilment or not; until then pending. A commitment
    whose due time is not known stays pending, whatever became of it. -#}
{% macro status_of(is_in_time, fulfilled_at, due_at, judged_at) -%}
case
        when {{ is_in_time }} then 'met'
        when {{ due_at }} is null then 'pending'
        when {{ fulfilled_at }} is not null then 'breached'
        when {{ judged_at }} >= {{ due_at }} then 'breached'
        else 'pending'
    end
{%- endmacro %}

{#- Decided at the earlier of fulfilment and due time, never before the opening; NULL while pending. -#}
{% macro decided_at(status, opened_at, fulfilled_at, due_at) -%}
case
        when {{ status }} = 'pending' then null
        else greatest({{ opened_at }}, least({{ due_at }}, {{ fulfilled_at }}))
    end
{%- endmacro %}

{#- The business date a decision counts on. A due time at midnight belongs to the day that ends with it; a fulfilment
    to the day on which it came. -#}
{% macro decided_on(status, opened_at, fulfilled_at, due_at) -%}
case
        when {{ status }} = 'pending' then null
        when {{ fulfilled_at }} < {{ due_at }} then greatest({{ local_date(opened_at) }}, {{ local_date(fulfilled_at) }})
        else greatest({{ local_date(opened_at) }}, {{ local_date(add_seconds(due_at, '-0.000001')) }})
    end
{%- endmacro %}

{#- Whether a limit ends with a whole day: one in days or months that is counted from a date, and a
    promised day. Others end at an instant. -#}
{% macro ends_with_a_day(limit) -%}
({{ limit }}.counting in ('days', 'promised_day') or ({{ limit }}.counting = 'months' and {{ limit }}.granularity = 'date'))
{%- endmacro %}

{#- The last day of a limit in days or months that is counted from a date; backwards with a negative count. -#}
{% macro last_day_of(counting, day, count) -%}
case when {{ counting }} = 'months' then {{ add_calendar_months(day, count) }} else {{ add_days(day, count) }} end
{%- endmacro %}

{#- The due time of a limit whose clock never stands still, wherever one is needed. `limit` is a relation with opened_at,
    opened_on, counting and granularity. -#}
{% macro elapsed_due_at(limit, count) -%}
{%- set opened_at, opened_on = limit ~ '.opened_at', limit ~ '.opened_on' -%}
case
            when {{ limit }}.counting = 'seconds' then {{ add_seconds(opened_at, count) }}
            when {{ ends_with_a_day(limit) }}
                then {{ local_midnight(add_days(last_day_of(limit ~ '.counting', opened_on, count), 1)) }}
            else {{ add_local_months(opened_at, count) }}
        end
{%- endmacro %}

{#- In time is what comes before the midnight that ends the limit's last day; of a limit that ends at an instant, that
    instant too, unless the rule says `<`. -#}
{% macro is_in_time(finished_at, due_at, ends_with_a_day, comparison) -%}
coalesce(
            case
                when {{ ends_with_a_day }} or {{ comparison }} = '<' then {{ finished_at }} < {{ due_at }}
                else {{ finished_at }} <= {{ due_at }}
            end, false
        )
{%- endmacro %}

{#- Whether something is not finished before it may be; a limit that ends with a day begins with one. -#}
{% macro is_late_enough(finished_at, not_before_at, ends_with_a_day) -%}
not coalesce(
            case
                when {{ ends_with_a_day }} then {{ local_date(finished_at) }} < {{ local_date(not_before_at) }}
                else {{ finished_at }} < {{ not_before_at }}
            end, false
        )
{%- endmacro %}

{#- The last day of some months before it is rolled off a day off: the same day of a later month, or its eve where the
    first day counts; a month without that day ends with its last. -#}
{% macro last_day_of_months(day, count, counts_first_day) -%}
{%- set same_day = add_calendar_months(day, count) -%}
case
                when {{ counts_first_day }} and extract(day from {{ same_day }}) = extract(day from {{ day }})
                    then {{ add_days(same_day, -1) }}
                else {{ same_day }}
            end
{%- endmacro %}

{#- Of the exclusions that match a commitment, the first that holds: one that needs an end before the limit has it.
    Grain: one row per excluded commitment of `relation`. -#}
{% macro first_exclusions(relation) -%}
select
        holding.commitment_id,
        holding.exclusion_rule,
        holding.excluded_at
    from (
        select
            {{ relation }}.commitment_id,
            exclusion.exclusion_rule,
            exclusion.excluded_at,
            row_number() over (
                partition by {{ relation }}.commitment_id order by exclusion.exclusion_number
            ) as exclusion_rank
        from {{ relation }}
        inner join {{ ref(in_tier('subjects_exclusions')) }} as exclusion
            on {{ relation }}.commitment_id = exclusion.commitment_id
        where not exclusion.needs_end or exclusion.ended_at < {{ relation }}.due_at
    ) as holding
    where holding.exclusion_rank = 1
{%- endmacro %}
