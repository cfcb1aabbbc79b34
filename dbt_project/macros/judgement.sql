{#- How every kind of commitment is judged. All instants are those known by as_of. -#}

{#- A commitment's name: standard/part/subject. -#}
{% macro commitment_id(alias) -%}
concat({{ alias }}.standard_id, '/', {{ alias }}.part, '/', {{ alias }}.subject_id)
{%- endmacro %}

{#- Met when fulfilled in time; breached from the due time on, late fulfilment or not; until then pending. -#}
{% macro status_of(is_in_time, fulfilled_at, due_at, judged_at) -%}
case
        when {{ is_in_time }} then 'met'
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
