{#- How every kind of commitment is judged. All instants are those known by as_of. -#}

{#- A commitment's name: standard/part/subject. -#}
{% macro commitment_id(alias) -%}
concat({{ alias }}.standard_id, '/', {{ alias }}.part, '/', {{ alias }}.subject_id)
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
        else greatest({{ opened_at }}, least({{ due_at }}, coalesce({{ fulfilled_at }}, {{ due_at }})))
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

{#- Whether a limit ends with a whole day: one in days or months that is counted from a date. Others end at an instant. -#}
{% macro ends_with_a_day(limit) -%}
({{ limit }}.counting = 'days' or ({{ limit }}.counting = 'months' and {{ limit }}.granularity = 'date'))
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

{#- The working seconds of a calendar up to an instant that lies in `span`. -#}
{% macro working_seconds_at(span, instant) -%}
{{ span }}.seconds_before + least({{ span }}.seconds, {{ seconds_between(span ~ '.starts_at', instant) }})
{%- endmacro %}

{#- The block of eight working hours (charter.transform.compile.calendar cuts its spans there) in which a second lies; the last
    second of a block belongs to it. -#}
{% macro working_block(second) -%}
cast(ceil({{ second }} / 28800) - 1 as bigint)
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
        inner join {{ ref('subjects_exclusions') }} as exclusion
            on {{ relation }}.commitment_id = exclusion.commitment_id
        where not exclusion.needs_end or exclusion.ended_at < {{ relation }}.due_at
    ) as holding
    where holding.exclusion_rank = 1
{%- endmacro %}
