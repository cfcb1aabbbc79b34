-- For each standard whose parts have targets of their own: every row of the whole agency in marts.target_results is what
-- the measured values give, by bounds.sql: its counts and their two ends, its rates, the charter's target, and whether that
-- is kept, broken or neither. What bounds.sql counts and the table lacks does not hold either.
WITH silent (standard_id, rule_version, day, units) AS (
    $silent
),

own_targets (standard_id, rule_version, part, target) AS (
    $own_targets
),

bounds AS (
    $bounds
),

judged AS (
    SELECT
        bounds.*,
        -- A decimal: 0.55 of 100 is 55, which as floating numbers it is not.
        CAST(own_targets.target AS DECIMAL(9, 6)) AS target
    FROM bounds
    INNER JOIN own_targets
        ON
            bounds.standard_id = own_targets.standard_id
            AND bounds.rule_version = own_targets.rule_version
            AND bounds.target_part = own_targets.part
),

mart AS (
    SELECT *
    FROM marts.target_results
    WHERE department_id IS NULL
),

compared AS (
    SELECT
        coalesce(mart.standard_id, judged.standard_id) AS standard_id,
        mart.met = coalesce(judged.evaluated - judged.failed, 0)
        AND mart.breached = coalesce(judged.failed, 0)
        AND mart.rate IS NOT DISTINCT FROM mart.met / nullif(mart.met + mart.breached, 0)
        AND mart.met_at_least IS NOT DISTINCT FROM coalesce(
            judged.worst_evaluated - judged.worst_failed,
            CASE WHEN judged.standard_id IS NULL THEN 0 ELSE mart.met_at_least END
        )
        AND mart.breached_at_most IS NOT DISTINCT FROM CASE WHEN judged.standard_id IS NULL THEN 0 ELSE judged.worst_failed END
        AND mart.met_at_most IS NOT DISTINCT FROM CASE
            WHEN judged.standard_id IS NULL THEN 0
            ELSE judged.best_evaluated - judged.best_failed
        END
        AND mart.breached_at_least = coalesce(judged.best_failed, 0)
        AND mart.rate_at_least IS NOT DISTINCT FROM mart.met_at_least / nullif(mart.met_at_least + mart.breached_at_most, 0)
        AND mart.rate_at_most IS NOT DISTINCT FROM mart.met_at_most / nullif(mart.met_at_most + mart.breached_at_least, 0)
        AND mart.target = own_targets.target
        AND mart.result = CASE
            WHEN judged.best_evaluated IS NULL AND judged.target = 1 AND judged.best_failed > 0 THEN 'broken'
            WHEN judged.best_evaluated - judged.best_failed < judged.target * judged.best_evaluated THEN 'broken'
            WHEN judged.standard_id IS NOT NULL AND judged.worst_evaluated IS NULL THEN 'no_data'
            WHEN judged.worst_evaluated - judged.worst_failed < judged.target * judged.worst_evaluated THEN 'no_data'
            WHEN judged.evaluated > 0 THEN 'kept'
            WHEN
                EXISTS (
                    SELECT 1
                    FROM silent
                    WHERE
                        silent.standard_id = mart.standard_id
                        AND silent.rule_version = mart.rule_version
                        AND silent.day BETWEEN mart.period_start AND mart.period_end
                )
                THEN 'no_data'
            ELSE 'nothing_due'
        END AS holds
    FROM mart
    FULL JOIN judged
        ON
            mart.standard_id = judged.standard_id
            AND mart.rule_version = judged.rule_version
            AND mart.part = judged.target_part
            AND mart.period_kind = judged.period_kind
            AND mart.period_start = judged.first_day
    LEFT JOIN own_targets
        ON
            mart.standard_id = own_targets.standard_id
            AND mart.rule_version = own_targets.rule_version
            AND mart.part = own_targets.part
)

SELECT
    standard_id AS key,
    '*' AS rule_version,
    count(*) AS evaluated,
    count(*) FILTER (WHERE holds IS DISTINCT FROM TRUE) AS unexpected,
    0 AS unjudged
FROM compared
GROUP BY standard_id
