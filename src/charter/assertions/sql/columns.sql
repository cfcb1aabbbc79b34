-- What must be true of every column of the commitments by itself, in one pass over them. Of a column that must hold known
-- values only the filled ones are looked at. An id is read twice only if another one has its hash.
WITH standards (standard_id) AS (
    VALUES
        $standards
),

departments (department_id) AS (
    VALUES
        $departments
),

counted AS (
    SELECT
        count(*) AS commitments,
        count(commitment_id) AS with_id,
        count(standard_id) AS with_standard,
        count(department_id) AS with_department,
        count(status) AS with_status,
        count(*) FILTER (WHERE standard_id NOT IN (SELECT standard_id FROM standards)) AS unknown_standard,
        count(*) FILTER (WHERE department_id NOT IN (SELECT department_id FROM departments)) AS unknown_department,
        count(*) FILTER (WHERE status NOT IN ('met', 'breached', 'pending', 'excluded')) AS unknown_status
    FROM marts.fct_commitments
),

shared_hashes AS (
    SELECT hash(commitment_id) AS id_hash
    FROM marts.fct_commitments
    WHERE commitment_id IS NOT NULL
    GROUP BY id_hash
    HAVING count(*) > 1
),

shared_ids AS (
    SELECT count(*) AS commitments
    FROM marts.fct_commitments
    WHERE hash(commitment_id) IN (SELECT id_hash FROM shared_hashes)
    GROUP BY commitment_id
    HAVING count(*) > 1 AND commitment_id IS NOT NULL
),

checks AS (
    SELECT
        'commitment_id/unique' AS key,
        with_id AS evaluated,
        (SELECT coalesce(sum(shared_ids.commitments), 0) FROM shared_ids) AS unexpected
    FROM counted
    UNION ALL
    SELECT
        'commitment_id/not_null' AS key,
        commitments AS evaluated,
        commitments - with_id AS unexpected
    FROM counted
    UNION ALL
    SELECT
        'standard_id/not_null' AS key,
        commitments AS evaluated,
        commitments - with_standard AS unexpected
    FROM counted
    UNION ALL
    SELECT
        'standard_id/in_set' AS key,
        with_standard AS evaluated,
        unknown_standard AS unexpected
    FROM counted
    UNION ALL
    SELECT
        'department_id/not_null' AS key,
        commitments AS evaluated,
        commitments - with_department AS unexpected
    FROM counted
    UNION ALL
    SELECT
        'department_id/in_set' AS key,
        with_department AS evaluated,
        unknown_department AS unexpected
    FROM counted
    UNION ALL
    SELECT
        'status/not_null' AS key,
        commitments AS evaluated,
        commitments - with_status AS unexpected
    FROM counted
    UNION ALL
    SELECT
        'status/in_set' AS key,
        with_status AS evaluated,
        unknown_status AS unexpected
    FROM counted
)

SELECT
    key,
    '*' AS rule_version,
    evaluated,
    unexpected,
    0 AS unjudged
FROM checks
