{{ config(materialized='view') }}
-- Grain: one row per subject and part of each deadline rule that it falls under.
-- Scope: the charter's deadline standards; a subject falls under the rule version in force when it opened.
-- A finish counts only where its row meets what the rule asks of it.
-- `promised_at` is the due time itself where the rule takes it from a column (a row without one is promised nothing);
-- otherwise the clock sets it. `limit_count` is a limit that hangs on the row; a row that `lacks_limit` does not say
-- what the rule needs of it. `waited_seconds` is how long the customer waited before giving up, where nothing fulfilled
-- it. Facts dated after as_of have not come to pass.
with run as (

    select as_of from {{ source('control', 'run') }}

),

subjects as (

    {% for part in parts_of('deadline') %}
    select
        {{ subject_columns(part) }}
        {{ as_instant(part.opens) }} as opened_at,
        {{ as_business_date(part.opens) }} as opened_on,
        {{ fulfilled_at(part) }} as fulfilled_at,
        {{ fulfilled_by(part) }} as fulfilled_by,
        {{ promised_at(part) }} as promised_at,
        {{ as_instant(part.not_before) }} as not_before_at,
        {{ row_limit(part) }} as limit_count,
        {{ lacks_limit(part) }} as lacks_limit,
        {{ extended_at(part) }} as extended_at,
        {{ waited_seconds(part) }} as waited_seconds,
        subject.source_id,
        subject.known_at
    from {{ ref(part.model) }} as subject
    cross join run
    where
        {{ all_of(part['where']) }}
        and {{ in_force(part, as_business_date(part.opens)) }}
        and {{ has_come(part.opens) }}
    union all
    {% endfor %}
    {{ no_subjects([
        ('opened_at', 'timestamp'), ('opened_on', 'date'), ('fulfilled_at', 'timestamp'), ('fulfilled_by', 'varchar'),
        ('promised_at', 'timestamp'), ('not_before_at', 'timestamp'), ('limit_count', 'bigint'),
        ('lacks_limit', 'boolean'), ('extended_at', 'timestamp'), ('waited_seconds', 'double'),
    ]) }}

)

select *
from subjects
