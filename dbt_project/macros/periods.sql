{#- Every period with the last of its ended days. Grain: one row per kind of period and its first day. -#}
{% macro periods_to_their_last_day() -%}
select
        period_kind,
        period_start,
        max(day) as period_end
    from {{ ref('result_periods') }}
    group by period_kind, period_start
{%- endmacro %}

{#- Whether two rows are of the same period, standard and department (NULL is the whole agency). -#}
{% macro of_same_result(one, other) -%}
{{ one }}.period_kind = {{ other }}.period_kind
        and {{ one }}.period_start = {{ other }}.period_start
        and {{ one }}.standard_id = {{ other }}.standard_id
        and {{ one }}.department_id is not distinct from {{ other }}.department_id
{%- endmacro %}
