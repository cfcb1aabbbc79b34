{#- The columns that hold the text `name`, one for each of the agency's languages: `text_ko`, `text_zh_hant`. With
    `written` each of them holds that expression: what somebody wrote down, in whichever language. -#}
{% macro in_languages(name, written=none) -%}
{%- for language in var('languages') -%}
{%- set column = name ~ '_' ~ language | replace('-', '_') | lower -%}
{{ written ~ ' as ' ~ column if written else column }}{{ ', ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}
