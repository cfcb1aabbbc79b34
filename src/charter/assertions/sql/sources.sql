-- For each source: every day's rows add up, nothing that it no longer gives is withheld, and the last ended day is
-- covered. A day that nobody wrote down is not covered.
WITH expected (source_id) AS (
    VALUES
        $sources
),

days AS (
    SELECT
        expected.source_id,
        status.day,
        coalesce(status.covered AND status.day = $last_day, FALSE) AS covers_last_day,
        status.arrived IS NOT DISTINCT FROM status.landed + status.unchanged + status.quarantined
        AND status.read IS NOT DISTINCT FROM status.arrived + status.waiting + status.left_out + status.merged AS adds_up,
        coalesce(status.withheld, 0) > 0 AS is_withheld
    FROM expected
    LEFT JOIN marts.source_status AS status ON expected.source_id = status.source_id AND status.day <= $last_day
)

SELECT
    source_id || '/adds_up' AS key,
    '*' AS rule_version,
    count(day) AS evaluated,
    count(day) FILTER (WHERE NOT adds_up) AS unexpected,
    0 AS unjudged
FROM days
GROUP BY source_id
UNION ALL
SELECT
    source_id || '/withheld' AS key,
    '*' AS rule_version,
    count(day) AS evaluated,
    count(day) FILTER (WHERE is_withheld) AS unexpected,
    0 AS unjudged
FROM days
GROUP BY source_id
UNION ALL
SELECT
    source_id || '/last_day' AS key,
    '*' AS rule_version,
    1 AS evaluated,
    CASE WHEN bool_or(covers_last_day) THEN 0 ELSE 1 END AS unexpected,
    0 AS unjudged
FROM days
GROUP BY source_id
