-- Grain: one row per standard and version of its rule.
select
    standard_id,
    rule_version,
    position,
    section,
    citation,
    pledge,
    pledge_ko,
    pledge_en,
    text_ko,
    text_en,
    kind,
    basis,
    basis_note_ko,
    basis_note_en,
    threshold_ko,
    threshold_en,
    clock,
    target,
    owner,
    effective_from,
    effective_to
from {{ source('control', 'standards') }}
order by position, rule_version
