"""Waivers, the one table that the engine itself always has: decisions that a standard does not apply for a time.

An agency may feed it, or not; it need not declare it.
"""

from __future__ import annotations

from typing import Literal

from charter.definitions.actions import TABLES
from charter.definitions.models import Feed, Freshness, LeftOut, Source, Subject, SubjectColumn, Words

WAIVERS = "waivers"
# Whom a waiver is for, and how it says that it is for all of them. An empty cell says nothing: a slip would excuse all,
# or answer for all.
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


# The register that ``charter waive`` writes: one line a record, of which a waiver has two or three.
REGISTER = "waiver-register"
REGISTER_FILE = "register.csv"
PROPOSED: Literal["proposed"] = "proposed"
APPROVED: Literal["approved"] = "approved"
WITHDRAWN: Literal["withdrawn"] = "withdrawn"
_WAIVER_OF_RECORDS = f"""
SELECT
    waiver AS waiver_id,
    max(standard) AS standard_id,
    max(department) AS department_id,
    max(subject) AS subject_id,
    max(from_on) AS from_on,
    max(to_on) AS to_on,
    max(CASE WHEN action = '{PROPOSED}' THEN reason END) AS reason,
    max(CASE WHEN action = '{APPROVED}' THEN role END) AS approver,
    max(CASE WHEN action = '{APPROVED}' THEN recorded_at END) AS decided_at,
    CASE WHEN bool_or(action = '{WITHDRAWN}') THEN '{WITHDRAWN}' ELSE 'standing' END AS standing,
    max(CASE WHEN action = '{APPROVED}' THEN _line END) AS _line,
    list(_row) AS _rows
FROM arrived
GROUP BY waiver
"""
_NOT_APPROVED = f"waiver NOT IN (SELECT waiver FROM arrived WHERE action = '{APPROVED}')"


def register_source() -> Source:
    """The register as a source like any other. A night sees what had been recorded by its as-of, and no more: a record
    made later waits for its own night. A waiver that nobody has approved is left out, and one that was withdrawn is
    deleted."""
    return Source(
        id=REGISTER,
        text=Words({"en": "Register of waivers", "ko": "적용 제외 결정 대장", "de": "Verzeichnis der Ausnahmen"}),
        kind="csv",
        connection=REGISTER,
        time_zone="UTC",
        freshness=Freshness(expect="each_night"),
        feeds=[
            Feed(
                table=WAIVERS,
                path=REGISTER_FILE,
                full=True,
                recorded_at="recorded_at",
                in_order=[["from_on", "to_on"]],
                arrived_sql=_WAIVER_OF_RECORDS,
                left_out=[
                    LeftOut(
                        where=_NOT_APPROVED,
                        because=Words(
                            {"en": "not approved", "ko": "승인되지 않음", "de": "nicht genehmigt"},
                        ),
                    )
                ],
                deleted_when={"standing": [WITHDRAWN]},
                columns={name: name for name in TABLE.columns},
            )
        ],
    )


def names_whom(table: str) -> tuple[str, ...]:
    """The columns of the table that say whom a decision or an entry is for; none in tables of other kinds."""
    if table == WAIVERS:
        return NAMES_WHOM
    return NAMES_WHOM[:1] if table in TABLES else ()


def says_whom(table: str, column: str) -> bool:
    """Whether the column of the table says whom a waiver, an action or a comment is for."""
    return column in names_whom(table)
