-- Grain: one row per stretch of days in which one item stands (role 'standing') or should stand (role 'population').
-- Scope: the charter's level standards. `first_day` to `last_day` are both included; NULL is open.
-- An item that is checked from time to time stands for a number of days from its check, or until it is checked again;
-- a check that fails makes it stand no longer. Spellings with the same letters and digits are one item, and what has
-- none is no item.
{% for part in parts_of('level') %}
{% if part.valid_days is none %}
select
    '{{ part.standard_id }}' as standard_id,
    {{ part.rule_version }} as rule_version,
    '{{ part.part }}' as part,
    'standing' as role,
    {{ item_of(part, 'subject.' ~ part.item) }} as item,
    {{ owner_of(part) }} as department_id,
    subject.{{ part.starts }} as first_day,
    subject.{{ part.ends }} as last_day,
    subject.source_id,
    subject.known_at
from {{ ref(part.model) }} as subject
where {{ all_of(part['where']) }} and {{ item_of(part, 'subject.' ~ part.item) }} is not null
{% else %}
select
    checks.standard_id,
    checks.rule_version,
    checks.part,
    'standing' as role,
    checks.item,
    checks.department_id,
    checks.first_day,
    case
        when checks.next_check_on is null or checks.next_check_on > {{ add_days('checks.first_day', part.valid_days) }}
            then {{ add_days('checks.first_day', part.valid_days) }}
        else {{ add_days('checks.next_check_on', -1) }}
    end as last_day,
    checks.source_id,
    checks.known_at
from (
    select
        '{{ part.standard_id }}' as standard_id,
        {{ part.rule_version }} as rule_version,
        '{{ part.part }}' as part,
        {{ item_of(part, 'subject.' ~ part.item) }} as item,
        {{ owner_of(part) }} as department_id,
        subject.{{ part.starts }} as first_day,
        {{ all_of(part.standing) }} as is_standing,
        lead(subject.{{ part.starts }}) over (
            partition by
                {{ item_of(part, 'subject.' ~ part.item) }}{{ ', ' ~ owner_of(part) if part.per_kind is not none }}
            order by subject.{{ part.starts }}, subject.{{ part.key }}
        ) as next_check_on,
        subject.source_id,
        subject.known_at
    from {{ ref(part.model) }} as subject
    where {{ all_of(part['where']) }}
) as checks
where checks.is_standing and checks.item is not null
{% endif %}
union all
{% if part.population_model is not none %}
select
    '{{ part.standard_id }}' as standard_id,
    {{ part.rule_version }} as rule_version,
    '{{ part.part }}' as part,
    'population' as role,
    cast(subject.{{ part.population_item }} as varchar) as item,
    {{ owner_of(part) }} as department_id,
    subject.{{ part.population_starts }} as first_day,
    subject.{{ part.population_ends }} as last_day,
    subject.source_id,
    subject.known_at
from {{ ref(part.population_model) }} as subject
where subject.{{ part.population_item }} is not null and subject.{{ part.population_starts }} is not null
union all
{% endif %}
{% endfor %}
{{ no_rows([
    ('standard_id', 'varchar'), ('rule_version', 'bigint'), ('part', 'varchar'), ('role', 'varchar'),
    ('item', 'varchar'), ('department_id', 'varchar'), ('first_day', 'date'), ('last_day', 'date'),
    ('source_id', 'varchar'), ('known_at', 'timestamp'),
]) }}
