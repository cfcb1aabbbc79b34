"""The one table that the engine itself asks for: decisions that a standard does not apply for a time.

An agency may feed it, or not; it need not declare it.
"""

from __future__ import annotations

from charter.definitions.models import Subject, SubjectColumn

WAIVERS = "waivers"
# Whom a waiver is for, and how it says that it is for all of them. An empty cell says nothing: a slip would excuse all.
NAMES_WHOM = ("department_id", "subject_id")
ALL = "*"
SAYS_NOT_WHOM = f"is empty: name one, or write {ALL} for all"

TABLE = Subject(
    model="stg_waivers",
    text="Decisions that a standard does not apply for a time, with reason and approver",
    key="waiver_id",
    columns={
        "waiver_id": SubjectColumn(type="text", required=True, text="Number of the decision."),
        "standard_id": SubjectColumn(type="text", required=True, text="Standard that is waived."),
        "department_id": SubjectColumn(
            type="department", text="Department it is waived for; NULL is all (its source says *)."
        ),
        "subject_id": SubjectColumn(type="text", text="Subject it is waived for; NULL is all (its source says *)."),
        "from_on": SubjectColumn(type="date", required=True, text="First opening day that is waived."),
        "to_on": SubjectColumn(type="date", required=True, text="Last opening day that is waived."),
        "reason": SubjectColumn(type="text", required=True, text="Reason on record."),
        "approver": SubjectColumn(type="text", required=True, text="Who approved it."),
        "decided_at": SubjectColumn(type="instant", required=True, text="When it was decided, UTC."),
    },
)


def says_whom(table: str, column: str) -> bool:
    """Whether the column of the table says whom a waiver is for."""
    return table == WAIVERS and column in NAMES_WHOM
