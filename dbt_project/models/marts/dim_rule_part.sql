-- Grain: one row per standard, version of its rule, and part. `comparison` relates measured_value to limit_value;
-- `between` also to limit_least.
select
    standard_id,
    rule_version,
    part,
    {{ in_languages('part') }},
    kind,
    subject_table,
    clock,
    counting,
    limit_amount,
    limit_unit,
    limit_least,
    comparison,
    unit
from {{ source('control', 'rule_parts') }}
order by standard_id, rule_version, part
