-- Grain: one row per standard and version of its rule.
select
    standard_id,
    rule_version,
    position,
    section,
    citation,
    pledge,
    {{ in_languages('pledge') }},
    {{ in_languages('text') }},
    kind,
    basis,
    {{ in_languages('basis_note') }},
    {{ in_languages('threshold') }},
    clock,
    target,
    owner,
    effective_from,
    effective_to
from {{ source('control', 'standards') }}
order by position, rule_version
