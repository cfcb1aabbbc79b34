"""One piece of work for one process: ``python -m benchmarks.jobs <name> <JSON of its arguments>``; JSON comes back."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import plain

if TYPE_CHECKING:
    from charter.base.settings import Settings
    from charter.definitions import Agency

HOME = Path(__file__).resolve().parent.parent


def generate(var: str, tickets_a_day: int, calls_a_day: int, first: int, last: int) -> Any:
    from benchmarks.lake import Volume, write_nights

    return write_nights(*_installation(var), Volume(tickets_a_day, calls_a_day), first, last)


def build(var: str, day: int) -> Any:
    from benchmarks import engine

    return engine.build(*_installation(var), day)


def ledger(var: str, day: int) -> Any:
    from benchmarks import engine

    return engine.ledger(*_installation(var), day)


def increment(var: str, day: int) -> Any:
    from benchmarks import engine

    return engine.increment(*_installation(var), day)


def close(var: str, day: int) -> Any:
    from benchmarks import engine

    return engine.close(*_installation(var), day)


def compare(var: str, file: str, counted: dict[str, int]) -> Any:
    from benchmarks import engine

    return engine.compare(_installation(var)[0], file, counted)


def write_calls(var: str, rows: int) -> Any:
    from benchmarks import sources

    return sources.write_calls(_installation(var)[0], rows)


def write_events(var: str, address: str, rows: int) -> Any:
    from benchmarks import sources

    return sources.write_events(_installation(var)[0], address, rows)


def extract_calls(var: str, encoding: str) -> Any:
    from benchmarks import sources

    return sources.extract_calls(*_installation(var), encoding)


def extract_events(var: str, address: str) -> Any:
    from benchmarks import sources

    return sources.extract_events(*_installation(var), address)


def week(environment: dict[str, str], day: str) -> Any:
    """Reports the week that ended with ``day`` as `charter weekly` does, with the seconds of its steps."""
    os.environ.update(environment)
    from charter import line

    as_of = line.resolve_week(day, datetime.now(UTC))
    began = time.perf_counter()
    rendered = line.render_reports(as_of)
    rendered_at = time.perf_counter()
    delivered = line.deliver(as_of)
    delivered_at = time.perf_counter()
    line.seal_week(as_of)
    return {
        "reports": rendered["reports"],
        "problems": rendered["problems"],
        "sent": delivered.get("sent", 0),
        "rendering_s": rendered_at - began,
        "delivering_s": delivered_at - rendered_at,
    }


def site(environment: dict[str, str], day: str) -> Any:
    """Builds the site at the published night, as a night does; gives the heaviest page of each kind in bytes."""
    os.environ.update(environment)
    from charter import line
    from charter.base.settings import Settings

    made = line.build_site(line.published_night())
    folder = Settings.from_environment().site_dir
    heaviest: dict[str, int] = {}
    for page in folder.rglob("*.html"):
        place = page.relative_to(folder)
        kind = place.parts[0] if len(place.parts) > 1 else place.name.split(".")[0]
        heaviest[kind] = max(heaviest.get(kind, 0), page.stat().st_size)
    return {"pages": made["pages"], "heaviest": dict(sorted(heaviest.items()))}


def _installation(var: str) -> tuple[Settings, Agency]:
    """This project's settings, with all state below ``var``, and its agency."""
    from charter.base.settings import Settings
    from charter.definitions import load_agency

    settings = Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": var})
    return settings, load_agency(settings.charter_dir, settings.cache_dir)


JOBS: dict[str, Callable[..., Any]] = {
    job.__name__: job
    for job in (
        generate,
        build,
        ledger,
        increment,
        close,
        compare,
        write_calls,
        write_events,
        extract_calls,
        extract_events,
        week,
        site,
    )
} | {
    f"plain_{job.__name__}": job
    for job in (plain.hand_written_rows, plain.hand_written_counts, plain.calls, plain.events)
}


def main() -> int:
    name, given = sys.argv[1], json.loads(sys.argv[2])
    try:
        result = JOBS[name](**given)
    except Exception as error:
        problems = getattr(error, "problems", None)
        if problems is None:
            raise
        for problem in problems:
            print(f"✗ {problem}", file=sys.stderr)
        return 1
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
