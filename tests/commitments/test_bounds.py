"""Damage never improves a verdict: what is refused or missing widens what is possible, and the truth lies within.

Rows of two weeks are judged whole; then some of them are refused (as rows, as newer versions of rows, as events of
tickets), days are lost, and the same nights are judged again, by the line's own reading of refused rows and its SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from charter.base.settings import Settings
from charter.extract.corrections.refusals import Refusal
from charter.transform.doubt.cases import cases_of
from charter.transform.doubt.row import DoubtedRow
from tests.commitments.edges import seoul
from tests.commitments.reading import Night, Row
from tests.commitments.warehouse import HOME, Warehouse
from tests.effort import examples

FIRST, LAST = date(2026, 6, 22), date(2026, 7, 5)
DAYS = [FIRST + timedelta(days=offset) for offset in range(14)]
NIGHT = Night(seoul(2026, 7, 6), seoul(2026, 7, 6))
DEPARTMENTS = ("branch-team", "champ-team")
SOURCES = {"tickets": "voc", "ticket_events": "voc", "calls": "telephone"}
STANDARDS = ("phone-answer", "branch-first-reply", "online-voc-reply", "satisfaction-reply-rating")
UNREADABLE = {
    "tickets": ["department_id", "received_at", "programme", "ticket_id", "channel, department_id"],
    "ticket_events": ["kind", "occurred_at", "department_id", "event_id", "ticket_id"],
    "calls": ["department_id", "rang_at", "outcome", "call_id", "answered_at"],
}
KEYS = {"tickets": "ticket_id", "ticket_events": "event_id", "calls": "call_id"}

Rows = dict[str, dict[str, Row]]
Results = dict[tuple[Any, ...], dict[str, Any]]


@dataclass(frozen=True)
class Damage:
    """One row refused: which, which columns nobody could read, and whether an older version of it stands instead."""

    number: int
    column: int
    older: bool


def at(day: int, hour: int, second: int = 0) -> datetime:
    return seoul(2026, 6, 22, hour) + timedelta(days=day, seconds=second)


@st.composite
def histories(draw: st.DrawFn) -> Rows:
    rows: Rows = {table: {} for table in SOURCES}

    def put(table: str, row: Row) -> None:
        rows[table][row[KEYS[table]]] = row

    def call(number: int, rang_at: datetime, seconds: int, department: str) -> None:
        answered = rang_at + timedelta(seconds=seconds)
        put(
            "calls",
            {
                "call_id": f"C{number}",
                "department_id": department,
                "direction": "inbound",
                "rang_at": rang_at,
                "answered_at": answered,
                "ended_at": answered,
                "outcome": "answered",
            },
        )

    # A day of last month has shown how many calls there may be.
    for number in range(24):
        call(number, seoul(2026, 6, 1, 10), 3, DEPARTMENTS[number % 2])
    for number in range(24, 24 + draw(st.integers(18, 42))):
        seconds = 20 if draw(st.integers(0, 19)) == 0 else 3
        call(number, at(draw(st.integers(0, 13)), 10, number), seconds, draw(st.sampled_from(DEPARTMENTS)))
    for number in range(draw(st.integers(1, 6))):
        received = at(draw(st.integers(0, 13)), draw(st.integers(0, 23)))
        put(
            "tickets",
            {
                "ticket_id": f"V{number}",
                "programme": draw(st.sampled_from(["branch", "branch", "champ"])),
                "kind": "inquiry",
                "channel": "voc",
                "received_at": received,
                "department_id": draw(st.sampled_from(DEPARTMENTS)),
            },
        )
        for step in range(draw(st.integers(0, 3))):
            kind = draw(
                st.sampled_from(["public_reply", "public_reply", "transferred", "marked_spam", "rating_invited"])
            )
            put(
                "ticket_events",
                {
                    "event_id": f"E{number}-{step}",
                    "ticket_id": f"V{number}",
                    "kind": kind,
                    "occurred_at": received + timedelta(hours=draw(st.sampled_from([1, 20, 47, 60, 100]))),
                    "department_id": draw(st.sampled_from(DEPARTMENTS)) if kind == "transferred" else None,
                },
            )
    return rows


damages = st.lists(st.builds(Damage, st.integers(0, 999), st.integers(0, 4), st.booleans()), min_size=1, max_size=2)
lost_days = st.sets(st.sampled_from(DAYS), max_size=1)


def damaged(rows: Rows, damage: Sequence[Damage], lost: set[date]) -> tuple[Rows, list[Refusal]]:
    """What is left of ``rows``, and what was refused."""
    left = {table: dict(of_table) for table, of_table in rows.items()}
    refused: list[Refusal] = []
    every = [(table, key) for table, of_table in rows.items() for key in of_table]
    for number, each in enumerate(damage):
        table, key = every[each.number % len(every)]
        if key not in left[table]:
            continue
        row = left[table].pop(key)
        unreadable = UNREADABLE[table][each.column]
        if each.older:
            left[table][key] = _older(table, row)
        refused.append(_refusal(f"r{number}", table, unreadable, row))
    for key, row in list(left["calls"].items()):
        if _day(row["rang_at"]) in lost:
            del left["calls"][key]
    return left, refused


def _older(table: str, row: Row) -> Row:
    """A version of the row that was known before: of another department, or another time."""
    other = next(each for each in DEPARTMENTS if each != row["department_id"])
    return {**row, "department_id": other} if row["department_id"] else {**row, "kind": "internal_note"}


def _refusal(name: str, table: str, unreadable: str, row: Row) -> Refusal:
    cells = {
        column: None
        if column in unreadable.split(", ") or value is None
        else f"{value:%Y-%m-%dT%H:%M:%S}Z"
        if isinstance(value, datetime)
        else value
        for column, value in row.items()
    }
    return Refusal(name, SOURCES[table], table, "", unreadable, "unreadable", cells, NIGHT.as_of, NIGHT.as_of)


def _day(instant: datetime) -> date:
    return (instant + timedelta(hours=9)).date()


def judge(warehouse: Warehouse, lake: Settings, rows: Rows, refused: Sequence[Refusal], lost: set[date]) -> Results:
    """The results of all periods, for the agency and the departments."""
    rows_in_doubt = [DoubtedRow.refused(each) for each in refused]
    warehouse.judge(
        ["deadline"],
        {f"stg_{table}": list(of_table.values()) for table, of_table in rows.items()},
        NIGHT,
        covered={("calls", day): day not in lost for day in DAYS},
        doubted=cases_of(lake, warehouse.agency, [], NIGHT.as_of, NIGHT.as_of, rows_in_doubt) if refused else [],
        also=("compliance_daily", "standard_results"),
    )
    return {
        (row["period_kind"], row["period_start"], row["standard_id"], row["department_id"]): row
        for row in warehouse.table("marts.standard_results")
        if row["standard_id"] in STANDARDS
    }


def pairs(less: Results, more: Results) -> Iterator[tuple[tuple[Any, ...], dict[str, Any], dict[str, Any]]]:
    """Each result with less and with more of it known; nothing was due where there is none."""
    nothing = {"result": "nothing_due", "met": 0, "breached": 0, "met_at_least": 0, "breached_at_most": 0}
    nothing |= {"met_at_most": 0, "breached_at_least": 0}
    for key in sorted(less.keys() | more.keys(), key=str):
        yield key, less.get(key, nothing), more.get(key, nothing)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    var = tmp_path_factory.mktemp("lake")
    return Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(var)})


@pytest.mark.slow
@effort(max_examples=examples(4, 8), deadline=None)
@given(histories(), damages, damages, lost_days)
def test_what_is_refused_or_lost_never_improves_and_never_condemns(
    warehouse: Warehouse, lake: Settings, rows: Rows, damage: list[Damage], more: list[Damage], lost: set[date]
) -> None:
    whole = judge(warehouse, lake, rows, [], set())
    some = judge(warehouse, lake, *damaged(rows, damage, set()), set())
    most = judge(warehouse, lake, *damaged(rows, [*damage, *more], lost), lost)
    for less, known in ((some, whole), (most, whole)):
        for key, at_worst, truth in pairs(less, known):
            if at_worst["result"] == "kept":
                assert truth["result"] == "kept", f"{key}: damage made it kept"
            if at_worst["result"] == "broken":
                assert truth["result"] == "broken", f"{key}: damage made it broken"
            if at_worst["result"] == "nothing_due" and key[3] is None:
                assert truth["result"] == "nothing_due", f"{key}: damage made it vanish"


@pytest.mark.slow
@effort(max_examples=examples(4, 6), deadline=None)
@given(histories(), damages, lost_days)
def test_the_truth_lies_between_the_two_ends(
    warehouse: Warehouse, lake: Settings, rows: Rows, damage: list[Damage], lost: set[date]
) -> None:
    whole = judge(warehouse, lake, rows, [], set())
    for key, bounded, truth in pairs(judge(warehouse, lake, *damaged(rows, damage, lost), lost), whole):
        if bounded["met_at_most"] is None or truth["met"] + truth["breached"] == 0:
            continue
        decided = truth["met"] + truth["breached"]
        worst = bounded["met_at_least"] * decided <= truth["met"] * (
            bounded["met_at_least"] + bounded["breached_at_most"]
        )
        best = (
            truth["met"] * (bounded["met_at_most"] + bounded["breached_at_least"]) <= bounded["met_at_most"] * decided
        )
        assert worst and best, f"{key}: {truth} is not within {bounded}"


def test_without_damage_both_ends_are_what_was_decided(warehouse: Warehouse, lake: Settings) -> None:
    rows: Rows = {
        "tickets": {},
        "ticket_events": {},
        "calls": {
            "C1": {
                "call_id": "C1",
                "department_id": "branch-team",
                "direction": "inbound",
                "rang_at": at(9, 10),
                "answered_at": at(9, 10, 3),
                "ended_at": at(9, 10, 3),
                "outcome": "answered",
            }
        },
    }
    week = judge(warehouse, lake, rows, [], set())["week", date(2026, 6, 29), "phone-answer", None]
    assert (
        (week["met_at_least"], week["breached_at_most"]) == (week["met_at_most"], week["breached_at_least"]) == (1, 0)
    )
    assert (week["refused"], week["awaited"], week["missing_at_most"], week["reason"]) == (0, 0, 0, None)


def test_a_newer_version_without_its_number_may_be_of_any_department(warehouse: Warehouse, lake: Settings) -> None:
    ticket: Row = {
        "ticket_id": "V1",
        "programme": "branch",
        "kind": "inquiry",
        "channel": "voc",
        "received_at": at(8, 10),
        "department_id": "champ-team",
    }
    reply: Row = {
        "event_id": "E1",
        "ticket_id": "V1",
        "kind": "public_reply",
        "occurred_at": at(8, 11),
        "department_id": None,
    }
    rows: Rows = {"tickets": {"V1": ticket}, "ticket_events": {"E1": reply}, "calls": {}}
    handed_on = _refusal("r0", "tickets", "ticket_id", {**ticket, "department_id": "branch-team"})
    after = judge(warehouse, lake, rows, [handed_on], set())
    results = {
        department: after["week", date(2026, 6, 29), "branch-first-reply", department]["result"]
        for department in DEPARTMENTS
    }
    assert results == {"branch-team": "no_data", "champ-team": "no_data"}
