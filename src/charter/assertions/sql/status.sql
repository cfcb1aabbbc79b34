-- For each standard: the status of a decided commitment that no rule took out is the one that its measured value and
-- limit give, and none stays pending though its due time passed while all its sources were heard (a measure: on every day
-- of its slot or window).
WITH heard (standard_id, judged_until) AS (
    VALUES
        $judged_until
),

silent (standard_id, rule_version, day, units) AS (
    $silent
),

judged AS (
    SELECT
        commitment.standard_id,
        commitment.status,
        commitment.decided_at IS NOT NULL OR commitment.status IN ('met', 'breached') AS is_decided,
        coalesce(commitment.due_at < heard.judged_until AND commitment.due_at <= $as_of, FALSE)
            AND NOT EXISTS (
                SELECT 1
                FROM silent
                WHERE
                    silent.standard_id = commitment.standard_id
                    AND silent.rule_version = commitment.rule_version
                    AND silent.day BETWEEN figure.first_on AND figure.last_on
            ) AS is_overdue,
        coalesce(
            CASE rule.comparison
                WHEN '<=' THEN commitment.measured_value <= commitment.limit_value
                WHEN '<' THEN commitment.measured_value < commitment.limit_value
                WHEN '>=' THEN commitment.measured_value >= commitment.limit_value
                WHEN '=' THEN commitment.measured_value = commitment.limit_value
                WHEN 'between' THEN commitment.measured_value BETWEEN rule.limit_least AND commitment.limit_value
                WHEN 'within'
                    THEN commitment.measured_value BETWEEN commitment.lower_limit_value AND commitment.limit_value
            END,
            FALSE
        ) AS holds
    FROM marts.fct_commitments AS commitment
    LEFT JOIN marts.dim_rule_part AS rule
        ON
            commitment.standard_id = rule.standard_id
            AND commitment.rule_version = rule.rule_version
            AND commitment.part = rule.part
    LEFT JOIN marts.measured_figures AS figure ON commitment.commitment_id = figure.commitment_id
    LEFT JOIN heard ON commitment.standard_id = heard.standard_id
    WHERE commitment.exclusion_rule IS NULL
)

SELECT
    standard_id AS key,
    '*' AS rule_version,
    count(*) FILTER (WHERE is_decided OR is_overdue) AS evaluated,
    count(*) FILTER (
        WHERE
        (is_decided OR is_overdue)
        AND status IS DISTINCT FROM (CASE WHEN holds THEN 'met' ELSE 'breached' END)
    ) AS unexpected,
    0 AS unjudged
FROM judged
GROUP BY standard_id
