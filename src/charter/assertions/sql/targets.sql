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

told AS (
    SELECT *
    FROM marts.target_results
    WHERE department_id IS NULL
),

compared AS (
    SELECT
        coalesce(told.standard_id, judged.standard_id) AS standard_id,
        told.met = coalesce(judged.evaluated - judged.failed, 0)
        AND told.breached = coalesce(judged.failed, 0)
        AND told.rate IS NOT DISTINCT FROM told.met / nullif(told.met + told.breached, 0)
        AND told.met_at_least IS NOT DISTINCT FROM coalesce(
            judged.worst_evaluated - judged.worst_failed,
            CASE WHEN judged.standard_id IS NULL THEN 0 ELSE told.met_at_least END
        )
        AND told.breached_at_most IS NOT DISTINCT FROM CASE WHEN judged.standard_id IS NULL THEN 0 ELSE judged.worst_failed END
        AND told.met_at_most IS NOT DISTINCT FROM CASE
            WHEN judged.standard_id IS NULL THEN 0
            ELSE judged.best_evaluated - judged.best_failed
        END
        AND told.breached_at_least = coalesce(judged.best_failed, 0)
        AND told.rate_at_least IS NOT DISTINCT FROM told.met_at_least / nullif(told.met_at_least + told.breached_at_most, 0)
        AND told.rate_at_most IS NOT DISTINCT FROM told.met_at_most / nullif(told.met_at_most + told.breached_at_least, 0)
        AND told.target = own_targets.target
        AND told.result = CASE
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
                        silent.standard_id = told.standard_id
                        AND silent.rule_version = told.rule_version
                        AND silent.day BETWEEN told.period_start AND told.period_end
                )
                THEN 'no_data'
            ELSE 'nothing_due'
        END AS holds
    FROM told
    FULL JOIN judged
        ON
            told.standard_id = judged.standard_id
            AND told.rule_version = judged.rule_version
            AND told.part = judged.target_part
            AND told.period_kind = judged.period_kind
            AND told.period_start = judged.first_day
    LEFT JOIN own_targets
        ON
            told.standard_id = own_targets.standard_id
            AND told.rule_version = own_targets.rule_version
            AND told.part = own_targets.part
)

SELECT
    standard_id AS key,
    '*' AS rule_version,
    count(*) AS evaluated,
    count(*) FILTER (WHERE holds IS DISTINCT FROM TRUE) AS unexpected,
    0 AS unjudged
FROM compared
GROUP BY standard_id
