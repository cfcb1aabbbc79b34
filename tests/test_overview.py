"""What the installation says of refused rows: which are a person's to put right, and which are no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter.definitions.models import Source
from charter.overview import refused_rows
from tests.extract.builders import FIRMS, World, night, source, ticket, tickets_source

D1, D2 = "2026-07-01", "2026-07-02"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def mended(world: World, of: Source, day: str) -> list[bool]:
    agency = world.agency.model_copy(update={"sources": [of]})
    return [row.mended for row in refused_rows(world.settings, agency, night(day))]


def test_a_row_that_its_source_gives_in_order_since_is_told_as_mended(world: World) -> None:
    for day, kind in ((D1, "칭찬"), (D2, "문의")):
        world.database([ticket("T2", gubun=kind)])
        world.extract(tickets_source(), day)

    assert mended(world, tickets_source(), D1) == [False]
    assert mended(world, tickets_source(), D2) == [True]


def test_a_row_that_is_refused_again_otherwise_is_not_mended(world: World) -> None:
    for day, kind in ((D1, "칭찬"), (D2, "민원?")):
        world.database([ticket("T2", gubun=kind)])
        world.extract(tickets_source(), day)

    assert mended(world, tickets_source(), D2) == [False, False]


@pytest.mark.parametrize(("deletions", "is_mended"), [("doubted", False), ("believed", True)])
def test_a_row_that_is_gone_is_mended_only_where_deletions_are_believed(
    world: World, deletions: str, is_mended: bool
) -> None:
    feed = {"table": "firms", "sheet": "firms", "full": True, "columns": FIRMS, "deletions": deletions}
    firms = source("workbook", feed)
    for day, rows in ((D1, [("F1", "2026-07-01", None), ("F2", "2026.07", None)]), (D2, [("F1", "2026-07-01", None)])):
        world.workbook(firms=[tuple(FIRMS.values()), *rows])
        world.extract(firms, day)

    assert mended(world, firms, D2) == [is_mended]
