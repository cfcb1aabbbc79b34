-- For each landed table: the rows of each source, counted in the lake itself, are those that have a fate, and none of them falls
-- under a rule without a commitment.
WITH on_hand AS (
    $landed
),

fates AS (
    SELECT
        table_name,
        source_id,
        sum(row_count) AS row_count,
        sum(row_count) FILTER (WHERE fate = 'unjudged') AS unjudged
    FROM marts.row_fates
    GROUP BY table_name, source_id
),

compared AS (
    SELECT
        table_name,
        coalesce(on_hand.row_count, 0) AS landed,
        abs(coalesce(on_hand.row_count, 0) - coalesce(fates.row_count, 0)) + coalesce(fates.unjudged, 0) AS without_fate
    FROM on_hand
    FULL OUTER JOIN fates USING (table_name, source_id)
)

SELECT
    table_name AS key,
    '*' AS rule_version,
    sum(landed) AS evaluated,
    sum(without_fate) AS unexpected,
    0 AS unjudged
FROM compared
GROUP BY table_name
