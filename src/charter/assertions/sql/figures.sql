-- For each standard whose figures follow from one landed table: the figure of a decided commitment is the one that its
-- rows give when they are read from the lake anew, to the millionth.
WITH taken_again (commitment_id, figure) AS (
    $figures
),

judged AS (
    SELECT
        commitment.standard_id,
        coalesce(
            abs(commitment.measured_value - taken_again.figure) <= 0.000001 * greatest(abs(taken_again.figure), 1),
            commitment.measured_value IS NULL AND taken_again.figure IS NULL
        ) AS agrees
    FROM taken_again
    INNER JOIN marts.fct_commitments AS commitment ON taken_again.commitment_id = commitment.commitment_id
    WHERE commitment.decided_at IS NOT NULL AND commitment.due_at <= $as_of
)

SELECT
    standard_id AS key,
    '*' AS rule_version,
    count(*) AS evaluated,
    count(*) FILTER (WHERE NOT agrees) AS unexpected,
    0 AS unjudged
FROM judged
GROUP BY standard_id
