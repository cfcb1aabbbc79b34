-- For each standard: met, breached and excluded of every result of the whole agency are a recount of the commitments
-- decided in its period, and it is broken exactly when some version of the rule missed its own target on what it decided.
WITH decided AS (
    SELECT
        standard_id,
        rule_version,
        decided_on,
        count(*) FILTER (WHERE status = 'met') AS met,
        count(*) FILTER (WHERE status = 'breached') AS breached,
        count(*) FILTER (WHERE status = 'excluded') AS excluded
    FROM marts.fct_commitments
    WHERE decided_on <= $last_day
    GROUP BY standard_id, rule_version, decided_on
),

by_version AS (
    SELECT
        result.standard_id,
        result.period_kind,
        result.period_start,
        result.met,
        result.breached,
        result.excluded,
        result.result,
        decided.rule_version,
        coalesce(sum(decided.met), 0) AS met_again,
        coalesce(sum(decided.breached), 0) AS breached_again,
        coalesce(sum(decided.excluded), 0) AS excluded_again
    FROM marts.standard_results AS result
    LEFT JOIN decided
        ON
            result.standard_id = decided.standard_id
            AND decided.decided_on BETWEEN result.period_start AND result.period_end
    WHERE result.department_id IS NULL AND result.period_start <= $last_day
    GROUP BY ALL
),

compared AS (
    SELECT
        by_version.standard_id,
        coalesce(by_version.met, 0) = sum(by_version.met_again)
        AND coalesce(by_version.breached, 0) = sum(by_version.breached_again)
        AND coalesce(by_version.excluded, 0) = sum(by_version.excluded_again)
        -- A decimal: 0.55 of 100 is 55, which as floating numbers it is not.
        AND (by_version.result IS NOT DISTINCT FROM 'broken') = coalesce(
            bool_or(
                by_version.met_again
                < CAST(standard.target AS DECIMAL(9, 6)) * (by_version.met_again + by_version.breached_again)
            ),
            FALSE
        ) AS holds
    FROM by_version
    LEFT JOIN marts.dim_standard AS standard
        ON by_version.standard_id = standard.standard_id AND by_version.rule_version = standard.rule_version
    GROUP BY
        by_version.standard_id,
        by_version.period_kind,
        by_version.period_start,
        by_version.met,
        by_version.breached,
        by_version.excluded,
        by_version.result
)

SELECT
    standard_id AS key,
    '*' AS rule_version,
    count(*) AS evaluated,
    count(*) FILTER (WHERE NOT holds) AS unexpected,
    0 AS unjudged
FROM compared
GROUP BY standard_id
