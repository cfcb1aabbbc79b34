-- For each standard: every cell of compliance_daily (day, department) is what a recount of the commitments gives; for the
-- pending this is looked at on the last ended day.
WITH both_sides AS (
    SELECT
        standard_id,
        decided_on AS day,
        department_id,
        CAST(status = 'met' AS BIGINT) AS met,
        CAST(status = 'breached' AS BIGINT) AS breached,
        CAST(status = 'excluded' AS BIGINT) AS excluded,
        0 AS pending
    FROM marts.fct_commitments
    WHERE decided_on <= $last_day

    UNION ALL

    SELECT
        standard_id,
        $last_day AS day,
        department_id,
        0 AS met,
        0 AS breached,
        0 AS excluded,
        1 AS pending
    FROM marts.fct_commitments
    WHERE opened_on <= $last_day AND (decided_on IS NULL OR decided_on > $last_day)

    UNION ALL

    SELECT
        standard_id,
        day,
        department_id,
        -met AS met,
        -breached AS breached,
        -excluded AS excluded,
        CASE WHEN day = $last_day THEN -pending ELSE 0 END AS pending
    FROM marts.compliance_daily
    WHERE day <= $last_day
),

cells AS (
    SELECT
        standard_id,
        sum(met) = 0 AND sum(breached) = 0 AND sum(excluded) = 0 AND sum(pending) = 0 AS holds
    FROM both_sides
    GROUP BY standard_id, day, department_id
)

SELECT
    standard_id AS key,
    '*' AS rule_version,
    count(*) AS evaluated,
    count(*) FILTER (WHERE holds IS DISTINCT FROM TRUE) AS unexpected,
    0 AS unjudged
FROM cells
GROUP BY standard_id
