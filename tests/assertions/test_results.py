"""Results are kept: the same night gives the same bytes, the history grows, and what a night said is not rewritten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from charter.assertions import results, run_expectations
from charter.assertions.results import (
    SCHEMA,
    ExpectationResult,
    Outcome,
    load_results,
    results_path,
    write_history,
)
from charter.base.errors import CheckError
from charter.base.languages import column_in
from charter.base.moments import naive_utc
from charter.base.settings import Settings

from .builders import AS_OF, HOME, LAST_DAY, Warehouse, run, settings_in

YESTERDAY = AS_OF - timedelta(days=1)


def table_rows(settings: Settings, columns: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.work_warehouse), read_only=True) as connection:
        return connection.execute(f"SELECT {columns} FROM marts.expectation_results").fetchall()


def test_the_columns_are_those_of_the_warehouse_contract(settings: Settings, calls: Warehouse) -> None:
    text = (HOME / "docs" / "architecture.md").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith("| `expectation_results`"))
    named = re.findall(r"[a-z_]+", re.sub(r"\([^)]*\)", "", row.split("|")[2]))
    in_korean = [column_in("description", "ko") if name == "description" else name for name in SCHEMA.names]
    assert named == in_korean
    run(settings, calls)
    written = pq.read_table(results_path(settings, AS_OF), partitioning=None)
    assert written.schema.names == in_korean
    assert written.schema.types == SCHEMA.types
    with duckdb.connect(str(settings.work_warehouse), read_only=True) as connection:
        loaded = connection.execute("SELECT * FROM marts.expectation_results LIMIT 0").description
    assert [column[0] for column in loaded or []] == in_korean


def test_the_same_night_gives_the_same_bytes(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer", 3)
    calls.break_promise("phone-answer")
    run(settings, calls)
    before = results_path(settings, AS_OF).read_bytes()
    run(settings, calls)
    assert results_path(settings, AS_OF).read_bytes() == before


def test_the_table_holds_this_night_and_those_before_it_only(settings: Settings, calls: Warehouse) -> None:
    run(settings, calls)
    calls.as_of = YESTERDAY
    run(settings, calls)
    assert set(table_rows(settings, "as_of")) == {(naive_utc(YESTERDAY),)}
    calls.as_of = AS_OF
    run(settings, calls)
    assert set(table_rows(settings, "as_of")) == {(naive_utc(YESTERDAY),), (naive_utc(AS_OF),)}
    keys = table_rows(settings, "as_of, suite, expectation")
    assert len(keys) == len(set(keys))
    assert keys == sorted(keys)


def test_what_was_said_on_the_night_stays_when_more_is_known_later(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer")
    run(settings, calls)
    before = results_path(settings, AS_OF).read_bytes()
    later = AS_OF + timedelta(days=30)
    calls.break_promise("phone-answer")
    calls.then(f"UPDATE marts.run SET known_at = TIMESTAMP '{naive_utc(later)}'")
    assert run(settings, calls, known_at=later)["thresholds", "phone-answer/day"].outcome == "broken"
    assert results_path(settings, AS_OF).read_bytes() == before
    assert ("phone-answer/day", "broken") in table_rows(settings, "expectation, outcome")


def test_a_night_first_judged_later_is_kept_too(settings: Settings, calls: Warehouse) -> None:
    later = AS_OF + timedelta(days=30)
    calls.then(f"UPDATE marts.run SET known_at = TIMESTAMP '{naive_utc(later)}'")
    run(settings, calls, known_at=later)
    assert results_path(settings, AS_OF).exists()


def test_folders_may_have_any_name(tmp_path: Path, calls: Warehouse) -> None:
    settings = settings_in(tmp_path / "헌장 100% (2026)")
    assert run(settings, calls)["contract_sources", "telephone/last_day"].outcome == "kept"


def test_results_hold_counts_and_no_values_of_rows(settings: Settings, calls: Warehouse) -> None:
    calls.arrive("calls", caller="p-51f0c2", direction="kim@example.org", department_id="kim@example.org")
    run(settings, calls)
    kept = repr(pq.read_table(results_path(settings, AS_OF), partitioning=None).to_pylist())
    assert "kim@example.org" not in kept
    assert "p-51f0c2" not in kept


def test_a_warehouse_that_is_not_there_is_said_so(settings: Settings, calls: Warehouse) -> None:
    with pytest.raises(CheckError, match="there is no warehouse to check"):
        run_expectations(settings, calls.agency, AS_OF)


def test_a_warehouse_of_another_night_is_refused(settings: Settings, calls: Warehouse) -> None:
    calls.write(settings)
    with pytest.raises(CheckError, match=r"built for as of 2026-07-05T15:00:00Z.* not as of 2026-07-04T15:00:00Z"):
        run_expectations(settings, calls.agency, YESTERDAY)
    assert not results_path(settings, YESTERDAY).exists()


def test_the_run_tells_its_counts_and_what_was_broken(settings: Settings, calls: Warehouse) -> None:
    calls.promise("phone-answer", measured_value=90.0, decided_on=LAST_DAY)
    calls.arrive("calls", direction="sideways")
    calls.write(settings)
    found = run_expectations(settings, calls.agency, AS_OF)
    assert sum(found.outcomes.values()) == len(found.results)
    assert [each.expectation for each in found.broken_contracts] == ["direction/in_set"]
    assert len(found.broken_thresholds) == 4, "day, week, month and year"
    assert [each.suite for each in found.disagreements] == ["agreement_status", "agreement_results"]


def history(settings: Settings, *nights: int) -> None:
    """Nights that were judged so many days before AS_OF, as the lake holds them."""
    for back in nights:
        write_history(settings, AS_OF - timedelta(days=back), [result(back)], "ko")


def result(back: int, outcome: Outcome = "kept") -> ExpectationResult:
    about = ("contract_calls", "call_id/unique", "contract", None, "raw.calls", "telephone", None, None, None)
    night = naive_utc(AS_OF - timedelta(days=back))
    return ExpectationResult(night, *about, "", "critical", 1, 0, outcome, None)


def held(settings: Settings, back: int) -> list[tuple[object, ...]]:
    load_results(settings, AS_OF - timedelta(days=back), [result(back)], "ko")
    return table_rows(settings, "as_of, outcome")


def test_a_night_adds_to_the_history_and_reads_no_earlier_night_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.work_dir.mkdir(parents=True)
    history(settings, 5, 4, 3)
    assert len(held(settings, 2)) == 4
    history(settings, 2)
    read: list[list[str]] = []
    exact = results._in_order

    def noted(settings: Settings, nights: Iterable[str]) -> Iterator[tuple[str, dict[str, list[str]]]]:
        read.append(list(nights))
        return exact(settings, read[-1])

    monkeypatch.setattr(results, "_in_order", noted)
    assert len(held(settings, 1)) == 5
    assert read == [["20260703T150000Z"]]


def test_a_night_that_was_judged_anew_or_is_gone_is_what_the_lake_says(settings: Settings) -> None:
    settings.work_dir.mkdir(parents=True)
    history(settings, 5, 4, 3)
    held(settings, 2)
    write_history(settings, AS_OF - timedelta(days=4), [result(4, "broken")], "ko")
    assert [outcome for _, outcome in held(settings, 2)] == ["kept", "broken", "kept", "kept"]
    results_path(settings, AS_OF - timedelta(days=5)).unlink()
    assert [outcome for _, outcome in held(settings, 2)] == ["broken", "kept", "kept"]
    history(settings, 8)
    nights = [str(night) for night, _ in held(settings, 2)]
    assert nights == sorted(nights)
    assert len(nights) == 4


def test_history_of_an_earlier_release_and_of_another_language_stays_readable(settings: Settings) -> None:
    settings.work_dir.mkdir(parents=True)
    history(settings, 5)
    path = results_path(settings, AS_OF - timedelta(days=5))
    pq.write_table(pq.read_table(path, partitioning=None).drop_columns(["failing_ids"]), path)
    write_history(settings, AS_OF - timedelta(days=4), [result(4)], "de")
    load_results(settings, AS_OF, [result(0)], "ko")
    assert len(table_rows(settings, "failing_ids, description_ko, description_de")) == 3
