{#- Joins to control.targets (as own_target) the target that the part of a row has of its own. Without one, target_part is
    NULL: the row counts towards that of the whole rule. -#}
{% macro on_own_target(relation) -%}
on
            {{ relation }}.standard_id = own_target.standard_id
            and {{ relation }}.rule_version = own_target.rule_version
            and {{ relation }}.part = own_target.target_part
{%- endmacro %}
