"""From the charter's words to what the models take: the entry of each kind of part."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from charter.definitions import Agency, load_agency
from charter.definitions.models import Evidence
from charter.transform.compile.companions import compile_companions
from charter.transform.compile.rule_parts import ColumnRef, Condition, EvidenceOption, FinishRef, RulePart
from charter.transform.compile.rules import compile_rules

BRANCHES = Path(__file__).parents[2] / "agencies" / "branches"


def part_of(agency: Agency, standard_id: str, part: str | None = None) -> RulePart:
    found = [each for each in compile_rules(agency) if each.standard_id == standard_id and part in (None, each.part)]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("standard_id", "part", "entry"),
    [
        (
            "branch-first-reply",
            "first-reply",
            {
                "kind": "deadline",
                "counting": "seconds",
                "calendar": None,
                "limit_count": 172_800,
                "limit_amount": 48,
                "limit_unit": "hours",
                "granularity": "instant",
                "comparison": "<=",
                "unit": "hours",
                "unit_seconds": 3600,
                "opens": ColumnRef("received_at", "instant"),
                "fulfilled_any": [FinishRef(ColumnRef("first_reply_at", "instant"))],
                "fulfilled_all": [],
                "ownership": True,
                "owner_column": "department_id",
            },
        ),
        ("phone-answer", "call", {"counting": "seconds", "limit_count": 9, "comparison": "<", "unit_seconds": 1}),
        (
            "online-voc-reply",
            "promised-answer",
            {
                "counting": "promised",
                "limit_count": None,
                "due": ColumnRef("interim_promised_at", "instant"),
                "where": [
                    Condition("channel", "in", ["voc"]),
                    Condition("kind", "in", ["inquiry", "complaint"]),
                    Condition("interim_promised_at", "later_than", ["interim_notice_at"]),
                    Condition("interim_promised_at", "not_null"),
                ],
            },
        ),
        (
            "online-aftercare",
            "handled",
            {
                "fulfilled_all": [
                    FinishRef(ColumnRef("first_reply_at", "instant")),
                    FinishRef(ColumnRef("handled_at", "instant")),
                ],
                "where": [
                    Condition("kind", "in", ["aftercare"]),
                    Condition("days_since_project_end", "at_least", [0.0]),
                    Condition("days_since_project_end", "at_most", [365.0]),
                ],
            },
        ),
        (
            "online-voc-reply",
            "reply-or-notice",
            {
                "fulfilled_any": [
                    FinishRef(ColumnRef("first_reply_at", "instant")),
                    FinishRef(
                        ColumnRef("interim_notice_at", "instant"),
                        [Condition("interim_promised_at", "later_than", ["interim_notice_at"])],
                    ),
                ]
            },
        ),
        (
            "champ-roadmap",
            "roadmap",
            {"counting": "months", "limit_count": 1, "granularity": "date", "ownership": False},
        ),
        (
            "info-disclosure",
            "decision",
            {
                "counting": "working_days",
                "calendar": "statutory",
                "limit_count": 10,
                "extension_count": 10,
                "extension_notified": ColumnRef("extended_on", "date"),
                "extension_reason": "extension_reason",
            },
        ),
        (
            "branch-change-notice",
            "email",
            {
                "kind": "lead_time",
                "counting": "months",
                "limit_count": 1,
                "comparison": ">=",
                "event": ColumnRef("effective_on", "date"),
                "notice": ColumnRef("email_notice_on", "date"),
            },
        ),
        (
            "branch-recruitment",
            "month",
            {
                "kind": "occurrence",
                "slot": "month",
                "only": [3, 5, 7, 9],
                "nth": 1,
                "comparison": ">=",
                "on": "published_on",
            },
        ),
        ("branch-recruitment", "fourth-of-year", {"slot": "year", "only": [], "nth": 4}),
        (
            "invest-one-stop",
            "agencies",
            {
                "kind": "level",
                "item": "agency",
                "required": 10,
                "days": "working_days",
                "comparison": ">=",
                "unit": "count",
                "valid_days": None,
                "ends": "to_on",
                "owner_department": "invest-centre",
            },
        ),
        (
            "voice-channels",
            "channels",
            {
                "valid_days": 7,
                "every": ["website", "post", "visit", "phone"],
                "required": 4,
                "standing": [Condition("working", "in", [True])],
                "days": "every_day",
            },
        ),
        (
            "info-website",
            "pages",
            {
                "unit": "percent",
                "valid_days": 90,
                "population_model": "stg_pages",
                "population_item": "page_id",
                "population_starts": "published_on",
                "population_ends": "retired_on",
            },
        ),
        ("info-confidentiality", "day", {"kind": "zero", "required": 0, "comparison": "<=", "days": "every_day"}),
    ],
)
def test_the_entry_of_a_part(agency: Agency, standard_id: str, part: str, entry: dict[str, Any]) -> None:
    compiled = part_of(agency, standard_id, part)
    assert {name: getattr(compiled, name) for name in entry} == entry


def test_a_department_that_was_of_the_kind_for_a_time_has_its_rows_counted(tmp_path: Path) -> None:
    """Südstadt is a shop until 2026-03-31 and a centre from then on: what happens there in April counts."""
    shutil.copytree(BRANCHES, folder := tmp_path / "centres")
    text = (folder / "departments.yaml").read_text(encoding="utf-8")
    zone, since = "\n    time_zone: Europe/Berlin\n", "{effective_from: 2020-01-01"
    was = f"kind: centre{zone}    placements: [{since}, parent: head-office}}]"
    assert text.count(was) == 1
    centre_since = "{effective_from: 2026-04-01, kind: centre}"
    became = f"kind: shop{zone}    placements: [{since}, effective_to: 2026-03-31}}, {centre_since}]"
    (folder / "departments.yaml").write_text(text.replace(was, became), encoding="utf-8")
    parts = [part for part in compile_rules(load_agency(folder)) if part.per_kind == "centre" and part.kind == "zero"]
    named = [condition for part in parts for condition in part.where if condition.column == part.owner_column]
    assert [list(condition.values) for condition in named] == [["nordstadt", "suedstadt", "weststadt"]]


def test_evidence_is_a_list_of_pieces_each_with_its_options(agency: Agency) -> None:
    compensation = part_of(agency, "redress-compensation")
    assert [[option.column.name for option in piece.options] for piece in compensation.evidence] == [
        ["compensation_decided_on"],
        ["paid_on", "remedy_agreed_on"],
    ]
    served = part_of(agency, "visit-priority").evidence[0].options[0]
    assert served == EvidenceOption(
        column=ColumnRef("served_at", "instant"), after=ColumnRef("arrived_at", "instant"), within_seconds=600
    )


@pytest.mark.parametrize(
    ("words", "by_day", "seconds", "days"),
    [
        ({"column": "corrected_at", "after": "received_at", "within": "2 hours"}, False, 7200, None),
        ({"column": "corrected_at", "after": "received_at", "within": "1 day"}, False, 86_400, None),
        ({"column": "corrected_at", "after": "received_at"}, False, None, None),
        ({"column": "paid_on", "after": "received_at", "within": "30 days"}, True, None, 30),
        ({"column": "corrected_at", "after": "harm_confirmed_on", "within": "30 days"}, True, None, 30),
        ({"column": "paid_on", "after": "harm_confirmed_on"}, True, None, None),
    ],
)
def test_a_window_is_counted_in_days_where_one_of_its_ends_is_a_date(
    agency: Agency, words: dict[str, str], by_day: bool, seconds: int | None, days: int | None
) -> None:
    standard = next(each for each in agency.charter.standards if each.id == "redress-compensation")
    rule = standard.rules[0]
    part = rule.parts[0].model_copy(update={"evidence": [Evidence.model_validate(words)]})
    standard = standard.model_copy(update={"rules": [rule.model_copy(update={"parts": [part]})]})
    charter = agency.charter.model_copy(update={"standards": [standard]})
    (compiled,) = compile_rules(agency.model_copy(update={"charter": charter}))
    (option,) = compiled.evidence[0].options
    assert (option.by_day, option.within_seconds, option.within_days) == (by_day, seconds, days)


def test_exclusions_carry_their_moment_and_whether_they_need_an_end(agency: Agency) -> None:
    spam, duplicate = part_of(agency, "branch-first-reply").exclusions
    assert (spam.rule, spam.at, spam.ended) == ("spam", ColumnRef("spam_marked_at", "instant"), None)
    assert duplicate.where == [Condition("duplicate_marked_at", "not_null")]
    (abandoned,) = part_of(agency, "phone-answer").exclusions
    assert (abandoned.at, abandoned.ended) == (None, ColumnRef("ended_at", "instant"))


def test_all_36_standards_are_compiled_each_part_once(agency: Agency) -> None:
    parts = compile_rules(agency)
    names = [(each.standard_id, each.rule_version, each.part) for each in parts]
    assert len({each.standard_id for each in parts}) == len(agency.charter.standards) == 36
    assert len(set(names)) == len(names)


def test_entries_pass_through_json_unchanged(agency: Agency) -> None:
    """They reach dbt as ``--vars``."""
    for entry in compile_rules(agency):
        assert json.loads(json.dumps(entry.as_var(), ensure_ascii=False)) == asdict(entry)
    for companion in compile_companions(agency):
        assert json.loads(json.dumps(companion.as_var(), ensure_ascii=False)) == asdict(companion)
