"""Whatever arrives: arrived = landed + unchanged + quarantined, and the latest versions are what the source holds."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from charter.extract import read_quarantine

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
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_row_is_accounted_for_every_night(nights: list[list[dict[str, Any]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        for number, batch in enumerate(nights, start=2):
            day = f"2026-07-0{number}"
            world.database(batch)
            feed = world.extract(tickets_source(full=True), day, accept_empty=True).feeds[0]
            waiting = [row for row in batch if (row["recorded"] or "") > "2026-07-08"]
            assert feed.waiting == len(waiting)
            assert feed.arrived == len(batch) - len(waiting) == feed.landed + feed.unchanged + feed.quarantined
            refused = read_quarantine(world.settings, night(day))
            assert (refused._known_at == night(day).replace(tzinfo=None)).sum() == feed.quarantined
            versions = world.versions("tickets")
            now = versions.groupby("_row_key").tail(1) if len(versions) else versions
            present = {row["no"] for row in batch if is_acceptable(row) and row not in waiting}
            assert present <= (set(now[~now._deleted]._row_key) if len(now) else set())
