"""The page of results says of each command what it took, beside its aim and an earlier checkout."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.measure import Cost, JobFailedError
from benchmarks.overhead import CHECK, CHECK_ANEW, HELP, JOB, NEXT_NIGHT, NIGHT, Program, written


def measured(cpu: float, *also: str) -> Program:
    program = Program(Path("checkout"), Path("var"), dag_files={"charter_daily.py": 0.05, "charter_weekly.py": 0.07})
    for what in (HELP, CHECK_ANEW, CHECK, NIGHT, NEXT_NIGHT, *also):
        program.costs[what] = [Cost(9.0, cpu + 1, 100, ""), Cost(2.5, cpu, 100, "")]
    return program


def test_each_row_has_the_cheapest_of_several_and_the_ratio_to_before() -> None:
    page = written(measured(2.0), measured(5.0))

    assert f"| {CHECK} | 1 s | 2.50 s | 2.00 s | 5.00 s | **2.5×** |" in page.splitlines()
    assert "| reading a DAG file, the slowest (charter_weekly.py) | 1 s | – | 0.07 s | 0.07 s | **1.0×** |" in page


def test_without_an_earlier_checkout_there_is_no_ratio_and_what_was_not_run_is_not_shown() -> None:
    page = written(measured(2.0), None)

    assert "×" not in page and JOB not in page
    assert {row.count("|") for row in page.splitlines() if row.startswith("|")} == {5}
    assert f"| {JOB} | 40 s | 2.50 s | 2.00 s |" in written(measured(2.0, JOB), None)


def test_a_command_that_fails_ends_the_measuring_with_what_it_said(tmp_path: Path) -> None:
    program = Program(tmp_path, tmp_path / "var")
    with pytest.raises(JobFailedError, match=r"asking ended with status 3:\nwhy"):
        program.measure("asking", "-c", "print('why'); raise SystemExit(3)")
