"""The two tables from breach to mending: what is done about broken standards, and what their owners say of a period.

An agency feeds them from whatever source it likes, or not at all. They are there as soon as ``sources.yaml`` feeds
them; it need not declare them.
"""

from __future__ import annotations

from charter.definitions.models import Subject, SubjectColumn

ACTIONS = "actions"
COMMENTS = "period_comments"

_WHOM = SubjectColumn(type="department", text="Department it is for; NULL is all (its source says *).")

TABLES = {
    ACTIONS: Subject(
        model="stg_actions",
        text="What is done about broken standards: cause, measure, owner, due and done",
        key="action_id",
        columns={
            "action_id": SubjectColumn(type="text", required=True, text="Number of the action."),
            "standard_id": SubjectColumn(type="text", required=True, text="Standard whose breaches it answers."),
            "department_id": _WHOM,
            "from_on": SubjectColumn(
                type="date", required=True, text="First day of the period whose breaches it answers."
            ),
            "to_on": SubjectColumn(type="date", text="Last day of that period; NULL: until the action is done."),
            "cause": SubjectColumn(type="text", required=True, text="Why the standard was broken."),
            "measure": SubjectColumn(type="text", required=True, text="What is done about it."),
            "owner": SubjectColumn(
                type="text", required=True, text="Who answers for it: a department or a role, never a person's name."
            ),
            "due_on": SubjectColumn(type="date", required=True, text="Agency date by which it must be done."),
            "done_on": SubjectColumn(type="date", text="Agency date on which it was done; NULL until then."),
        },
    ),
    COMMENTS: Subject(
        model="stg_period_comments",
        text="What the owner of a standard says of a period",
        key="comment_id",
        columns={
            "comment_id": SubjectColumn(type="text", required=True, text="Number of the comment."),
            "standard_id": SubjectColumn(type="text", required=True, text="Standard it is on."),
            "department_id": _WHOM,
            "from_on": SubjectColumn(type="date", required=True, text="First day of the period it is on."),
            "to_on": SubjectColumn(type="date", required=True, text="Last day of that period."),
            "comment": SubjectColumn(type="text", required=True, text="What the owner says."),
            "owner": SubjectColumn(
                type="text", required=True, text="Who says it: a department or a role, never a person's name."
            ),
        },
    ),
}
