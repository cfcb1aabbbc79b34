"""Which refused rows still stand for something unknown, as each night knew it: what periods are decided by."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

from charter.definitions.models import Source
from charter.extract.corrections.land import correct, standing_refusals
from charter.extract.corrections.refusals import Refusal, refusals
from charter.extract.corrections.rows import Proposal, to_csv

from .builders import CALLS, FIRMS, World, night, source, ticket, tickets_source

SOMETIME = datetime(2026, 7, 2, 1, 23, tzinfo=UTC)
D1, D2, D3, D4 = "2026-07-01", "2026-07-02", "2026-07-03", "2026-07-04"
HEADER = "번호,부서,호출,발신"


def firms() -> Source:
    return source("workbook", {"table": "firms", "sheet": "firms", "full": True, "columns": FIRMS})


def calls(**options: Any) -> Source:
    feed = {"table": "calls", "path": "calls_{day}.csv", "columns": CALLS, **options}
    return source("csv", feed, freshness={"expect": "file_each_day"})


def sheet(world: World, *rows: tuple[object, ...]) -> None:
    world.workbook(firms=[tuple(FIRMS.values()), *rows])


def calls_of(world: World, day: str, *rows: str) -> None:
    world.file(f"calls_{day.replace('-', '')}.csv", "\n".join([HEADER, *rows, ""]))


def standing(world: World, of: Source, day: str) -> list[Refusal]:
    return standing_refusals(world.settings, world.agency, of, night(day))


def keys(world: World, of: Source, day: str) -> list[object]:
    subject = world.agency.subjects[of.feeds[0].table]
    return [each.row.get(subject.key) for each in standing(world, of, day)]


def put_right(world: World, of: Source, refusal: Refusal, **cells: str) -> None:
    [row] = csv.DictReader(io.StringIO(to_csv(world.agency, of.feeds[0], [refusal])))
    own = {name: cell for name, cell in row.items() if name in of.feeds[0].columns}
    proposal = Proposal(refusal.id, {**own, **cells}, "asked the department", "corrected.csv, row 2")
    correct(world.settings, world.agency, of, [proposal], by="kim", made_at=SOMETIME)


def test_a_refused_row_stands_every_night_until_something_in_order_lands(world: World) -> None:
    world.database([ticket("T1"), ticket("T2", gubun="칭찬")])
    for day in (D1, D2):
        world.extract(tickets_source(), day)
        assert keys(world, tickets_source(), day) == ["T2"]

    world.database([ticket("T1"), ticket("T2", gubun="불만")])
    world.extract(tickets_source(), D3)

    assert keys(world, tickets_source(), D3) == []


def test_what_is_mended_later_still_stood_in_the_nights_before(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    world.database([ticket("T2")])
    world.extract(tickets_source(), D2)

    assert keys(world, tickets_source(), D1) == ["T2"]


def test_a_source_without_refusals_has_none_that_stand(world: World) -> None:
    world.database([ticket("T1")])
    world.extract(tickets_source(), D1)
    assert standing(world, tickets_source(), D1) == []


# ── corrections ─────────────────────────────────────────────────────────────────────────────────


def test_a_correction_settles_the_row_from_the_night_in_which_it_lands_not_from_when_it_was_made(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    put_right(world, tickets_source(), standing(world, tickets_source(), D1)[0], kind="inquiry")
    assert keys(world, tickets_source(), D1) == ["T2"]

    world.extract(tickets_source(), D2)

    assert keys(world, tickets_source(), D2) == []
    assert keys(world, tickets_source(), D1) == ["T2"]


def test_a_row_that_the_source_broke_anew_after_it_was_put_right_stands_again(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    put_right(world, tickets_source(), standing(world, tickets_source(), D1)[0], kind="inquiry")
    world.extract(tickets_source(), D2)

    world.database([ticket("T2", gubun="민원?")])
    world.extract(tickets_source(), D3)

    [again] = standing(world, tickets_source(), D3)
    assert (again.row["ticket_id"], again.first_at) == ("T2", night(D3))


def test_a_row_that_the_source_mended_and_broke_again_stands_again(world: World) -> None:
    for day, kind in ((D1, "칭찬"), (D2, "문의"), (D3, "칭찬")):
        world.database([ticket("T2", gubun=kind)])
        world.extract(tickets_source(), day)

    assert [keys(world, tickets_source(), day) for day in (D1, D2, D3)] == [["T2"], [], ["T2"]]


def test_a_known_row_that_was_broken_for_a_night_and_is_given_as_it_was_stands_no_more(world: World) -> None:
    for day, kind in ((D1, "문의"), (D2, "칭찬"), (D3, "문의")):
        world.database([ticket("T1"), ticket("T2", gubun=kind)])
        receipt = world.extract(tickets_source(full=True), day)
    assert (receipt.feeds[0].landed, receipt.feeds[0].unchanged) == (0, 2)
    assert [keys(world, tickets_source(full=True), day) for day in (D1, D2, D3)] == [[], ["T2"], []]


def test_a_known_row_that_was_broken_for_a_night_and_is_gone_then_stands(world: World) -> None:
    for day, tickets in (
        (D1, [ticket("T1"), ticket("T2")]),
        (D2, [ticket("T1"), ticket("T2", gubun="칭찬")]),
        (D3, [ticket("T1")]),
    ):
        world.database(tickets)
        world.extract(tickets_source(full=True), day)
    assert [keys(world, tickets_source(full=True), day) for day in (D1, D2, D3)] == [[], ["T2"], ["T2"]]


# ── one row, refused more than once ─────────────────────────────────────────────────────────────


def test_of_several_refusals_of_one_key_the_last_stands_since_the_first(world: World) -> None:
    for day, kind in ((D1, "칭찬"), (D2, "민원?")):
        world.database([ticket("T2", gubun=kind)])
        world.extract(tickets_source(), day)

    assert len(refusals(world.settings, world.agency, night(D2))) == 2
    [last] = standing(world, tickets_source(), D2)
    newest = max(refusals(world.settings, world.agency, night(D2)), key=lambda each: each.last_at)
    assert (last.id, last.first_at) == (newest.id, night(D1))


def test_rows_without_a_key_are_told_apart_by_their_places(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None), (None, "2026-06-01", None), (None, "2026-06-02", None))
    world.extract(firms(), D1)

    assert keys(world, firms(), D1) == [None, None]


def test_a_row_whose_key_another_row_has_stands_although_that_key_has_landed(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None), ("F1", "2026-07-02", None))
    world.extract(firms(), D1)
    assert keys(world, firms(), D1) == ["F1"]

    sheet(world, ("F1", "2026-07-01", None), ("F1", "2026-07-03", None))
    world.extract(firms(), D2)

    assert keys(world, firms(), D2) == ["F1"]


# ── gone ────────────────────────────────────────────────────────────────────────────────────────


def test_a_refused_row_that_is_gone_stands_until_a_person_accepts_that(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None), ("F2", "someday", None))
    world.extract(firms(), D1)
    sheet(world, ("F1", "2026-07-01", None))
    world.extract(firms(), D2)
    assert keys(world, firms(), D2) == ["F2"]

    world.extract(firms(), D3, accept_shrunk=True)
    world.extract(firms(), D4)

    assert [keys(world, firms(), day) for day in (D2, D3, D4)] == [["F2"], [], []]


def test_a_refused_row_that_is_gone_is_settled_where_deletions_are_believed(world: World) -> None:
    of = source(
        "workbook", {"table": "firms", "sheet": "firms", "full": True, "columns": FIRMS, "deletions": "believed"}
    )
    sheet(world, ("F1", "2026-07-01", None), ("F2", "someday", None))
    world.extract(of, D1)
    sheet(world, ("F1", "2026-07-01", None))
    world.extract(of, D2)

    assert keys(world, of, D2) == []


def test_a_refused_row_of_a_daily_file_that_is_given_again_without_it_stands(world: World) -> None:
    calls_of(world, D1, "C1,수출팀,2026-07-01 10:00:00,1", "C2,몰라,2026-07-01 10:00:00,1")
    world.extract(calls(), D1)
    calls_of(world, D1, "C1,수출팀,2026-07-01 10:00:00,1")
    calls_of(world, D2, "C3,수출팀,2026-07-02 10:00:00,1")
    world.extract(calls(), D2)

    assert keys(world, calls(), D2) == ["C2"]


def test_a_note_without_a_key_is_settled_when_it_is_gone(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None), (None, "2026-06-01", None))
    world.extract(firms(), D1)
    sheet(world, ("F1", "2026-07-01", None))
    world.extract(firms(), D2)

    assert keys(world, firms(), D2) == []


# ── daily files ─────────────────────────────────────────────────────────────────────────────────


def test_a_row_of_a_daily_file_stands_until_its_own_file_is_given_again(world: World) -> None:
    calls_of(world, D1, "C1,수출팀,2026-07-01 10:00:00,1", "C2,몰라,2026-07-01 10:00:00,1")
    world.extract(calls(), D1)
    calls_of(world, D2, "C3,수출팀,2026-07-02 10:00:00,1")
    world.extract(calls(), D2)
    assert keys(world, calls(), D2) == ["C2"]

    calls_of(world, D1, "C1,수출팀,2026-07-01 10:00:00,1", "C2,수출팀,2026-07-01 10:00:00,1")
    calls_of(world, D3, "C4,수출팀,2026-07-03 10:00:00,1")
    world.extract(calls(), D3)

    assert keys(world, calls(), D3) == []


def test_the_same_key_in_another_days_file_settles_nothing(world: World) -> None:
    calls_of(world, D1, "C1,수출팀,2026-07-01 10:00:00,1", "C2,몰라,2026-07-01 10:00:00,1")
    world.extract(calls(), D1)
    calls_of(world, D2, "C2,수출팀,2026-07-02 10:00:00,1")
    world.extract(calls(), D2)

    assert keys(world, calls(), D2) == ["C2"]


def test_where_days_correct_each_other_the_same_key_in_a_later_file_settles_the_row(world: World) -> None:
    of = calls(days_correct_each_other=True)
    calls_of(world, D1, "C1,수출팀,2026-07-01 10:00:00,1", "C2,몰라,2026-07-01 10:00:00,1")
    world.extract(of, D1)
    calls_of(world, D2, "C2,수출팀,2026-07-02 10:00:00,1")
    world.extract(of, D2)

    assert keys(world, of, D2) == []


def test_a_night_in_which_the_source_is_away_settles_nothing(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None), ("F2", "someday", None))
    world.extract(firms(), D1)
    (world.folder / "registers.xlsx").unlink()
    world.extract(firms(), D2)

    assert keys(world, firms(), D2) == ["F2"]
