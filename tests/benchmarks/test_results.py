"""The page of results says what was reached and what was not."""

from __future__ import annotations

from datetime import date

from benchmarks.measure import Cost
from benchmarks.results import SOAK, Extraction, Figures, Night, Rebuild, render, section, with_section


def cost(wall_s: float) -> Cost:
    return Cost(wall_s, wall_s * 2, 500, {"models_s": wall_s / 2, "tests_s": wall_s / 4, "cases": 900})


def figures(rebuild_s: float, night_s: float, extract_s: float) -> Figures:
    return Figures(
        run_on=date(2026, 7, 5),
        rebuilds=[Rebuild(1, 365, 100, 400, 500, 700, cost(90), cost(rebuild_s), cost(10), cost(5))],
        nights=[Night(36, cost(10), cost(1), cost(1)), Night(360, cost(night_s), cost(1), cost(2))],
        extractions=[Extraction("PostgreSQL", "`COPY`", 1000, cost(extract_s), cost(10))],
    )


def test_an_aim_is_reached_up_to_its_ratio() -> None:
    page = render(figures(20, 12, 15))
    assert page.count("**reached**") == 3
    assert "not reached" not in page


def test_an_aim_that_is_missed_says_so_with_its_ratio() -> None:
    page = render(figures(31, 40, 16))
    assert "**not reached** (3.1×, CPU 3.1×, at scale 1)" in page
    assert "**not reached** (4.0×, CPU 4.0×)" in page
    assert "**not reached** (1.6×, CPU 1.6×, PostgreSQL)" in page


def test_a_scale_that_was_left_out_is_told() -> None:
    run = figures(20, 12, 15)
    run.skipped.append("Scale 100 was left out: about 90 minutes, where 20 were left.")
    assert "Scale 100 was left out" in render(run)


def test_the_soaks_account_is_kept_when_the_bench_runs_again_and_replaced_when_the_soak_does() -> None:
    page = with_section(render(figures(20, 12, 15)), SOAK, "first")
    assert section(page, SOAK) == "first"
    again = with_section(render(figures(31, 40, 16)), SOAK, section(page, SOAK))
    assert section(again, SOAK) == "first"
    assert section(with_section(again, SOAK, "second"), SOAK) == "second"
    assert with_section(again, SOAK, "second").count(f"## {SOAK}") == 1
    assert section(render(figures(20, 12, 15)), SOAK) is None


def test_a_busy_machine_is_told() -> None:
    run = figures(20, 12, 15)
    assert "Others used" not in render(run)
    run.others_share = 0.6
    assert "Others used 60% of the cores" in render(run)
