-- For each standard, period, rule version and target (`1`, or `1/part` of a part with its own): what was due and does not hold, at the worst and at the best. See
-- bounds.sql, which counts it from the measured values.
WITH bounds AS (
    $bounds
)

SELECT
    standard_id || '/' || period_kind AS key,
    rule_version || coalesce('/' || target_part, '') AS rule_version,
    evaluated,
    failed AS unexpected,
    unjudged,
    worst_evaluated,
    worst_failed,
    best_evaluated,
    best_failed
FROM bounds
