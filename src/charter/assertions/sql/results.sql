-- For each standard: met, breached and excluded of every result of the whole agency are a recount of the commitments
-- decided in its period.
WITH decided AS (
    SELECT
        standard_id,
        decided_on,
        count(*) FILTER (WHERE status = 'met') AS met,
        count(*) FILTER (WHERE status = 'breached') AS breached,
        count(*) FILTER (WHERE status = 'excluded') AS excluded
    FROM marts.fct_commitments
    WHERE decided_on <= $last_day
    GROUP BY standard_id, decided_on
),

compared AS (
    SELECT
        result.standard_id,
        coalesce(result.met, 0) = coalesce(sum(decided.met), 0)
        AND coalesce(result.breached, 0) = coalesce(sum(decided.breached), 0)
        AND coalesce(result.excluded, 0) = coalesce(sum(decided.excluded), 0) AS holds
    FROM marts.standard_results AS result
    LEFT JOIN decided
        ON
            result.standard_id = decided.standard_id
            AND decided.decided_on BETWEEN result.period_start AND result.period_end
    WHERE result.department_id IS NULL AND result.period_start <= $last_day
    GROUP BY
        result.standard_id,
        result.period_kind,
        result.period_start,
        result.met,
        result.breached,
        result.excluded
)

SELECT
    standard_id AS key,
    '*' AS rule_version,
    count(*) AS evaluated,
    count(*) FILTER (WHERE NOT holds) AS unexpected,
    0 AS unjudged
FROM compared
GROUP BY standard_id
