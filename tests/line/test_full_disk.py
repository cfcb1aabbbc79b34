"""The disk fills up at every step in turn: the step says so, nothing half-written counts, and the night is the same."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow.parquet as pq
import pytest
from benchmarks.soak.disk import filled

from charter import line
from charter.base.errors import DamagedWarehouse
from charter.base.settings import Settings
from charter.deliver import Outbox
from charter.evidence import verify
from charter.telling import mendable
from charter.transform import published_as_of
from charters.kotra.demo import build_demo, compare_with_truth, write_connections
from tests.line.installation import House, house
from tests.servers.disks import small_disk

pytestmark = [pytest.mark.slow, pytest.mark.long]

SUNDAY = "2026-07-05"
NIGHT = "2026-07-05T15:00:00+00:00"
SIZE = 0.05
# How much room is left while a step is tried: none, and enough to begin with.
ROOMS = (0, 200_000, 1_500_000)


@dataclass(frozen=True)
class Step:
    name: str
    run: Callable[[], object]


def steps() -> Iterator[Step]:
    """The steps of a night and of its week, in their order."""
    for source in line.source_ids():
        yield Step(f"extract {source}", lambda source=source: line.extract(source, NIGHT))  # type: ignore[misc]
    yield Step("transform", lambda: line.transform(NIGHT))
    yield Step("assert", lambda: line.assert_expectations(NIGHT))
    yield Step("publish", lambda: line.publish(NIGHT))
    yield Step("seal", lambda: line.seal_night(NIGHT))
    yield Step("site", lambda: line.build_site(NIGHT))
    yield Step("render", lambda: line.render_reports(NIGHT))
    yield Step("deliver", lambda: line.deliver(NIGHT))
    yield Step("seal week", lambda: line.seal_week(NIGHT))
    yield Step("refresh site", line.refresh_site)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """An installation whose state is on a small disk of its own, and its source systems on another."""
    with small_disk(tmp_path / "var", "400m"), house(tmp_path, monkeypatch) as made:
        systems = Settings.from_environment({**made.settings.environment, "CHARTER_VAR": str(tmp_path / "systems")})
        build_demo(systems, until=datetime.fromisoformat(SUNDAY).date(), size=SIZE)
        for name, value in write_connections(systems).items():
            monkeypatch.setenv(name, value)
        made.settings.demo_dir.symlink_to(systems.demo_dir, target_is_directory=True)
        yield made


def tried(step: Step, settings: Settings, room: int) -> str | None:
    """What a step said with ``room`` bytes left; None when that was enough."""
    with filled(settings.var_dir, room):
        try:
            step.run()
        except Exception as error:
            message = mendable(error)
            assert message is not None, f"{step.name} with {room} bytes left: {error!r}"
            return str(message)
    return None


def half_written(settings: Settings) -> Iterator[str]:
    """Files that a reader would take for whole, and that are not."""
    for path in sorted(settings.lake_dir.rglob("*.parquet")):
        try:
            pq.read_metadata(path)
        except Exception as error:
            yield f"{path.name}: {error}"
    for path in sorted([*settings.lake_dir.rglob("*.json"), *settings.evidence_dir.rglob("*.json")]):
        with suppress(ValueError):
            json.loads(path.read_bytes())
            continue
        yield f"{path} is no JSON"
    for path in sorted(settings.site_dir.rglob("*.pdf")):
        if not path.read_bytes().rstrip().endswith(b"%%EOF"):
            yield f"{path} is half a PDF"
    for path in sorted(settings.site_dir.rglob("*.html")):
        if not path.read_bytes().rstrip().endswith(b"</html>"):
            yield f"{path} is half a page"
    try:
        published_as_of(settings)
    except (DamagedWarehouse, duckdb.Error) as error:
        yield f"the published warehouse: {error}"


def arrived(here: House) -> Counter[str]:
    return Counter(message_from_bytes(path.read_bytes())["Message-ID"] for path in here.inbox.glob("*.eml"))


def settle(here: House) -> None:
    """What was claimed, and of which there was no room to write how it went, is for a person: who looks whether it
    arrived."""
    came = arrived(here)
    with Outbox.open(here.settings) as outbox:
        for record in outbox.unsettled():
            outcome: Literal["sent", "requeue"] = "sent" if came[record.message_id] else "requeue"
            outbox.resolve_unknown(record.key, outcome, by="kim", reason="looked into the mailbox")
    line.deliver(NIGHT)


def test_a_disk_that_fills_up_at_every_step_costs_only_the_time_to_try_again(
    here: House, capfd: pytest.CaptureFixture[str]
) -> None:
    said: dict[tuple[str, int], str] = {}
    for step in steps():
        for room in ROOMS:
            message = tried(step, here.settings, room)
            if message is not None:
                said[step.name, room] = message
            assert list(half_written(here.settings)) == [], f"after {step.name} with {room} bytes left"
        step.run()
        assert not (here.settings.evidence_dir / "chain.jsonl").exists() or verify(here.settings).altered == []

    # Nor does a library that keeps a log of its own show where in its code there was no room.
    assert "Traceback" not in "".join(capfd.readouterr())
    for each in said.items():
        print(each)
    assert {step.name for step in steps()} == {name for name, _ in said}
    for (name, room), message in said.items():
        assert "the disk is full" in message and "make room" in message, f"{name} with {room} bytes left: {message}"

    found = compare_with_truth(here.settings, datetime.fromisoformat(NIGHT))
    assert found.checked > 1000
    assert [str(difference) for difference in found.differences] == []
    assert verify(here.settings).altered == []
    settle(here)
    mails = arrived(here)
    assert len(mails) > 10 and set(mails.values()) == {1}
    assert line.require_settled({}) == {"to be settled by a person": 0}
    assert line.render_reports(line.resolve_week(SUNDAY, datetime.now(UTC)))["new"] == 0
