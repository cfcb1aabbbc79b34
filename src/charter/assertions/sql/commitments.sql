-- What must be true of every commitment by itself.
WITH judged AS (
    SELECT
        rule.part IS NOT NULL AS has_rule_part,
        coalesce(commitment.decided_at <= $as_of, TRUE) AS decided_by_as_of,
        coalesce(commitment.status, '') <> 'pending' AS is_closed,
        commitment.decided_at IS NOT NULL AS has_decision,
        commitment.decided_on IS NOT NULL AS has_decision_day,
        coalesce(commitment.status, '') = 'excluded' AS is_excluded,
        commitment.exclusion_rule IS NOT NULL AS has_exclusion_rule
    FROM marts.fct_commitments AS commitment
    LEFT JOIN marts.dim_rule_part AS rule
        ON
            commitment.standard_id = rule.standard_id
            AND commitment.rule_version = rule.rule_version
            AND commitment.part = rule.part
),

counted AS (
    SELECT
        count(*) AS evaluated,
        count(*) FILTER (WHERE NOT has_rule_part) AS without_rule_part,
        count(*) FILTER (WHERE NOT decided_by_as_of) AS decided_later,
        count(*) FILTER (WHERE is_closed <> has_decision OR is_closed <> has_decision_day) AS decision_differs,
        count(*) FILTER (WHERE is_excluded <> has_exclusion_rule) AS exclusion_differs
    FROM judged
)

SELECT
    'has_rule_part' AS key,
    '*' AS rule_version,
    evaluated,
    without_rule_part AS unexpected,
    0 AS unjudged
FROM counted
UNION ALL
SELECT
    'decided_by_as_of' AS key,
    '*' AS rule_version,
    evaluated,
    decided_later AS unexpected,
    0 AS unjudged
FROM counted
UNION ALL
SELECT
    'decided_unless_pending' AS key,
    '*' AS rule_version,
    evaluated,
    decision_differs AS unexpected,
    0 AS unjudged
FROM counted
UNION ALL
SELECT
    'exclusion_has_rule' AS key,
    '*' AS rule_version,
    evaluated,
    exclusion_differs AS unexpected,
    0 AS unjudged
FROM counted
