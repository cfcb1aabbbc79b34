-- For each standard, period, rule version and target (target_part is the part whose own it is): how many commitments were due and how many of them do not hold, and both
-- again if everything that is not known went wrong (worst) or well (best). NULL where nothing bounds what is not known.
-- The status is not read: a commitment that no rule took out fails when nothing was measured, or when the measured value
-- is not on the right side of the limit. Not known are
-- * a commitment of a case that a row in doubt names, and of a day that it may count for: it may be either, unless so few
--   rows could not turn its figure; of the days that incidents in doubt bear on as many as these rows are, and none on
--   which more has happened than they may take back;
-- * a commitment whose row says no limit that can be used, from its opening to its fulfilment;
-- * a deadline that was met by an answer dated long before its opening: one of the two dates is wrong;
-- * the commitments that a row in doubt would have made (a row without a readable case may also stand for any other);
-- * what follows from a breach of which the same is not known: as it stands, or one more where there is none;
-- * whatever a silent day decided: at most as many as the largest day of the 13 weeks before, or as the charter declares;
-- * what fell due while its source was silent.
WITH periods (period_kind, first_day, last_day) AS (
    $periods
),

rules (standard_id, rule_version, kind, declared) AS (
    $rules
),

doubted (case_id, standard_id, rule_version, subject_id, department_id, by_day, commitments, first_day, last_day, row_count, may_waive, target_part, moves_due, breaks, mends) AS (
    $doubted
),

-- The parts with a target of their own. All others count towards the one of their rule.
own_targets (standard_id, rule_version, part, target) AS (
    $own_targets
),

silent (standard_id, rule_version, day, units) AS (
    $silent
),

-- Which part promises something of the breach of which other, and so many days after it at most.
follows (broken_standard_id, broken_part, standard_id, rule_version, part, department_id, days_at_most, effective_from, effective_to) AS (
    $follows
),

-- The parts whose figure counts rows, and what it is multiplied with.
counting (standard_id, rule_version, part, scale) AS (
    $counting
),

measured AS (
    SELECT
        commitment.commitment_id,
        commitment.standard_id,
        commitment.rule_version,
        commitment.part,
        own_targets.part AS target_part,
        commitment.subject_id,
        commitment.department_id,
        commitment.opened_at,
        commitment.opened_on,
        commitment.fulfilled_at,
        commitment.decided_on,
        commitment.due_at,
        commitment.due_basis = 'no_limit' AS lacks_limit,
        coalesce(
            CAST(timezone('$zone', timezone('UTC', commitment.due_at - INTERVAL 1 MICROSECOND)) AS DATE),
            CASE
                WHEN commitment.due_basis = 'no_limit' AND commitment.fulfilled_at IS NOT NULL
                    THEN greatest(
                        commitment.opened_on, CAST(timezone('$zone', timezone('UTC', commitment.fulfilled_at)) AS DATE)
                    )
            END,
            DATE '9999-12-31'
        ) AS due_on,
        commitment.exclusion_rule IS NOT NULL AS is_taken_out,
        commitment.decided_at <= $as_of AND commitment.decided_on <= $last_day AS is_decided,
        coalesce(rule.comparison IN ('<=', '<', '>=', '=', 'between', 'within'), FALSE)
        AND commitment.limit_value IS NOT NULL
        AND (rule.comparison <> 'within' OR commitment.lower_limit_value IS NOT NULL) AS can_be_judged,
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
        ) AS holds,
        CASE rule.comparison
            WHEN '>=' THEN commitment.limit_value
            WHEN 'between' THEN rule.limit_least
        END AS lower_limit,
        CASE WHEN rule.comparison IN ('<=', 'between') THEN commitment.limit_value END AS upper_limit,
        figure.numerator,
        coalesce(figure.denominator, 1) AS denominator,
        counting.scale,
        commitment.measured_value
    FROM marts.fct_commitments AS commitment
    LEFT JOIN marts.dim_rule_part AS rule
        ON
            commitment.standard_id = rule.standard_id
            AND commitment.rule_version = rule.rule_version
            AND commitment.part = rule.part
    LEFT JOIN marts.measured_figures AS figure ON commitment.commitment_id = figure.commitment_id
    LEFT JOIN counting
        ON
            commitment.standard_id = counting.standard_id
            AND commitment.rule_version = counting.rule_version
            AND commitment.part = counting.part
    LEFT JOIN own_targets
        ON
            commitment.standard_id = own_targets.standard_id
            AND commitment.rule_version = own_targets.rule_version
            AND commitment.part = own_targets.part
),

known AS (
    SELECT
        standard_id,
        rule_version,
        part,
        target_part,
        decided_on,
        count(*) AS evaluated,
        count(*) FILTER (WHERE can_be_judged AND NOT holds) AS failed,
        count(*) FILTER (WHERE NOT can_be_judged) AS unjudged
    FROM measured
    WHERE is_decided AND NOT is_taken_out
    GROUP BY standard_id, rule_version, part, target_part, decided_on
),

asked AS (
    SELECT
        doubted.case_id,
        doubted.row_count,
        doubted.may_waive,
        CASE
            WHEN NOT coalesce(doubted.moves_due, FALSE) THEN measured.due_on
            WHEN rules.kind = 'lead_time' THEN coalesce(doubted.last_day, DATE '9999-12-31')
            ELSE
                coalesce(
                    CAST(timezone('$zone', timezone('UTC', measured.fulfilled_at)) AS DATE), DATE '9999-12-31'
                )
        END AS moved_to,
        CAST(NULL AS BIGINT) AS breaks,
        CAST(NULL AS BIGINT) AS mends,
        measured.*
    FROM doubted
    INNER JOIN measured
        ON
            doubted.standard_id = measured.standard_id
            AND doubted.rule_version = measured.rule_version
            AND doubted.subject_id = measured.subject_id
            AND (doubted.target_part IS NULL OR measured.part = doubted.target_part)
    LEFT JOIN rules ON measured.standard_id = rules.standard_id AND measured.rule_version = rules.rule_version
    UNION ALL
    SELECT
        doubted.case_id,
        doubted.row_count,
        doubted.may_waive,
        measured.due_on AS moved_to,
        doubted.breaks,
        doubted.mends,
        measured.*
    FROM doubted
    INNER JOIN measured
        ON
            doubted.standard_id = measured.standard_id
            AND doubted.rule_version = measured.rule_version
            AND measured.opened_on <= coalesce(doubted.last_day, DATE '9999-12-31')
            AND measured.due_on >= doubted.first_day
            AND (doubted.department_id IS NULL OR measured.department_id = doubted.department_id)
            AND (doubted.target_part IS NULL OR measured.part = doubted.target_part)
    WHERE doubted.by_day
    UNION ALL
    SELECT
        measured.commitment_id AS case_id,
        0 AS row_count,
        FALSE AS may_waive,
        measured.due_on AS moved_to,
        CAST(NULL AS BIGINT) AS breaks,
        CAST(NULL AS BIGINT) AS mends,
        measured.*
    FROM measured
    INNER JOIN rules ON measured.standard_id = rules.standard_id AND measured.rule_version = rules.rule_version
    WHERE
        rules.kind = 'deadline' AND NOT measured.is_taken_out
        AND (
            (measured.holds AND epoch(measured.opened_at) - epoch(measured.fulfilled_at) > $answer_may_precede)
            OR measured.lacks_limit
        )
),

-- A figure that counts rows, and so many rows that may be wrong, more or fewer: between which ends it lies, and whether
-- both are on the same side of its limits.
swayed AS (
    SELECT
        commitment_id,
        lower_limit,
        upper_limit,
        scale * (numerator - sum(greatest(row_count, 1))) / denominator AS low,
        scale * (numerator + sum(greatest(row_count, 1))) / denominator AS high
    FROM asked
    WHERE scale IS NOT NULL AND is_decided AND NOT is_taken_out
    GROUP BY commitment_id, lower_limit, upper_limit, scale, numerator, denominator
    HAVING NOT bool_or(may_waive)
),

settled AS (
    SELECT commitment_id
    FROM swayed
    WHERE
        (low >= coalesce(lower_limit, low) AND high <= coalesce(upper_limit, high))
        OR high < lower_limit
        OR low > upper_limit
    UNION ALL
    SELECT commitment_id
    FROM asked
    GROUP BY commitment_id, is_taken_out, holds, measured_value, upper_limit
    HAVING
        bool_and(breaks IS NOT NULL)
        AND (is_taken_out OR (NOT holds AND measured_value > upper_limit + sum(mends)))
),

-- When nobody knows how long the limit is or how long the clock stood still, the fulfilment decides at the latest; when
-- nobody knows what a lead time counts back from, the last day that its rows leave possible.
questioned AS (
    SELECT
        asked.*,
        max(greatest(asked.due_on, asked.moved_to)) OVER (PARTITION BY asked.commitment_id) AS latest_on,
        bool_and(asked.breaks IS NOT NULL) OVER (PARTITION BY asked.commitment_id) AS is_by_rows
    FROM asked
    ANTI JOIN settled ON asked.commitment_id = settled.commitment_id
),

-- Commitments that may be breached, or may not be, and those whose end nobody has heard of.
uncertain AS (
    SELECT
        standard_id,
        part,
        subject_id,
        least(opened_on, coalesce(decided_on, opened_on)) AS first_day,
        greatest(latest_on, coalesce(decided_on, latest_on)) AS last_day
    FROM questioned
    -- a decision to take it out makes no breach of what was kept
    WHERE NOT (may_waive AND holds AND NOT is_taken_out)
    UNION ALL
    SELECT
        standard_id,
        part,
        subject_id,
        due_on AS first_day,
        due_on AS last_day
    FROM measured
    WHERE decided_on IS NULL AND NOT is_taken_out AND due_at <= $as_of
),

owed AS (
    SELECT
        concat(follows.standard_id, '/', follows.part, '/', uncertain.subject_id) AS commitment_id,
        follows.standard_id,
        follows.rule_version,
        follows.part,
        uncertain.subject_id,
        min(uncertain.first_day) AS first_day,
        max(
            CASE
                WHEN follows.days_at_most IS NULL OR uncertain.last_day = DATE '9999-12-31' THEN DATE '9999-12-31'
                ELSE uncertain.last_day + CAST(follows.days_at_most AS INTEGER)
            END
        ) AS last_day,
        follows.effective_from,
        follows.effective_to
    FROM uncertain
    INNER JOIN follows
        ON uncertain.standard_id = follows.broken_standard_id AND uncertain.part = follows.broken_part
    GROUP BY
        follows.standard_id, follows.part, uncertain.subject_id, follows.rule_version, follows.effective_from,
        follows.effective_to
),

-- In doubt for their breach alone: those of the ledger, and one more where a row in doubt does not add it already.
followed AS (
    SELECT
        owed.standard_id,
        owed.rule_version,
        own_targets.part AS target_part,
        least(owed.first_day, coalesce(there.opened_on, owed.first_day)) AS first_day,
        greatest(owed.last_day, coalesce(there.decided_on, owed.last_day)) AS last_day,
        CASE WHEN there.is_decided AND NOT there.is_taken_out THEN there.decided_on END AS counts_on,
        coalesce(there.holds, FALSE) AS holds
    FROM owed
    LEFT JOIN measured AS there ON owed.commitment_id = there.commitment_id
    LEFT JOIN own_targets
        ON
            owed.standard_id = own_targets.standard_id
            AND owed.rule_version = own_targets.rule_version
            AND owed.part = own_targets.part
    ANTI JOIN questioned ON owed.commitment_id = questioned.commitment_id
    WHERE
        coalesce(there.rule_version, owed.rule_version) = owed.rule_version
        AND owed.last_day >= owed.effective_from
        AND (owed.effective_to IS NULL OR owed.first_day <= owed.effective_to)
        AND (
            there.commitment_id IS NOT NULL
            OR NOT EXISTS (
                SELECT 1
                FROM doubted
                WHERE
                    doubted.standard_id = owed.standard_id
                    AND doubted.rule_version = owed.rule_version
                    AND doubted.subject_id = owed.subject_id
                    AND doubted.target_part IS NOT DISTINCT FROM own_targets.part
                    AND doubted.commitments > 0
            )
        )
),

-- From here on one row for each thing that may bear on a period, with the days on which it may have been decided.
facts AS (
    SELECT
        standard_id,
        rule_version,
        target_part,
        decided_on AS first_day,
        decided_on AS last_day,
        decided_on AS counts_on,
        evaluated,
        failed,
        unjudged,
        0 AS held_in_doubt,
        0 AS failed_in_doubt,
        0 AS beside,
        0 AS anything
    FROM known
    UNION ALL
    -- decided in the period it is in doubt there; in any other period that it may belong to, it is one more
    SELECT DISTINCT ON (commitment_id)
        standard_id,
        rule_version,
        target_part,
        least(opened_on, coalesce(decided_on, opened_on)) AS first_day,
        greatest(latest_on, coalesce(decided_on, latest_on)) AS last_day,
        CASE WHEN is_decided AND NOT is_taken_out THEN decided_on END AS counts_on,
        0 AS evaluated,
        0 AS failed,
        0 AS unjudged,
        CAST(holds AS INTEGER) AS held_in_doubt,
        CAST(NOT holds AS INTEGER) AS failed_in_doubt,
        1 AS beside,
        0 AS anything
    FROM questioned
    WHERE NOT is_by_rows
    UNION ALL
    SELECT
        standard_id,
        rule_version,
        target_part,
        first_day,
        last_day,
        counts_on,
        0 AS evaluated,
        0 AS failed,
        0 AS unjudged,
        CAST(holds AS INTEGER) AS held_in_doubt,
        CAST(NOT holds AS INTEGER) AS failed_in_doubt,
        1 AS beside,
        0 AS anything
    FROM followed
    UNION ALL
    SELECT
        doubted.standard_id,
        doubted.rule_version,
        doubted.target_part,
        doubted.first_day,
        coalesce(doubted.last_day, DATE '9999-12-31') AS last_day,
        CAST(NULL AS DATE) AS counts_on,
        0 AS evaluated,
        0 AS failed,
        0 AS unjudged,
        0 AS held_in_doubt,
        0 AS failed_in_doubt,
        CASE
            WHEN doubted.subject_id IS NULL THEN 0
            ELSE greatest(
                doubted.commitments
                - (
                    SELECT count(*)
                    FROM questioned
                    WHERE
                        questioned.case_id = doubted.case_id
                        AND questioned.standard_id = doubted.standard_id
                        AND questioned.rule_version = doubted.rule_version
                        AND questioned.target_part IS NOT DISTINCT FROM doubted.target_part
                ),
                0
            )
        END AS beside,
        CASE WHEN doubted.subject_id IS NULL THEN doubted.commitments ELSE 0 END AS anything
    FROM doubted
    UNION ALL
    SELECT
        measured.standard_id,
        measured.rule_version,
        measured.target_part,
        measured.due_on AS first_day,
        measured.due_on AS last_day,
        CAST(NULL AS DATE) AS counts_on,
        0 AS evaluated,
        0 AS failed,
        0 AS unjudged,
        0 AS held_in_doubt,
        0 AS failed_in_doubt,
        1 AS beside,
        0 AS anything
    FROM measured
    INNER JOIN rules ON measured.standard_id = rules.standard_id AND measured.rule_version = rules.rule_version
    WHERE
        measured.decided_on IS NULL AND NOT measured.is_taken_out
        AND measured.due_at <= $as_of AND rules.kind <> 'occurrence'
),

silent_targets AS (
    SELECT
        silent.*,
        own_targets.part AS target_part
    FROM silent
    LEFT JOIN own_targets
        ON silent.standard_id = own_targets.standard_id AND silent.rule_version = own_targets.rule_version
),

largest_days AS (
    SELECT
        silent.standard_id,
        silent.rule_version,
        silent.target_part,
        silent.day,
        max(days.evaluated) AS largest
    FROM silent_targets AS silent
    INNER JOIN (
        SELECT
            standard_id,
            CAST(NULL AS VARCHAR) AS target_part,
            decided_on,
            sum(evaluated) AS evaluated
        FROM known
        GROUP BY standard_id, decided_on
        UNION ALL
        SELECT
            standard_id,
            part AS target_part,
            decided_on,
            sum(evaluated) AS evaluated
        FROM known
        GROUP BY standard_id, part, decided_on
    ) AS days
        ON
            silent.standard_id = days.standard_id
            AND silent.target_part IS NOT DISTINCT FROM days.target_part
            AND days.decided_on BETWEEN silent.day - 91 AND silent.day - 1
    GROUP BY silent.standard_id, silent.rule_version, silent.target_part, silent.day
),

-- How many commitments each silent day may have decided: NULL where nothing says so.
silent_days AS (
    SELECT
        silent.standard_id,
        silent.rule_version,
        silent.target_part,
        silent.day,
        CAST(silent.day AS VARCHAR) AS unit,
        CASE
            WHEN silent.units IS NOT NULL THEN silent.units
            WHEN largest_days.largest IS NULL THEN of_rule.declared
            WHEN of_rule.declared IS NULL THEN largest_days.largest
            ELSE least(largest_days.largest, of_rule.declared)
        END AS at_most
    FROM silent_targets AS silent
    INNER JOIN rules AS of_rule
        ON silent.standard_id = of_rule.standard_id AND silent.rule_version = of_rule.rule_version
    LEFT JOIN largest_days
        ON
            silent.standard_id = largest_days.standard_id
            AND silent.rule_version = largest_days.rule_version
            AND silent.target_part IS NOT DISTINCT FROM largest_days.target_part
            AND silent.day = largest_days.day
    WHERE of_rule.kind <> 'occurrence'
    UNION ALL
    SELECT
        measured.standard_id,
        measured.rule_version,
        measured.target_part,
        silent.day,
        measured.commitment_id AS unit,
        1 AS at_most
    FROM silent
    INNER JOIN rules AS of_rule
        ON silent.standard_id = of_rule.standard_id AND silent.rule_version = of_rule.rule_version
    INNER JOIN measured
        ON
            silent.standard_id = measured.standard_id
            AND silent.rule_version = measured.rule_version
            AND silent.day BETWEEN measured.opened_on AND measured.due_on
    WHERE of_rule.kind = 'occurrence' AND measured.decided_on IS NULL AND NOT measured.is_taken_out
),

silences AS (
    SELECT DISTINCT
        periods.period_kind,
        periods.first_day,
        silent_days.standard_id,
        silent_days.rule_version,
        silent_days.target_part,
        silent_days.unit,
        silent_days.at_most
    FROM periods
    INNER JOIN silent_days ON silent_days.day BETWEEN periods.first_day AND periods.last_day
),

-- Each row in doubt may be an incident of one of these days, whichever.
incidents AS (
    SELECT
        periods.period_kind,
        periods.first_day,
        questioned.standard_id,
        questioned.rule_version,
        questioned.target_part,
        questioned.holds,
        questioned.case_id,
        CASE WHEN questioned.holds THEN max(questioned.breaks) ELSE max(questioned.mends) END AS days_at_most,
        list(questioned.commitment_id) FILTER (WHERE questioned.is_by_rows) AS days
    FROM periods
    INNER JOIN questioned ON questioned.decided_on BETWEEN periods.first_day AND periods.last_day
    WHERE questioned.breaks IS NOT NULL
    GROUP BY
        periods.period_kind, periods.first_day, questioned.standard_id, questioned.rule_version,
        questioned.target_part, questioned.holds, questioned.case_id
),

turned AS (
    SELECT
        period_kind,
        first_day,
        standard_id,
        rule_version,
        target_part,
        holds,
        least(coalesce(len(list_distinct(flatten(list(days)))), 0), sum(days_at_most)) AS days
    FROM incidents
    GROUP BY period_kind, first_day, standard_id, rule_version, target_part, holds
),

summed AS (
    SELECT
        period_kind,
        first_day,
        standard_id,
        rule_version,
        target_part,
        sum(evaluated) AS evaluated,
        sum(failed) AS failed,
        sum(unjudged) AS unjudged,
        sum(held_in_doubt) AS held_in_doubt,
        sum(failed_in_doubt) AS failed_in_doubt,
        sum(beside) AS beside,
        sum(anything) AS anything,
        bool_or(is_unbounded) AS is_unbounded
    FROM (
        SELECT
            periods.period_kind,
            periods.first_day,
            facts.standard_id,
            facts.rule_version,
            facts.target_part,
            facts.evaluated,
            facts.failed,
            facts.unjudged,
            CASE
                WHEN facts.counts_on BETWEEN periods.first_day AND periods.last_day THEN facts.held_in_doubt ELSE 0
            END AS held_in_doubt,
            CASE
                WHEN facts.counts_on BETWEEN periods.first_day AND periods.last_day THEN facts.failed_in_doubt ELSE 0
            END AS failed_in_doubt,
            CASE WHEN facts.counts_on BETWEEN periods.first_day AND periods.last_day THEN 0 ELSE facts.beside END
                AS beside,
            facts.anything,
            FALSE AS is_unbounded
        FROM periods
        INNER JOIN facts ON periods.last_day >= facts.first_day AND periods.first_day <= facts.last_day
        UNION ALL
        SELECT
            period_kind,
            first_day,
            standard_id,
            rule_version,
            target_part,
            0 AS evaluated,
            0 AS failed,
            0 AS unjudged,
            0 AS held_in_doubt,
            0 AS failed_in_doubt,
            coalesce(at_most, 0) AS beside,
            0 AS anything,
            at_most IS NULL AS is_unbounded
        FROM silences
        UNION ALL
        SELECT
            period_kind,
            first_day,
            standard_id,
            rule_version,
            target_part,
            0 AS evaluated,
            0 AS failed,
            0 AS unjudged,
            CASE WHEN holds THEN days ELSE 0 END AS held_in_doubt,
            CASE WHEN holds THEN 0 ELSE days END AS failed_in_doubt,
            0 AS beside,
            0 AS anything,
            FALSE AS is_unbounded
        FROM turned
    )
    GROUP BY period_kind, first_day, standard_id, rule_version, target_part
)

SELECT
    period_kind,
    first_day,
    standard_id,
    rule_version,
    target_part,
    evaluated,
    failed,
    unjudged,
    CASE WHEN NOT is_unbounded THEN evaluated + beside + greatest(anything - (evaluated - failed - held_in_doubt), 0) END
        AS worst_evaluated,
    CASE WHEN NOT is_unbounded THEN failed + held_in_doubt + beside + anything END AS worst_failed,
    CASE WHEN NOT is_unbounded THEN evaluated + beside + greatest(anything - (failed - failed_in_doubt), 0) END
        AS best_evaluated,
    greatest(failed - failed_in_doubt - anything, 0) AS best_failed
FROM summed
