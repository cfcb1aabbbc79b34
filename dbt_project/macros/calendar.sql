{#- Who owned a subject at an instant, and where an instant or a day lies on the calendar of its office. -#}

{#- The stretches of ownership, of which each has an end: far ahead where it lasts. -#}
{% macro stretches_of_ownership() -%}
select
        subject_table,
        subject_id,
        department_id,
        owned_from,
        coalesce(owned_until, timestamp '9999-12-31 00:00:00') as owned_until
    from {{ ref('int_ownership') }}
{%- endmacro %}

{#- Joins the `owner` (of the CTE `stretches`) that a row's subject had at `moment`, where `condition` holds. The comparisons are
    plain: an outer join on anything else would look at every pair. -#}
{% macro join_owner(relation, moment, condition) -%}
left join stretches as owner
        on
            {{ relation }}.subject_table = owner.subject_table
            and case when {{ condition }} then {{ relation }}.subject_id end = owner.subject_id
            and {{ moment }} >= owner.owned_from
            and {{ moment }} < owner.owned_until
{%- endmacro %}

{#- Joins the `version` of a calendar that was known when a row opened: of the calendar of the office `opening_department_id`
    where the row counts on its agency's, else of the one that it names. -#}
{% macro join_calendar_version(relation) -%}
left join {{ source('control', 'office_calendars') }} as office
        on case when {{ relation }}.calendar = 'agency' then {{ relation }}.opening_department_id end = office.department_id
    inner join {{ source('control', 'calendar_versions') }} as version
        on
            coalesce(office.calendar, {{ relation }}.calendar) = version.calendar
            and (version.version = 1 or {{ relation }}.opened_at >= version.known_at)
            and (version.superseded_at is null or {{ relation }}.opened_at < version.superseded_at)
{%- endmacro %}

{#- A row of a calendar's days or spans (`place`) holds in the row's version of its calendar. -#}
{% macro in_its_version(relation, place) -%}
{{ relation }}.calendar = {{ place }}.calendar
            and {{ relation }}.version between {{ place }}.first_version and {{ place }}.last_version
{%- endmacro %}

{#- Joins the day `day` of a row's calendar, as `name`. -#}
{% macro join_day(relation, name, day) -%}
left join {{ source('control', 'clock_days') }} as {{ name }}
        on
            {{ in_its_version(relation, name) }}
            and {{ day }} = {{ name }}.day
{%- endmacro %}

{#- Joins the working day with the number `number` on a row's calendar, as `name`. -#}
{% macro join_working_day(relation, name, number) -%}
left join {{ source('control', 'clock_days') }} as {{ name }}
        on
            {{ in_its_version(relation, name) }}
            and {{ number }} = {{ name }}.working_day_number
            and {{ name }}.is_working
{%- endmacro %}

{#- The number of the working day that `day` is; of a day off, that of the next one. -#}
{% macro working_day_from(day) -%}
{{ day }}.working_day_number + case when {{ day }}.is_working then 0 else 1 end
{%- endmacro %}

{#- Joins the span of working time in which `instant` lies, or after which work stands still then, as `name`: of rows that
    count working seconds. -#}
{% macro join_span_at(relation, name, instant) -%}
left join {{ source('control', 'working_spans') }} as {{ name }}
        on
            {{ in_its_version(relation, name) }}
            and case when {{ relation }}.counting = 'working_seconds' then {{ utc_date(instant) }} end = {{ name }}.utc_day
            and {{ instant }} >= {{ name }}.starts_at
            and {{ instant }} < {{ name }}.next_starts_at
{%- endmacro %}

{#- Joins the span in which the working second `second` of a row's calendar lies, as `name`. -#}
{% macro join_span_of(relation, name, second) -%}
left join {{ source('control', 'working_spans') }} as {{ name }}
        on
            {{ in_its_version(relation, name) }}
            and {{ working_block(second) }} = {{ name }}.block
            and {{ second }} > {{ name }}.seconds_before
            and {{ second }} <= {{ name }}.seconds_before + {{ name }}.seconds
{%- endmacro %}

{#- The working seconds of a calendar up to an instant that lies in `span`. -#}
{% macro working_seconds_at(span, instant) -%}
{{ span }}.seconds_before + least({{ span }}.seconds, {{ seconds_between(span ~ '.starts_at', instant) }})
{%- endmacro %}

{#- The instant at which the working second `second` of a calendar, which lies in `span`, ends. -#}
{% macro instant_of_second(span, second) -%}
{{ add_seconds(span ~ '.starts_at', second ~ ' - ' ~ span ~ '.seconds_before') }}
{%- endmacro %}

{#- The block of eight working hours (charter.transform.compile.calendar cuts its spans there) in which a second lies; the last
    second of a block belongs to it. -#}
{% macro working_block(second) -%}
cast(ceil(({{ second }}) / 28800) - 1 as bigint)
{%- endmacro %}
