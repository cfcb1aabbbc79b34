"""Refused rows that still stand: since when, whatever words they were refused in."""

from __future__ import annotations

import pytest

from charter.extract.corrections.land import standing_refusals
from tests.extract.builders import TICKETS, World, night, ticket, tickets_source

D1, D2, D3 = "2026-07-01", "2026-07-02", "2026-07-03"


def test_a_row_that_changes_and_is_refused_again_stands_since_it_first_came(world: World) -> None:
    """What it was refused for bears on the days of which it may be: those of the night that first brought it."""
    for day, name in ((D1, "Harbour Office"), (D2, "12"), (D3, "???")):
        world.database([ticket("1"), ticket("2", dept=name)])
        world.extract(tickets_source(), day)
    [refusal] = standing_refusals(world.settings, world.agency, tickets_source(), night(D3))
    assert (refusal.first_at, refusal.last_at) == (night(D1), night(D3))


@pytest.mark.parametrize("number", ["2", None])
def test_or_is_refused_in_other_words(world: World, number: str | None) -> None:
    world.database([ticket("1"), {**ticket("2", gubun="other"), "no": number}])
    for day, values in ((D1, {"문의": "a"}), (D2, {"문의": "a", "신고": "b"})):
        kind = {"source": "gubun", "values": values}
        world.extract(tickets_source(full=True, columns={**TICKETS, "kind": kind}), day)
    [refusal] = standing_refusals(world.settings, world.agency, tickets_source(full=True), night(D2))
    assert refusal.first_at == night(D1)


def test_a_row_that_was_mended_and_is_refused_again_stands_since_then(world: World) -> None:
    for day, name in ((D1, "Harbour Office"), (D2, "export"), (D3, "???")):
        world.database([ticket("1"), ticket("2", dept=name)])
        world.extract(tickets_source(), day)
    [refusal] = standing_refusals(world.settings, world.agency, tickets_source(), night(D3))
    assert refusal.first_at == night(D3)
