"""Every probe is asked, whatever the others found or failed at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from charter.base.errors import StateError
from charter.health.examine import ALL, Probe, examine
from charter.health.finding import Finding, State, gravest, in_order
from charter.health.place import Place, open_place
from tests.health.builders import MONDAY, broken_place, place_in


def fine(place: Place, now: datetime) -> Iterator[Finding]:
    yield in_order("fine/all", "well")


def mendable(place: Place, now: datetime) -> Iterator[Finding]:
    raise StateError("the file is cut short", where="var/x", remedy="put it back")
    yield


def broken(place: Place, now: datetime) -> Iterator[Finding]:
    yield in_order("broken/first", "well")
    raise KeyError("Kim, 010-1234-5678")


def unreadable(place: Place, now: datetime) -> Iterator[Finding]:
    yield in_order("unreadable/all", str(place.agency))


PROBES: dict[str, Probe] = {"fine": fine, "mendable": mendable, "broken": broken, "unreadable": unreadable}


def test_a_probe_that_fails_fails_alone_and_says_why(tmp_path: Path) -> None:
    found = examine(place_in(tmp_path), MONDAY, ["mendable", "broken", "fine"], PROBES.__getitem__)
    told = {finding.cause: (finding.state, finding.code) for finding in found.findings}
    assert told == {
        "probe_mendable/failed": (State.UNKNOWN, "probe_failed"),
        "probe_broken/failed": (State.UNKNOWN, "probe_broke"),
        "fine/all": (State.OK, ""),
    }
    assert found.findings[0].values["remedy"] == "put it back"


def test_only_what_was_wholly_looked_at_can_be_over(tmp_path: Path) -> None:
    found = examine(place_in(tmp_path), MONDAY, ["broken", "fine"], PROBES.__getitem__)
    assert found.whole == {"fine", "probe_fine"}


def test_without_the_charter_a_probe_that_needs_it_is_not_known_and_tells_nobody(tmp_path: Path) -> None:
    found = examine(broken_place(tmp_path), MONDAY, ["unreadable", "fine"], PROBES.__getitem__)
    assert [(each.state, each.is_told) for each in found.findings] == [(State.UNKNOWN, False), (State.OK, False)]
    assert found.whole == {"fine", "probe_fine"}


def test_every_probe_of_an_installation_without_anything_looks_and_changes_nothing(tmp_path: Path) -> None:
    place = broken_place(tmp_path)
    found = examine(place, MONDAY, ALL)
    assert {finding.probe for finding in found.findings} >= {"charter", "disk", "clock", "evidence", "settings"}
    assert not [finding.cause for finding in found.findings if finding.probe.startswith("probe_")]
    assert list(tmp_path.iterdir()) == []


def test_the_gravest_state_counts() -> None:
    assert gravest([State.WARNING, State.FAILURE, State.UNKNOWN]) is State.FAILURE
    assert gravest([]) is State.OK


def test_a_folder_that_is_no_charter_is_opened_all_the_same(tmp_path: Path) -> None:
    place = open_place(broken_place(tmp_path).settings)
    assert place.charter is None
    assert place.problems
