"""The one table that the engine itself asks for: decisions that a standard does not apply for a time.

An agency may feed it, or not; it need not declare it.
"""

from __future__ import annotations

from charter.definitions.models import Subject, SubjectColumn

WAIVERS = "waivers"

TABLE = Subject(
    model="stg_waivers",
    text="Decisions that a standard does not apply for a time, with reason and approver",
    key="waiver_id",
    columns={
        "waiver_id": SubjectColumn(type="text", required=True, text="Number of the decision."),
        "standard_id": SubjectColumn(type="text", required=True, text="Standard that is waived."),
        "department_id": SubjectColumn(type="department", text="Department it is waived for; NULL is all."),
        "subject_id": SubjectColumn(type="text", text="Subject it is waived for; NULL is all."),
        "from_on": SubjectColumn(type="date", required=True, text="First opening day that is waived."),
        "to_on": SubjectColumn(type="date", required=True, text="Last opening day that is waived."),
        "reason": SubjectColumn(type="text", required=True, text="Reason on record."),
        "approver": SubjectColumn(type="text", required=True, text="Who approved it."),
        "decided_at": SubjectColumn(type="instant", required=True, text="When it was decided, UTC."),
    },
)
