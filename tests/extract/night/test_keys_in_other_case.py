"""Keys that differ in upper and lower case alone: a sloppy copy makes no second case."""

from __future__ import annotations

import pytest

from charter.definitions.models import Source
from charter.extract import SourceReceipt, read_quarantine
from charter.extract.corrections.land import correct, open_refusals, standing_refusals
from charter.extract.corrections.rows import CorrectionError, Proposal
from charter.transform.doubt.row import DoubtedRow
from tests.extract.builders import FIRMS, World, night, source, ticket, tickets_source
from tests.extract.night.test_day_plan import calls, put

D1, D2, D3 = "2026-07-01", "2026-07-02", "2026-07-03"
COLUMN = "key_in_other_case: a row with this firm_id but for upper and lower case stands at {} "


def firms(**feed: bool) -> Source:
    return source("workbook", {"table": "firms", "sheet": "firms", "full": True, "columns": FIRMS, **feed})


def sheet(world: World, *keys: str, selected: str = D1) -> None:
    world.workbook(firms=[tuple(FIRMS.values()), *((key, selected, None) for key in keys)])


def counts(receipt: SourceReceipt) -> tuple[int, int, int]:
    feed = receipt.feeds[0]
    return feed.landed, feed.unchanged, feed.quarantined


def reasons(world: World, day: str) -> list[str]:
    return [str(reason) for reason in read_quarantine(world.settings, night(day)).reason]


@pytest.mark.parametrize("keys", [("F-1", "f-1"), ("f-1", "F-1"), ("A", "É-1", "é-1")], ids=" ".join)
def test_the_first_of_two_spellings_in_one_night_lands(world: World, keys: tuple[str, ...]) -> None:
    sheet(world, *keys)
    assert counts(world.extract(firms(), D1)) == (len(keys) - 1, 0, 1)
    assert world.versions("firms").firm_id.tolist() == list(keys[:-1])
    [reason] = reasons(world, D1)
    assert reason.startswith(COLUMN.format(f"registers.xlsx/firms:{len(keys)}"))
    assert "case_sensitive_keys: true" in reason


def test_a_copy_on_a_later_night_is_refused_and_the_known_row_stays(world: World) -> None:
    sheet(world, "F-1", "F-2")
    world.extract(firms(), D1)
    sheet(world, "f-1", "F-1", "F-2")
    assert counts(world.extract(firms(), D2)) == (0, 2, 1)
    assert reasons(world, D2)[0].startswith(COLUMN.format("registers.xlsx/firms:2"))


def test_a_copy_that_a_cursor_brings_is_refused(world: World) -> None:
    """Only what is new is read: of all that is known, the rows of these keys are looked for in every spelling."""
    feed = tickets_source(cursor={"column": "recorded", "overlap": "1 hour"})
    world.database([ticket("Voc-1"), ticket("VOC-2")])
    world.extract(feed, D1)
    world.database([ticket("VOC-1", recorded="2026-07-02 09:00:00"), ticket("VOC-2")])
    assert counts(world.extract(feed, D2))[0::2] == (0, 1)


def test_in_daily_files_too(world: World) -> None:
    put(world, "20260701", "C-1")
    world.extract(calls(), D1)
    put(world, "20260702", "c-1", "C-2")
    day = world.extract(calls(), D2).feeds[0].days[-1]
    assert (day.landed, day.quarantined) == (1, 1)


def test_what_its_source_tells_apart_is_two(world: World) -> None:
    sheet(world, "0015g0000A", "0015g0000a")
    assert counts(world.extract(firms(case_sensitive_keys=True), D1)) == (2, 0, 0)
    assert counts(world.extract(firms(case_sensitive_keys=True), D2)) == (0, 2, 0)


def test_what_landed_as_two_stays_two(world: World) -> None:
    """Of both it is known what they said: neither is a copy of tonight's."""
    sheet(world, "F-1", "f-1")
    world.extract(firms(case_sensitive_keys=True), D1)
    sheet(world, "F-1", "f-1", selected=D2)
    assert counts(world.extract(firms(), D2)) == (2, 0, 0)


def test_a_row_that_was_deleted_leaves_its_key_free(world: World) -> None:
    sheet(world, "F-1", "F-2")
    world.extract(firms(), D1)
    sheet(world, "F-2")
    world.extract(firms(), D2)
    sheet(world, "f-1", "F-2")
    assert counts(world.extract(firms(), D3)) == (1, 1, 0)


def test_it_may_be_any_case_until_the_copy_is_gone(world: World) -> None:
    sheet(world, "F-1", "f-1")
    world.extract(firms(), D1)
    [refusal] = standing_refusals(world.settings, world.agency, firms(), night(D1))
    assert not DoubtedRow.refused(refusal).names_its_case
    sheet(world, "F-1")
    world.extract(firms(), D2)
    assert standing_refusals(world.settings, world.agency, firms(), night(D2)) == []


def test_a_steward_gives_it_a_key_of_its_own(world: World) -> None:
    sheet(world, "F-1", "f-1")
    world.extract(firms(), D1)
    [refusal] = open_refusals(world.settings, world.agency, firms(), night(D1))

    def put_right(key: str) -> None:
        cells = {"firm_id": key, "selected_on": D1, "adviser": ""}
        proposal = Proposal(refusal.id, cells, "asked the department", "corrected.csv, row 2")
        correct(world.settings, world.agency, firms(), [proposal], by="kim", made_at=night(D1))

    with pytest.raises(CorrectionError):
        put_right("f-1")
    put_right("F-11")
    assert [part.landed for part in world.extract(firms(), D2).corrections] == [1]
