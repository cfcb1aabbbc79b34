-- For each standard, period and rule version: how many commitments were due, and how many of them do not hold.
-- The status is not read: a commitment that no rule took out fails when nothing was measured, or when the
-- measured value is not on the right side of the limit.
WITH periods (period_kind, first_day, last_day) AS (
    VALUES
        $periods
),

judged AS (
    SELECT
        commitment.standard_id,
        commitment.rule_version,
        commitment.decided_on,
        coalesce(rule.comparison IN ('<=', '<', '>=', '='), FALSE) AND commitment.limit_value IS NOT NULL AS can_be_judged,
        coalesce(
            CASE rule.comparison
                WHEN '<=' THEN commitment.measured_value <= commitment.limit_value
                WHEN '<' THEN commitment.measured_value < commitment.limit_value
                WHEN '>=' THEN commitment.measured_value >= commitment.limit_value
                WHEN '=' THEN commitment.measured_value = commitment.limit_value
            END,
            FALSE
        ) AS holds
    FROM marts.fct_commitments AS commitment
    LEFT JOIN marts.dim_rule_part AS rule
        ON
            commitment.standard_id = rule.standard_id
            AND commitment.rule_version = rule.rule_version
            AND commitment.part = rule.part
    WHERE
        commitment.exclusion_rule IS NULL
        AND commitment.decided_at <= $as_of
        -- no period begins earlier: what was decided before is not even read
        AND commitment.decided_on BETWEEN $first_day AND $last_day
)

SELECT
    judged.standard_id || '/' || periods.period_kind AS key,
    CAST(judged.rule_version AS VARCHAR) AS rule_version,
    count(*) AS evaluated,
    count(*) FILTER (WHERE judged.can_be_judged AND NOT judged.holds) AS unexpected,
    count(*) FILTER (WHERE NOT judged.can_be_judged) AS unjudged
FROM judged
INNER JOIN periods ON judged.decided_on BETWEEN periods.first_day AND periods.last_day
GROUP BY judged.standard_id, periods.period_kind, judged.rule_version
