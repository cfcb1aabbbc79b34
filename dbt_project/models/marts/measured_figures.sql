-- Grain: one row per commitment of a measure, decided or not.
-- Scope: what each figure is made of, so that no rate is stored alone: of a mean the sum and the number of rows, of
-- a share the rows that meet its condition and all rows, of a ratio both counts. `denominator` is NULL of what is no
-- quotient.
select
    commitment_id,
    standard_id,
    rule_version,
    part,
    first_on,
    last_on,
    cast(row_count as bigint) as row_count,
    numerator,
    denominator
from {{ ref('commitments_measure') }}
order by commitment_id
