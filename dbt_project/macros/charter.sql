{#- From the charter's entries (var 'rules', compiled by charter.transform.compile.rules) to SQL expressions. -#}

{#- The tier of the model that is compiled: 1, or more for a copy of a model by which promises about broken promises are
    judged, which has the tier in its name (charter.transform.compile.tiers). -#}
{% macro tier() -%}
    {%- set words = model.name.split('_tier_') -%}
    {{ return(words[1] | int if words | length > 1 else 1) }}
{%- endmacro %}

{#- What a model of one tier is called in another: the tier of the model that is compiled, unless one is given. -#}
{% macro in_tier(name, number=none) -%}
    {%- set number = number or tier() -%}
    {{ return(name if number == 1 else name ~ '_tier_' ~ number) }}
{%- endmacro %}

{#- The charter's parts that are judged in a tier: that of the model that is compiled, unless one is given. -#}
{% macro rules_of_tier(number=none) -%}
    {%- set number, found = number or tier(), [] -%}
    {%- for part in var('rules') if (part.tier or 1) == number -%}{%- do found.append(part) -%}{%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- All tiers of the charter, from the first on. -#}
{% macro tiers() -%}
    {%- set last = namespace(tier=1) -%}
    {%- for part in var('rules') if (part.tier or 1) > last.tier -%}{%- set last.tier = part.tier -%}{%- endfor -%}
    {{ return(range(1, last.tier + 1) | list) }}
{%- endmacro %}

{#- The kinds that may be judged in a tier: all in the first; after it those of which the charter has parts. -#}
{% macro kinds_of_tier(number=none) -%}
    {%- set number = number or tier() -%}
    {%- set kinds = ['deadline', 'lead_time', 'occurrence', 'level', 'coverage', 'zero', 'measure'] -%}
    {%- set used = kinds if number == 1 else rules_of_tier(number) | map(attribute='kind') | list -%}
    {{ return(kinds | select('in', used) | list) }}
{%- endmacro %}

{#- The parts of one measure kind, of the tier of the model that is compiled. -#}
{% macro parts_of(kind) -%}
    {{ return(rules_of_tier() | selectattr('kind', 'equalto', kind) | list) }}
{%- endmacro %}

{#- What a level rule counts as one item: the letters and digits of a text, NULL of one that has none. Codes and keys stay as
    they are: to take two pages of a population for one would hide that one does not stand. -#}
{% macro item_of(part, text) -%}
    {%- if part.item_is_text -%}{{ letters_and_digits(text) }}
    {%- else -%}cast({{ text }} as varchar)
    {%- endif -%}
{%- endmacro %}

{#- No row, with the columns and types of the rows that stand before it: what a loop over nothing comes to, so that a
    charter needs none of the kinds. `columns` are pairs of a name and a type. -#}
{% macro no_rows(columns) -%}
select
    {%- for name, type in columns %}
        cast(null as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
    where false
{%- endmacro %}

{#- The columns that every subjects model begins with, and those that it ends with; see subject_columns. -#}
{% macro no_subjects(columns) -%}
{{ no_rows([
        ('standard_id', 'varchar'), ('rule_version', 'bigint'), ('part', 'varchar'), ('subject_table', 'varchar'),
        ('subject_id', 'varchar'), ('department_id', 'varchar'),
    ] + columns + [('source_id', 'varchar'), ('known_at', 'timestamp')]) }}
{%- endmacro %}

{#- The rows that parts of a kind count one by one, dated by as_of. -#}
{% macro dated_subjects(kind) -%}
with run as (

    select as_of from {{ source('control', 'run') }}

),

subjects as (

    {% for part in parts_of(kind) %}
    select
        {{ subject_columns(part) }}
        cast(subject.{{ part.on }} as date) as occurred_on,
        subject.source_id,
        subject.known_at
    from {{ ref(part.model) }} as subject
    where {{ all_of(part['where']) }}
    union all
    {% endfor %}
    {{ no_subjects([('occurred_on', 'date')]) }}

)

select subjects.*
from subjects
cross join run
where {{ day_has_come('subjects.occurred_on') }}
{%- endmacro %}

{#- A value as a SQL literal. -#}
{% macro literal(value) -%}
    {%- if value is sameas true -%}true
    {%- elif value is sameas false -%}false
    {%- elif value is number -%}{{ value }}
    {%- elif value is none -%}null
    {%- else -%}'{{ value | replace("'", "''") }}'
    {%- endif -%}
{%- endmacro %}

{% macro literals(values) -%}
    {%- for value in values -%}{{ literal(value) }}{{ ', ' if not loop.last }}{%- endfor -%}
{%- endmacro %}

{#- One condition on a subject's column. -#}
{% macro condition(entry) -%}
    {%- set column = 'subject.' ~ entry.column -%}
    {%- if entry.operator == 'in' -%}{{ column }} in ({{ literals(entry['values']) }})
    {%- elif entry.operator == 'not_in' -%}{{ column }} not in ({{ literals(entry['values']) }})
    {%- elif entry.operator == 'at_least' -%}{{ column }} >= {{ entry['values'][0] }}
    {%- elif entry.operator == 'at_most' -%}{{ column }} <= {{ entry['values'][0] }}
    {%- elif entry.operator == 'at_least_of' -%}{{ column }} >= subject.{{ entry['values'][0] }}
    {%- elif entry.operator == 'at_most_of' -%}{{ column }} <= subject.{{ entry['values'][0] }}
    {%- elif entry.operator == 'null' -%}{{ column }} is null
    {%- elif entry.operator == 'not_null' -%}{{ column }} is not null
    {%- elif entry.operator == 'has_letters' -%}{{ letters_and_digits(column) }} is not null
    {%- elif entry.operator == 'later_than' -%}{{ column }} > subject.{{ entry['values'][0] }}
    {%- else -%}{{ exceptions.raise_compiler_error('unknown operator ' ~ entry.operator) }}
    {%- endif -%}
{%- endmacro %}

{#- All conditions; true when there are none. -#}
{% macro all_of(entries) -%}
    {%- if not entries -%}true{%- endif -%}
    {%- for entry in entries -%}{{ condition(entry) }}{{ ' and ' if not loop.last }}{%- endfor -%}
{%- endmacro %}

{#- A column as an instant: a date stands for the midnight it begins with. -#}
{% macro as_instant(column) -%}
    {%- if column is none -%}cast(null as timestamp)
    {%- elif column.type == 'date' -%}{{ local_midnight('subject.' ~ column.name) }}
    {%- else -%}subject.{{ column.name }}
    {%- endif -%}
{%- endmacro %}

{#- Whether a fact had come to pass by as_of: an instant up to as_of itself, a date once its day has begun before it. At the
    midnight that ends the 5th, what is dated the 5th counts and what is dated the 6th does not. Reads `run`. -#}
{% macro has_come(column) -%}
    {%- if column.type == 'date' -%}{{ day_has_come('subject.' ~ column.name) }}
    {%- else -%}subject.{{ column.name }} <= run.as_of
    {%- endif -%}
{%- endmacro %}

{% macro day_has_come(day) -%}
{{ local_midnight(day) }} < run.as_of
{%- endmacro %}

{#- The instant of a fact that had come to pass by as_of; NULL of one that lies ahead. Reads `run`. -#}
{% macro known_instant(column) -%}
    {%- if column is none -%}cast(null as timestamp)
    {%- else -%}case when {{ has_come(column) }} then {{ as_instant(column) }} end
    {%- endif -%}
{%- endmacro %}

{#- A column as a business date. -#}
{% macro as_business_date(column) -%}
    {%- if column.type == 'date' -%}subject.{{ column.name }}
    {%- else -%}{{ local_date('subject.' ~ column.name) }}
    {%- endif -%}
{%- endmacro %}

{#- The subject opened while this version of the rule was in force. -#}
{% macro in_force(part, business_date) -%}
    {{ business_date }} >= date '{{ part.effective_from }}'
    {%- if part.effective_to is not none %} and {{ business_date }} <= date '{{ part.effective_to }}'{%- endif -%}
{%- endmacro %}

{#- Of several versions of a rule that have the same companion it is this one's turn when the row is dated. -#}
{% macro in_turn(companion) -%}
    {%- set day = as_business_date(companion.on) -%}
    {%- if companion.effective_from is none and companion.effective_to is none -%}true
    {%- elif companion.effective_from is none -%}{{ day }} <= date '{{ companion.effective_to }}'
    {%- elif companion.effective_to is none -%}{{ day }} >= date '{{ companion.effective_from }}'
    {%- else -%}{{ day }} between date '{{ companion.effective_from }}' and date '{{ companion.effective_to }}'
    {%- endif -%}
{%- endmacro %}

{#- The due time that the rule takes from a column: an instant, or the end of a date's day. -#}
{% macro promised_at(part) -%}
    {%- if part.due is not none and part.due.type == 'date' -%}{{ local_midnight(add_days('subject.' ~ part.due.name, 1)) }}
    {%- else -%}{{ as_instant(part.due) }}
    {%- endif -%}
{%- endmacro %}

{#- The limit that hangs on the row, in what its part counts; NULL where the row gives none that can be used, and where
    the rule has one limit for all. -#}
{% macro row_limit(part) -%}
    {%- set limit = part.row_limit -%}
    {%- if limit is none -%}cast(null as bigint)
    {%- elif limit.count_per_unit is none -%}
        cast(case
            {%- for value, count in limit.counts.items() %}
            when cast(subject.{{ limit.column }} as varchar) = {{ literal(value) }} then {{ count }}
            {%- endfor %}
            else {{ literal(limit.otherwise) }}
        end as bigint)
    {%- else -%}
        cast(case
            when subject.{{ limit.column }} is null then {{ literal(limit.otherwise) }}
            when subject.{{ limit.column }} between 0 and {{ limit.at_most }}
                then round(subject.{{ limit.column }} * {{ limit.count_per_unit }})
        end as bigint)
    {%- endif -%}
{%- endmacro %}

{#- Whether a row that falls under a rule does not say all that its limit hangs on: it can't be judged. -#}
{% macro lacks_limit(part) -%}
    {%- if part.row_limit is none and part.not_before is none -%}false
    {%- else -%}
        {%- if part.row_limit is not none -%}{{ row_limit(part) }} is null{%- endif -%}
        {%- if part.row_limit is not none and part.not_before is not none %} or {% endif -%}
        {%- if part.not_before is not none -%}subject.{{ part.not_before.name }} is null{%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- The department that answers, as the rule says. -#}
{% macro owner_of(entry) -%}
    {%- if entry.owner_column is not none -%}subject.{{ entry.owner_column }}
    {%- else -%}'{{ entry.owner_department }}'
    {%- endif -%}
{%- endmacro %}

{#- A column of the subject in a type; NULL of that type where there is none. -#}
{% macro column_as(column, type) -%}
    {%- if column is none -%}cast(null as {{ type }})
    {%- else -%}cast(subject.{{ column }} as {{ type }})
    {%- endif -%}
{%- endmacro %}

{#- Whose figure a row of a measure counts for: the department of the owner's column, the value of another, or NULL: all. -#}
{% macro unit_of(part, owner_column, column) -%}
    {%- if part.per_kind is not none -%}cast(subject.{{ owner_column }} as varchar)
    {%- elif part.per_column is not none -%}cast(subject.{{ column }} as varchar)
    {%- else -%}cast(null as varchar)
    {%- endif -%}
{%- endmacro %}

{#- The columns that every subjects model begins with. -#}
{% macro subject_columns(part) %}
        '{{ part.standard_id }}' as standard_id,
        {{ part.rule_version }} as rule_version,
        '{{ part.part }}' as part,
        '{{ part.subject_table }}' as subject_table,
        cast(subject.{{ part.key }} as varchar) as subject_id,
        {{ owner_of(part) }} as department_id,
{%- endmacro %}

{#- The instant at which one option of an evidence was on record: a filled column that is no moment counts from the opening. -#}
{% macro on_record_at(option, opened_at) -%}
    {%- set column = 'subject.' ~ option.column.name -%}
    {%- if option.after is not none -%}
        case when {{ is_in_window(option) }} then {{ known_instant(option.column) }} end
    {%- elif option.column.type in ('date', 'instant') -%}{{ known_instant(option.column) }}
    {%- elif option.column.type == 'boolean' -%}case when {{ column }} then {{ opened_at }} end
    {%- else -%}case when {{ column }} is not null then {{ opened_at }} end
    {%- endif -%}
{%- endmacro %}

{#- Whether a moment of evidence lies in its window: from the one that it must come after, both ends included. -#}
{% macro is_in_window(option) -%}
    {%- if option.by_day -%}
        {%- set days = days_between(as_business_date(option.after), as_business_date(option.column)) -%}
        {{ days }} >= 0
        {%- if option.within_days is not none %} and {{ days }} <= {{ option.within_days }}{%- endif -%}
    {%- else -%}
        {{ as_instant(option.column) }} >= {{ as_instant(option.after) }}
        {%- if option.within_seconds is not none %}
            and {{ seconds_between(as_instant(option.after), as_instant(option.column)) }} <= {{ option.within_seconds }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- When a piece of evidence was on record: the earliest of its options. -#}
{% macro first_on_record_at(piece, opened_at) -%}
    least(
        {%- for option in piece.options %}
            {{ on_record_at(option, opened_at) }}{{ ',' if not loop.last }}
        {%- endfor %}
        )
{%- endmacro %}

{#- The finish: the first of any, or the last of all once all are there. -#}
{% macro fulfilled_at(part) -%}
    {%- if part.fulfilled_any -%}
        least({{ finish_instants(part.fulfilled_any) }})
    {%- else -%}
        case when {% for finish in part.fulfilled_all -%}
        {{ finish_instant(finish) }} is not null{{ ' and ' if not loop.last }}
        {%- endfor %} then greatest({{ finish_instants(part.fulfilled_all) }}) end
    {%- endif -%}
{%- endmacro %}

{#- The instant of one finish; NULL where it lies ahead, or its row does not meet what the charter asks of it. -#}
{% macro finish_instant(finish) -%}
    {%- if finish['where'] -%}case when {{ all_of(finish['where']) }} then {{ known_instant(finish.column) }} end
    {%- else -%}{{ known_instant(finish.column) }}
    {%- endif -%}
{%- endmacro %}

{% macro finish_instants(finishes) -%}
    {%- for finish in finishes %}{{ finish_instant(finish) }}{{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro %}

{#- The column that gave the finish: the earliest of any, or the last of all. -#}
{% macro fulfilled_by(part) -%}
    {%- set finishes = part.fulfilled_any or part.fulfilled_all -%}
    case
    {%- for finish in finishes %}
            when {{ finish_instant(finish) }} = {{ fulfilled_at(part) }} then '{{ finish.column.name }}'
    {%- endfor %}
        end
{%- endmacro %}

{#- How long the customer waited before giving up, where nothing fulfilled the promise. -#}
{% macro waited_seconds(part) -%}
    {%- if part.given_up is none -%}cast(null as double)
    {%- else -%}
    case
            when {{ fulfilled_at(part) }} is null and {{ known_instant(part.given_up) }} >= {{ as_instant(part.opens) }}
                then {{ seconds_between(as_instant(part.opens), known_instant(part.given_up)) }}
        end
    {%- endif -%}
{%- endmacro %}

{#- How long it took from the moment that a piece of evidence counts from to the piece, on record in time or not; NULL where
    days are compared, or there is neither. -#}
{% macro evidence_waited_seconds(piece) -%}
    {%- set timed = [] -%}
    {%- for option in piece.options if option.after is not none and not option.by_day -%}
        {%- do timed.append(option) -%}
    {%- endfor -%}
    {%- if not timed -%}cast(null as double)
    {%- else -%}
    case
            when {{ known_instant(timed[0].column) }} >= {{ as_instant(timed[0].after) }}
                then {{ seconds_between(as_instant(timed[0].after), known_instant(timed[0].column)) }}
        end
    {%- endif -%}
{%- endmacro %}

{#- What a piece of evidence is called: its column, or all that would do. -#}
{% macro name_of_evidence(piece) -%}
{{ piece.options | map(attribute='column') | map(attribute='name') | join('|') }}
{%- endmacro %}

{#- When an extension was notified; one without a reason is none. A day has no hour: on the day of an opening that has
    one, the notice came after it. -#}
{% macro extended_at(part) -%}
    {%- set notified = part.extension_notified -%}
    {%- if notified is none -%}
        cast(null as timestamp)
    {%- elif notified.type == 'date' and part.opens.type != 'date' -%}
        case
            when subject.{{ part.extension_reason }} is null then null
            when subject.{{ notified.name }} = {{ as_business_date(part.opens) }} then {{ as_instant(part.opens) }}
            else {{ known_instant(notified) }}
        end
    {%- else -%}
        case when subject.{{ part.extension_reason }} is not null then {{ known_instant(notified) }} end
    {%- endif -%}
{%- endmacro %}

{#- What a row adds to a companion figure's numerator: its value for a mean, 1 or 0 for a share. -#}
{% macro numerator_of(companion) -%}
    {%- if companion.sum_of is not none -%}
        cast(subject.{{ companion.sum_of }} as double)
    {%- else -%}
        cast(case when {{ all_of(companion.numerator) }} then 1 else 0 end as double)
    {%- endif -%}
{%- endmacro %}
