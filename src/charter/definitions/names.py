"""Names that a charter folder can't give: they mean something else in the SQL and among the models of the engine."""

from __future__ import annotations

# A table's name before it makes a name of every other word of SQL (``ticket.order``), but not of this one.
SQL_WORDS = frozenset({"not"})

# What every row of a table has beside its own columns.
COLUMNS_OF_EVERY_ROW = frozenset({"source_id", "known_at", "origin"})

# The engine's own models, of which a folder's table can't be one.
ENGINE_MODELS = frozenset(
    [
        "actions",
        "commitments_by_day",
        "commitments_coverage",
        "commitments_deadline",
        "commitments_judged",
        "commitments_lead_time",
        "commitments_level",
        "commitments_measure",
        "commitments_occurrence",
        "commitments_tonight",
        "commitments_zero",
        "companion_weekly",
        "compliance_daily",
        "compliance_weekly",
        "dim_department",
        "dim_exclusion",
        "dim_rule_part",
        "dim_standard",
        "due_calendar",
        "due_elapsed",
        "fct_commitments",
        "int_covered_days",
        "int_horizons",
        "int_level_items",
        "int_ownership",
        "int_row_fates",
        "int_waivers",
        "measured_figures",
        "ownership",
        "period_comments",
        "restatements",
        "result_added",
        "result_awaited",
        "result_bounds",
        "result_doubted",
        "result_follows",
        "result_in_doubt",
        "result_missing",
        "result_periods",
        "result_unknown",
        "row_fates",
        "run",
        "source_status",
        "standard_results",
        "subjects_companions",
        "subjects_coverage",
        "subjects_deadline",
        "subjects_evidence",
        "subjects_exclusions",
        "subjects_lead_time",
        "subjects_level",
        "subjects_measure",
        "subjects_occurrence",
        "subjects_pauses",
        "subjects_zero",
        "target_results",
        "unread_entries",
        "waivers",
    ]
)
