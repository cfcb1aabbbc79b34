{#- What was judged of tonight's scope, in every tier, in the columns and the order that the ledger has. -#}
{% macro judged_commitments() -%}
{% for tier in tiers() %}
select
    commitment_id,
    standard_id,
    rule_version,
    part,
    subject_table,
    subject_id,
    department_id,
    opened_at,
    due_at,
    original_due_at,
    due_basis,
    fulfilled_at,
    fulfilled_by,
    decided_at,
    opened_on,
    decided_on,
    status,
    exclusion_rule,
    measured_value,
    limit_value,
    lower_limit_value,
    paused_count,
    paused_seconds,
    missing_evidence,
    waited_seconds,
    unit,
    source_id,
    known_at
from {{ ref(in_tier('commitments_judged', tier)) }}
{{ 'union all' if not loop.last }}
{% endfor %}
{%- endmacro %}

{#- How an increment writes into a table of the ledger: rows of tonight's scope are replaced, all others stay. The scope
    is what charter.transform.build.scope found: the cases that the night touches, and every table that is read whole. -#}
{% macro get_incremental_tonights_scope_sql(arg_dict) -%}
    {%- set ledger = arg_dict['target_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ ledger }}
    where subject_table not in (select subject_table from {{ source('control', 'case_tables') }});
    delete from {{ ledger }}
    using {{ source('control', 'scope') }} as scope
    where {{ ledger }}.subject_table = scope.subject_table and {{ ledger }}.subject_id = scope.subject_id;
    insert into {{ ledger }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}

{#- How an increment writes what became of landed rows: those of tonight's cases are replaced, and every table that is read
    whole; a row is told apart by its key, of whichever source. -#}
{% macro get_incremental_tonights_rows_sql(arg_dict) -%}
    {%- set rows = arg_dict['target_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ rows }}
    where table_name not in (select table_name from {{ source('control', 'landed_case_tables') }});
    delete from {{ rows }}
    using {{ source('control', 'scope_keys') }} as scope
    where {{ rows }}.table_name = scope.table_name and {{ rows }}.row_key = scope.row_key;
    insert into {{ rows }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}

{#- What tonight's scope came to, for whatever goes on from the ledger. In a full build that is the ledger itself, so that
    it is not written twice; an increment writes its own few rows. -#}
{% materialization tonights_scope, default -%}
    {%- set full = flags.FULL_REFRESH -%}
    {%- set target = this.incorporate(type='view' if full else 'table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing -%}{{ adapter.drop_relation(existing) }}{%- endif -%}
    {%- call statement('main') -%}
        {%- if full -%}
            create view {{ target }} as select * from {{ ref('fct_commitments') }}
        {%- else -%}
            create table {{ target }} as {{ sql }}
        {%- endif -%}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}
