{#- What DuckDB and Spark spell differently. Instants are UTC without a zone; dates are the agency's. -#}

{#- The agency's business date on which an instant falls. -#}
{% macro local_date(instant) -%}{{ return(adapter.dispatch('local_date')(instant)) }}{%- endmacro %}

{#- Where the zone's distance from UTC is the same on every day of the calendar, adding it is ten times as fast. -#}
{% macro default__local_date(instant) -%}
{%- if var('utc_offset_seconds') is none -%}
cast(timezone('{{ var("time_zone") }}', timezone('UTC', {{ instant }})) as date)
{%- else -%}
cast({{ instant }} + to_seconds({{ var('utc_offset_seconds') }}) as date)
{%- endif -%}
{%- endmacro %}

{% macro spark__local_date(instant) -%}
to_date(from_utc_timestamp({{ instant }}, '{{ var("time_zone") }}'))
{%- endmacro %}

{#- The instant at which a business date begins. -#}
{% macro local_midnight(day) -%}{{ return(adapter.dispatch('local_midnight')(day)) }}{%- endmacro %}

{% macro default__local_midnight(day) -%}
{%- if var('utc_offset_seconds') is none -%}
timezone('UTC', timezone('{{ var("time_zone") }}', cast({{ day }} as timestamp)))
{%- else -%}
(cast({{ day }} as timestamp) - to_seconds({{ var('utc_offset_seconds') }}))
{%- endif -%}
{%- endmacro %}

{% macro spark__local_midnight(day) -%}
to_utc_timestamp(cast({{ day }} as timestamp), '{{ var("time_zone") }}')
{%- endmacro %}

{#- The date of an instant by the clocks of another zone (a column or an expression with its name). -#}
{% macro local_date_in(instant, zone) -%}{{ return(adapter.dispatch('local_date_in')(instant, zone)) }}{%- endmacro %}

{% macro default__local_date_in(instant, zone) -%}
cast(timezone({{ zone }}, timezone('UTC', {{ instant }})) as date)
{%- endmacro %}

{% macro spark__local_date_in(instant, zone) -%}
to_date(from_utc_timestamp({{ instant }}, {{ zone }}))
{%- endmacro %}

{#- The date by the clocks of another zone some seconds of its clocks later: with 11 hours, what comes at 13:00 or after
    falls on the day that follows. -#}
{% macro local_date_after(instant, zone, seconds) -%}{{ return(adapter.dispatch('local_date_after')(instant, zone, seconds)) }}{%- endmacro %}

{% macro default__local_date_after(instant, zone, seconds) -%}
cast(timezone({{ zone }}, timezone('UTC', {{ instant }})) + to_seconds({{ seconds }}) as date)
{%- endmacro %}

{% macro spark__local_date_after(instant, zone, seconds) -%}
to_date(timestamp_seconds(unix_seconds(from_utc_timestamp({{ instant }}, {{ zone }})) + {{ seconds }}))
{%- endmacro %}

{#- The date of an instant in UTC: a key to look it up by, never a business date. -#}
{% macro utc_date(instant) -%}
cast({{ instant }} as date)
{%- endmacro %}

{#- A date some days later (earlier when negative). -#}
{% macro add_days(day, count) -%}{{ return(adapter.dispatch('add_days')(day, count)) }}{%- endmacro %}

{% macro default__add_days(day, count) -%}
cast({{ day }} + to_days(cast({{ count }} as integer)) as date)
{%- endmacro %}

{% macro spark__add_days(day, count) -%}
date_add({{ day }}, cast({{ count }} as int))
{%- endmacro %}

{#- The same day of a later month; the month's last day where there is none. -#}
{% macro add_calendar_months(day, count) -%}{{ return(adapter.dispatch('add_calendar_months')(day, count)) }}{%- endmacro %}

{% macro default__add_calendar_months(day, count) -%}
cast({{ day }} + to_months(cast({{ count }} as integer)) as date)
{%- endmacro %}

{% macro spark__add_calendar_months(day, count) -%}
add_months({{ day }}, cast({{ count }} as int))
{%- endmacro %}

{#- The instant at which the agency's clocks show the same time on the same day of a later month, or on its last day. -#}
{% macro add_local_months(instant, count) -%}{{ return(adapter.dispatch('add_local_months')(instant, count)) }}{%- endmacro %}

{% macro default__add_local_months(instant, count) -%}
{%- if var('utc_offset_seconds') is none -%}
timezone('UTC', timezone(
    '{{ var("time_zone") }}',
    timezone('{{ var("time_zone") }}', timezone('UTC', {{ instant }})) + to_months(cast({{ count }} as integer))
))
{%- else -%}
({{ instant }} + to_seconds({{ var('utc_offset_seconds') }}) + to_months(cast({{ count }} as integer))
- to_seconds({{ var('utc_offset_seconds') }}))
{%- endif -%}
{%- endmacro %}

{% macro spark__add_local_months(instant, count) -%}
to_utc_timestamp(
    from_utc_timestamp({{ instant }}, '{{ var("time_zone") }}') + make_ym_interval(0, cast({{ count }} as int)),
    '{{ var("time_zone") }}'
)
{%- endmacro %}

{#- An instant some seconds later. -#}
{% macro add_seconds(instant, count) -%}{{ return(adapter.dispatch('add_seconds')(instant, count)) }}{%- endmacro %}

{% macro default__add_seconds(instant, count) -%}
({{ instant }} + to_seconds({{ count }}))
{%- endmacro %}

{% macro spark__add_seconds(instant, count) -%}
timestamp_micros(unix_micros({{ instant }}) + cast(round({{ count }} * 1000000) as bigint))
{%- endmacro %}

{#- Seconds from one instant to another, with their fraction: elapsed time, not boundaries crossed. -#}
{% macro seconds_between(start, finish) -%}{{ return(adapter.dispatch('seconds_between')(start, finish)) }}{%- endmacro %}

{% macro default__seconds_between(start, finish) -%}
(cast(epoch_us({{ finish }}) - epoch_us({{ start }}) as double) / 1000000)
{%- endmacro %}

{% macro spark__seconds_between(start, finish) -%}
(cast(unix_micros({{ finish }}) - unix_micros({{ start }}) as double) / 1000000)
{%- endmacro %}

{#- Whole days from one date to another. -#}
{% macro days_between(start, finish) -%}{{ return(adapter.dispatch('days_between')(start, finish)) }}{%- endmacro %}

{% macro default__days_between(start, finish) -%}
date_diff('day', {{ start }}, {{ finish }})
{%- endmacro %}

{% macro spark__days_between(start, finish) -%}
datediff({{ finish }}, {{ start }})
{%- endmacro %}

{#- The values of an aggregate as one text, in the order of `number`; NULL where there is none. -#}
{% macro listed(value, number) -%}{{ return(adapter.dispatch('listed')(value, number)) }}{%- endmacro %}

{% macro default__listed(value, number) -%}
string_agg({{ value }}, ',' order by {{ number }})
{%- endmacro %}

{% macro spark__listed(value, number) -%}
nullif(
    array_join(
        transform(
            array_sort(collect_list(case when {{ value }} is not null then struct({{ number }}, {{ value }}) end)),
            one -> one.col2
        ),
        ','
    ),
    ''
)
{%- endmacro %}

{#- Monday of the week in which a date falls. -#}
{% macro monday_of(day) -%}
cast(date_trunc('week', {{ day }}) as date)
{%- endmacro %}

{#- First day of the month, quarter or year in which a date falls. -#}
{% macro new_month_of(day) -%}
cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}

{% macro new_quarter_of(day) -%}
cast(date_trunc('quarter', {{ day }}) as date)
{%- endmacro %}

{% macro new_year_of(day) -%}
cast(date_trunc('year', {{ day }}) as date)
{%- endmacro %}

{#- First day of the fiscal year in which a date falls, where fiscal years begin on a day of a month. -#}
{% macro new_fiscal_year_of(day, month, day_of_month) -%}
case
            when make_date(year({{ day }}), {{ month }}, {{ day_of_month }}) <= {{ day }}
                then make_date(year({{ day }}), {{ month }}, {{ day_of_month }})
            else make_date(year({{ day }}) - 1, {{ month }}, {{ day_of_month }})
        end
{%- endmacro %}

{#- An instant as whole microseconds since 1970. -#}
{% macro microseconds(instant) -%}{{ return(adapter.dispatch('microseconds')(instant)) }}{%- endmacro %}

{% macro default__microseconds(instant) -%}
epoch_us({{ instant }})
{%- endmacro %}

{% macro spark__microseconds(instant) -%}
unix_micros({{ instant }})
{%- endmacro %}

{#- A text as it is compared: its letters (with their marks) and digits, without capitals; NULL when it has none. Width and
    composition are one since the text landed (charter.base.composing). Unicode takes the Korean araea (U+318D, which
    landing makes U+119E) for a letter; it is typed as the dot between two words, and left out as the other dots are. -#}
{% macro letters_and_digits(text) -%}{{ return(adapter.dispatch('letters_and_digits')(text)) }}{%- endmacro %}

{% macro default__letters_and_digits(text) -%}
nullif(regexp_replace(lower(cast({{ text }} as varchar)), '[^\p{L}\p{M}\p{N}]|[\x{318D}\x{119E}]', '', 'g'), '')
{%- endmacro %}

{% macro spark__letters_and_digits(text) -%}
nullif(regexp_replace(lower(cast({{ text }} as string)), r'[^\p{L}\p{M}\p{N}]|[\x{318D}\x{119E}]', ''), '')
{%- endmacro %}
