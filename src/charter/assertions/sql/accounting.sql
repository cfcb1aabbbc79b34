-- For each standard: its commitments are the met, the breached, the pending and the excluded, and nothing else.
SELECT
    standard_id AS key,
    '*' AS rule_version,
    count(*) AS evaluated,
    abs(
        count(*)
        - count(*) FILTER (WHERE status = 'met')
        - count(*) FILTER (WHERE status = 'breached')
        - count(*) FILTER (WHERE status = 'pending')
        - count(*) FILTER (WHERE status = 'excluded')
    ) AS unexpected,
    0 AS unjudged
FROM marts.fct_commitments
GROUP BY standard_id
