{#- One row per key, and no row without a value in the key's columns and in the required ones; columns named in
    `optional` may be missing although they belong to the key. `texts` are filled in the agency's own language. Gives the offending keys with what is wrong. -#}
{% test grain(model, key, required=[], optional=[], texts=[]) %}
{%- set own = [] -%}
{%- for text in texts %}{% do own.append(text ~ '_' ~ var('languages')[0] | replace('-', '_') | lower) %}{% endfor -%}
{%- set filled = (key + required + own) | reject('in', optional) | list %}
select
    'more than one row' as problem,
    {% for column in key %}
    cast(checked.{{ column }} as varchar) as {{ column }}{{ ',' if not loop.last }}
    {% endfor %}
from (select * from {{ model }}) as checked
group by {% for column in key %}checked.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
having count(*) > 1
union all
select
    case
        {% for column in filled %}
        when checked.{{ column }} is null then 'no {{ column }}'
        {% endfor %}
    end as problem,
    {% for column in key %}
    cast(checked.{{ column }} as varchar) as {{ column }}{{ ',' if not loop.last }}
    {% endfor %}
from (select * from {{ model }}) as checked
where {% for column in filled %}checked.{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
