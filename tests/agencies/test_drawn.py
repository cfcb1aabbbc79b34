"""Folders drawn at random: what `charter check` accepts has its nights, and each verdict is that of a plain reading."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from charter.assertions import run_expectations
from charter.base.moments import end_of_day
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.extract import extract_source
from charter.transform import build_warehouse
from tests.agencies.drawn import Drawn, draw
from tests.agencies.facts import with_facts
from tests.commitments.agency import read_calendars
from tests.commitments.expected import Commitment, World, assert_same, read_commitments
from tests.commitments.reading import DAY, Night, Reached, Row, Waiver, read_standard, read_target

pytestmark = pytest.mark.slow

HOME = Path(__file__).parents[2]
# Two of those that were tried, which together use most of what a charter may say.
NUMBERS = (101, 138)


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_accepted_runs_and_is_right(number: int, tmp_path: Path) -> None:
    run_drawn(draw(number), tmp_path)


def run_drawn(drawn: Drawn, folder: Path) -> int:
    """Lives through the folder's nights, and compares each one's commitments with the reading; how many there were."""
    drawn.write(folder / "agency")
    agency = load_agency(folder / "agency")
    addresses = {f"CHARTER_CONN_{each.connection.upper().replace('-', '_')}": each.id for each in agency.sources}
    settings = Settings.from_environment(
        {
            "CHARTER_HOME": str(HOME),
            "CHARTER_DIR": str(folder / "agency"),
            "CHARTER_VAR": str(folder / "var"),
            **{name: str(folder / source) for name, source in addresses.items()},
        }
    )
    compared = 0
    for number, night in enumerate(drawn.nights):
        for (source, file), text in drawn.texts[number].items():
            (folder / source).mkdir(exist_ok=True)
            (folder / source / file).write_text(text, encoding="utf-8")
        compared += _night(drawn, agency, settings, number, night)
    return compared


def _night(drawn: Drawn, agency: Agency, settings: Settings, number: int, night: date) -> int:
    as_of = end_of_day(night, agency.zone)
    for source in agency.sources:
        receipt = extract_source(settings, agency, source, as_of)
        assert [(feed.table, feed.problem, feed.quarantined) for feed in receipt.feeds if feed.problem] == []
        assert sum(feed.quarantined for feed in receipt.feeds) == 0
    build_warehouse(settings, agency, as_of, as_of)
    checks = run_expectations(settings, agency, as_of)
    assert checks.disagreements == ()
    with duckdb.connect(str(settings.work_warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        result = connection.execute("select * from marts.fct_commitments")
        columns = [column[0] for column in result.description or ()]
        built = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
    standards = {standard.id for standard in agency.charter.standards}
    this = Night(as_of, as_of)
    world = _world(drawn, agency, number, this)
    read = read_commitments(agency, read_calendars(agency, night + DAY), world, this, standards)
    found, expected = results(settings), as_read(agency, read, night)
    assert found == {key: expected[key] for key in found}
    return assert_same(read, built, standards)


# Standard, version and part of a target; version and part None of the standard itself.
Results = dict[tuple[str, int | None, str | None], Reached]


def results(settings: Settings) -> Results:
    """What the year comes to for each standard and each target of a part; of what is not all known, nothing."""
    all_known = "(met_at_least, breached_at_most, met_at_most, breached_at_least) = (met, breached, met, breached)"
    with duckdb.connect(str(settings.work_warehouse), read_only=True) as connection:
        rows = connection.execute(
            f"""
            select standard_id, null, null, met, breached, result from marts.standard_results
            where period_kind = 'year' and department_id is null and {all_known}
            union all
            select standard_id, rule_version, part, met, breached, result from marts.target_results
            where period_kind = 'year' and department_id is null and {all_known}
            """
        ).fetchall()
    return {(row[0], row[1], row[2]): Reached(*row[3:]) for row in rows}


def as_read(agency: Agency, commitments: list[Commitment], night: date) -> Results:
    """The same of the commitments as read."""
    expected: Results = {}
    for standard in agency.charter.standards:
        reached: list[Reached] = []
        for rule in standard.rules:
            for part, target in rule.targets.items():
                counted = (
                    each.verdict
                    for each in commitments
                    if (each.standard_id, each.rule_version) == (standard.id, rule.version)
                    and part in (None, each.part)
                )
                reached.append(read_target(target, counted, night))
                if part is not None:
                    expected[standard.id, rule.version, part] = reached[-1]
        met, breached = sum(each.met for each in reached), sum(each.breached for each in reached)
        expected[standard.id, None, None] = Reached(met, breached, read_standard(reached))
    return expected


def _world(drawn: Drawn, agency: Agency, number: int, night: Night) -> World:
    """What is on record on a night, as the sources' files hold it."""
    tables: dict[str, list[Row]] = {}
    for name, rows in drawn.seen[number].items():
        table = drawn.tables[name]
        is_shared = len(table.sources) > 1
        tables[name] = [
            {
                **{column: _instant(value) for column, value in row.items()},
                table.key: f"{row['_source']}/{row[table.key]}" if is_shared else row[table.key],
                "source_id": row["_source"],
                "known_at": end_of_day(drawn.nights[row["_night"]], agency.zone),
            }
            for row in rows
        ]
    for name, subject in agency.subjects.items():
        if subject.from_ is not None:
            tables[name] = with_facts(agency, name, tables, night)
    waivers = [
        Waiver(
            f"s-1/{each['waiver_id']}" if len(agency.feeding("waivers")) > 1 else each["waiver_id"],
            each["standard_id"],
            None if each["department_id"] == "*" else each["department_id"],
            None,
            each["from_on"],
            each["to_on"],
            each["decided_at"],
        )
        for each in drawn.waivers
    ]
    ended = (night.as_of.astimezone(agency.zone).date() - agency.charter.in_force_from).days
    days = [agency.charter.in_force_from + DAY * offset for offset in range(ended)]
    covered: Collection[tuple[str, date]] = {(table, day) for table in tables for day in days}
    return World(tables, waivers, covered=covered)


def _instant(value: Any) -> Any:
    return value.astimezone(UTC) if hasattr(value, "astimezone") else value
