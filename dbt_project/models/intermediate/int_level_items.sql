-- Grain: one row per item that counts for a level rule: those the rule names or, where it names none, every item.
with named as (

    {% for part in parts_of('level') if part.every %}
    {% set part_loop = loop %}
    {% for item in part.every %}
    select
        '{{ part.standard_id }}' as standard_id,
        {{ part.rule_version }} as rule_version,
        '{{ part.part }}' as part,
        {{ item_of(part, literal(item)) }} as item
    union all
    {% endfor %}
    {% endfor %}
    {{ no_rows([
        ('standard_id', 'varchar'), ('rule_version', 'bigint'), ('part', 'varchar'), ('item', 'varchar'),
    ]) }}

),

rules_with_names as (

    select distinct
        standard_id,
        rule_version,
        part
    from named

),

others as (

    select distinct
        level.standard_id,
        level.rule_version,
        level.part,
        level.item
    from {{ ref('subjects_level') }} as level
    left join rules_with_names
        on
            level.standard_id = rules_with_names.standard_id
            and level.rule_version = rules_with_names.rule_version
            and level.part = rules_with_names.part
    where rules_with_names.standard_id is null

)

select
    standard_id,
    rule_version,
    part,
    item
from named
union all
select
    standard_id,
    rule_version,
    part,
    item
from others
