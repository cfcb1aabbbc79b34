"""Whatever arrives: arrived = landed + unchanged + quarantined, and the latest versions are what the source holds."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charter.definitions.models import Source
from charter.extract import read_quarantine, replay_corrections
from charter.extract.corrections.land import correct, open_refusals
from charter.extract.corrections.rows import Proposal
from tests.effort import examples

from .builders import World, night, ticket, tickets_source

rows = st.builds(
    lambda no, changes: ticket(no, **changes),
    st.sampled_from(["T1", "T2", "T3", "T4", "", None]),
    st.fixed_dictionaries(
        {
            "gubun": st.sampled_from(["문의", "불만", "칭찬", None]),
            "received": st.sampled_from(["2026-07-01 10:00:00", "2026-07-02 10:00:00", "yesterday"]),
            "dept": st.sampled_from(["수출팀", "EXP-1", "invest", "없는팀", None]),
            "score": st.sampled_from(["1", 1.0, "nan", None]),
            "recorded": st.sampled_from(["2026-07-01 10:00:00", "2026-07-02 10:00:00", "2026-07-09 10:00:00", None]),
        }
    ),
)
nights = st.lists(st.lists(rows, max_size=6), min_size=1, max_size=4)


def is_acceptable(row: dict[str, Any]) -> bool:
    return bool(
        row["no"]
        and row["gubun"] in ("문의", "불만")
        and row["received"] != "yesterday"
        and row["dept"] != "없는팀"
        and row["score"] != "nan"
        and row["recorded"]
    )


@pytest.mark.slow
@given(nights)
@settings(max_examples=examples(12, 40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_row_is_accounted_for_every_night(nights: list[list[dict[str, Any]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        for number, batch in enumerate(nights, start=2):
            day = f"2026-07-0{number}"
            world.database(batch)
            feed = world.extract(tickets_source(full=True), day, accept_shrunk=True).feeds[0]
            waiting = [row for row in batch if (row["recorded"] or "") > "2026-07-08"]
            assert feed.waiting == len(waiting)
            assert feed.arrived == len(batch) - len(waiting) == feed.landed + feed.unchanged + feed.quarantined
            refused = read_quarantine(world.settings, night(day))
            assert (refused._known_at == night(day).replace(tzinfo=None)).sum() == feed.quarantined
            versions = world.versions("tickets")
            now = versions.groupby("_row_key").tail(1) if len(versions) else versions
            present = {row["no"] for row in batch if is_acceptable(row) and row not in waiting}
            assert present <= (set(now[~now._deleted]._row_key) if len(now) else set())


# What a source holds of one ticket on one night: a kind in order, one that is refused, or nothing.
holdings = st.fixed_dictionaries(
    {no: st.sampled_from(["문의", "불만", "칭찬", "민원", None]) for no in ("T1", "T2", "T3")}
)
stewards = st.fixed_dictionaries({no: st.sampled_from([None, "inquiry", "complaint"]) for no in ("T1", "T2", "T3")})
KINDS = {"문의": "inquiry", "불만": "complaint"}


@pytest.mark.slow
@given(st.lists(st.tuples(holdings, stewards, st.booleans()), min_size=2, max_size=6), st.booleans())
@settings(max_examples=examples(10, 30), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_put_right_the_latest_versions_are_the_sources_or_the_last_correction_and_no_past_night_moves(
    nights: list[tuple[dict[str, str | None], dict[str, str | None], bool]], full: bool
) -> None:
    source = tickets_source(full=full)
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        live: dict[str, str] = {}
        waiting: dict[tuple[str, str], str] = {}
        for number, (held, decided, at_once) in enumerate(nights, start=1):
            day = f"2026-07-0{number}"
            world.database([ticket(no, gubun=kind) for no, kind in held.items() if kind])
            before = world.bytes_of_lake()
            receipt = world.extract(source, day, accept_shrunk=True)
            assert {path: content for path, content in world.bytes_of_lake().items() if path in before} == before
            for no, kind in held.items():
                due = {key: right for key, right in waiting.items() if key[0] == no}
                if kind in KINDS:
                    live[no] = KINDS[kind]
                    waiting = {key: right for key, right in waiting.items() if key not in due}
                elif kind is None and full:
                    live.pop(no, None)
                    waiting = {key: right for key, right in waiting.items() if key not in due}
                elif due:
                    # The corrections of other, earlier rows with this key land in the order of their making.
                    live[no] = list(due.values())[-1]
                    waiting = {key: right for key, right in waiting.items() if key not in due}
            _put_right(world, source, day, held, decided, waiting)
            if at_once and waiting:
                receipt = replay_corrections(world.settings, world.agency, source, night(day))
                live |= {no: right for (no, _), right in waiting.items()}
                waiting = {}
            assert all(
                part.arrived == part.landed + part.unchanged + part.quarantined
                for part in (*receipt.feeds, *receipt.corrections)
            )
            assert latest_kinds(world) == live


def _put_right(
    world: World,
    source: Source,
    day: str,
    held: dict[str, str | None],
    decided: dict[str, str | None],
    waiting: dict[tuple[str, str], str],
) -> None:
    """What the steward decides of the rows that were refused tonight and that nobody has put right."""
    for refusal in open_refusals(world.settings, world.agency, source, night(day)):
        no = str(refusal.row["ticket_id"])
        right = decided[no]
        if right is not None and refusal.last_at == night(day) and not any(key[0] == no for key in waiting):
            cells = {"ticket_id": no, "kind": right, "received_at": "2026-07-01 10:00:00"}
            proposal = Proposal(refusal.id, cells, "asked", "row")
            correct(world.settings, world.agency, source, [proposal], by="kim", made_at=night(day))
            waiting[no, refusal.id] = right


def latest_kinds(world: World) -> dict[str, str]:
    files = sorted(world.settings.raw_dir.glob("tickets/source=*/as_of=*/*.parquet"))
    rows = [row for file in files for row in pq.read_table(file, partitioning=None).to_pylist()]
    versions = {(row["_row_key"], row["_known_at"]): row for row in rows}
    assert len(versions) == len(rows), "two versions of a row on one night"
    latest: dict[str, dict[str, Any]] = {}
    for key, known_at in sorted(versions, key=lambda version: version[1]):
        latest[key] = versions[key, known_at]
    return {key: row["kind"] for key, row in latest.items() if not row["_deleted"]}
