-- Grain: one row per standard, version of its rule, and part. `comparison` relates measured_value to limit_value;
-- `between` also to limit_least. A promise about a broken promise names that one's standard. `target` is NULL of a part
-- whose commitments count towards that of its rule (dim_standard).
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
    unit,
    broken_standard_id,
    target
from {{ source('control', 'rule_parts') }}
order by standard_id, rule_version, part
