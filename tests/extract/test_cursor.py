"""Incremental queries: what moved since the last landing, looking back for late commits."""

from __future__ import annotations

from charter.base.moments import stamp

from .builders import World, ticket, tickets_source

CURSOR = {"column": "recorded", "overlap": "6 hours"}


def test_only_rows_since_the_last_landing_less_the_overlap_are_asked_for(world: World) -> None:
    source = tickets_source(cursor=CURSOR)
    world.database([ticket("T1", recorded="2026-07-01 10:00:00"), ticket("T2", recorded="2026-07-01 19:00:00")])
    assert world.extract(source, "2026-07-01").feeds[0].arrived == 2
    late = ticket("T3", recorded="2026-07-01 18:30:00")
    world.database([ticket("T1"), ticket("T2", recorded="2026-07-01 19:00:00"), late])
    feed = world.extract(source, "2026-07-02").feeds[0]
    assert (feed.arrived, feed.landed, feed.unchanged) == (2, 1, 1)
    assert feed.since is not None
    assert stamp(feed.since) == "20260701T090000Z"


def test_after_a_night_that_failed_the_cursor_goes_back_to_the_last_that_landed(world: World) -> None:
    source = tickets_source(cursor=CURSOR)
    world.database([ticket("T1")])
    world.extract(source, "2026-07-01")
    world.database([], ["other"])
    assert world.extract(source, "2026-07-02").status == "drifted"
    world.database([ticket("T1"), ticket("T2", recorded="2026-07-02 08:00:00")])
    assert world.extract(source, "2026-07-03").feeds[0].landed == 1


def test_rows_without_a_recorded_instant_are_refused_not_lost(world: World) -> None:
    source = tickets_source(cursor=CURSOR)
    world.database([ticket("T1")])
    world.extract(source, "2026-07-01")
    world.database([ticket("T1"), ticket("T2", recorded=None), ticket("T3", recorded="someday")])
    assert world.extract(source, "2026-07-02").feeds[0].quarantined == 2


def test_a_changed_contract_asks_for_everything_again(world: World) -> None:
    world.database([ticket("T1", urgent="?")])
    assert world.extract(tickets_source(cursor=CURSOR), "2026-07-01").feeds[0].quarantined == 1
    mended = tickets_source(cursor=CURSOR).model_copy(update={"null_tokens": ["", "?"]})
    assert world.extract(mended, "2026-07-03").feeds[0].landed == 1


def test_a_query_may_use_since_and_as_of_itself(world: World) -> None:
    query = "SELECT * FROM voc WHERE recorded >= :since AND recorded <= :as_of"
    world.database([ticket("T1"), ticket("T2", recorded="2026-07-09 10:00:00")])
    assert world.extract(tickets_source(query=query), "2026-07-01").feeds[0].arrived == 1
    feed = world.extract(tickets_source(query=query), "2026-07-09").feeds[0]
    assert (feed.arrived, feed.landed) == (1, 1)
