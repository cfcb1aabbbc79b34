-- For each standard: every result of the whole agency is what the measured values give. Its met, breached and excluded
-- are a recount of the commitments decided in its period; its two ends, and whether it is kept, broken or neither, are
-- those of bounds.sql, by each target of each version of the rule. What is kept, and what was due, has no silent day that
-- decided nothing.
WITH decided AS (
    SELECT
        standard_id,
        decided_on,
        count(*) FILTER (WHERE status = 'met') AS met,
        count(*) FILTER (WHERE status = 'breached') AS breached,
        count(*) FILTER (WHERE status = 'excluded') AS excluded
    FROM marts.fct_commitments
    WHERE decided_on <= $last_day
    GROUP BY standard_id, decided_on
),

silent (standard_id, rule_version, day, units) AS (
    $silent
),

own_targets (standard_id, rule_version, part, target) AS (
    $own_targets
),

recounted AS (
    SELECT
        result.standard_id,
        result.period_kind,
        result.period_start,
        coalesce(sum(decided.met), 0) AS met,
        coalesce(sum(decided.breached), 0) AS breached,
        coalesce(sum(decided.excluded), 0) AS excluded
    FROM marts.standard_results AS result
    LEFT JOIN decided
        ON
            result.standard_id = decided.standard_id
            AND decided.decided_on BETWEEN result.period_start AND result.period_end
    WHERE result.department_id IS NULL AND result.period_start <= $last_day
    GROUP BY ALL
),

bounds AS (
    $bounds
),

held_against_targets AS (
    SELECT
        bounds.*,
        -- A decimal: 0.55 of 100 is 55, which as floating numbers it is not.
        CAST(coalesce(own_targets.target, standard.target) AS DECIMAL(9, 6)) AS target
    FROM bounds
    LEFT JOIN marts.dim_standard AS standard
        ON bounds.standard_id = standard.standard_id AND bounds.rule_version = standard.rule_version
    LEFT JOIN own_targets
        ON
            bounds.standard_id = own_targets.standard_id
            AND bounds.rule_version = own_targets.rule_version
            AND bounds.target_part = own_targets.part
),

judged AS (
    SELECT
        standard_id,
        period_kind,
        first_day AS period_start,
        sum(evaluated) AS evaluated,
        sum(worst_evaluated - worst_failed) AS met_at_least,
        sum(worst_failed) AS breached_at_most,
        sum(best_evaluated - best_failed) AS met_at_most,
        sum(best_failed) AS breached_at_least,
        bool_or(worst_evaluated IS NULL) AS is_unbounded,
        bool_and(coalesce(worst_evaluated - worst_failed >= target * worst_evaluated, FALSE)) AS is_kept,
        bool_or(
            CASE
                WHEN best_evaluated IS NULL THEN target = 1 AND best_failed > 0
                ELSE best_evaluated - best_failed < target * best_evaluated
            END
        ) AS is_broken
    FROM held_against_targets
    GROUP BY standard_id, period_kind, first_day
),

compared AS (
    SELECT
        result.standard_id,
        coalesce(result.met, 0) = recounted.met
        AND coalesce(result.breached, 0) = recounted.breached
        AND coalesce(result.excluded, 0) = recounted.excluded
        AND (
            coalesce(judged.is_unbounded, FALSE)
            OR (
                result.met_at_least = coalesce(judged.met_at_least, 0)
                AND result.breached_at_most = coalesce(judged.breached_at_most, 0)
                AND result.met_at_most = coalesce(judged.met_at_most, 0)
                AND result.breached_at_least = coalesce(judged.breached_at_least, 0)
            )
        )
        AND result.result = CASE
            WHEN judged.is_broken THEN 'broken'
            WHEN NOT judged.is_kept THEN 'no_data'
            WHEN judged.evaluated > 0 THEN 'kept'
            WHEN
                EXISTS (
                    SELECT 1
                    FROM silent
                    WHERE
                        silent.standard_id = result.standard_id
                        AND silent.day BETWEEN result.period_start AND result.period_end
                )
                THEN 'no_data'
            ELSE 'nothing_due'
        END AS holds
    FROM marts.standard_results AS result
    INNER JOIN recounted
        ON
            result.standard_id = recounted.standard_id
            AND result.period_kind = recounted.period_kind
            AND result.period_start = recounted.period_start
    LEFT JOIN judged
        ON
            result.standard_id = judged.standard_id
            AND result.period_kind = judged.period_kind
            AND result.period_start = judged.period_start
    WHERE result.department_id IS NULL
)

SELECT
    standard_id AS key,
    '*' AS rule_version,
    count(*) AS evaluated,
    count(*) FILTER (WHERE holds IS DISTINCT FROM TRUE) AS unexpected,
    0 AS unjudged
FROM compared
GROUP BY standard_id
