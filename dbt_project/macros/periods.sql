{#- Every period with the last of its ended days. Grain: one row per kind of period and its first day. -#}
{% macro periods_to_their_last_day() -%}
select
        period_kind,
        period_start,
        max(day) as period_end
    from {{ ref('result_periods') }}
    group by period_kind, period_start
{%- endmacro %}
