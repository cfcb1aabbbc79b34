"""One comparison of the SQL with the reading: same rows, same night, every commitment, every column."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from tests.commitments.expected import Commitment, World, assert_same, read_commitments
from tests.commitments.reading import Calendars, Night, Row, Waiver, read_inquiry, read_transfers
from tests.commitments.warehouse import KNOWN_TO_THE_END, NOTHING, Warehouse


def read_world(
    tables: Mapping[str, list[Row]],
    waivers: Sequence[Row],
    covered: Mapping[tuple[str, date], bool],
    night: Night,
    zone: Any,
) -> World:
    """The world as the reading sees it: inquiries are folded from their tickets and events."""
    events = tables.get("ticket_events", [])
    inquiries = [read_inquiry(ticket, events, night, zone) for ticket in tables.get("tickets", [])]
    columns = list(Waiver.__dataclass_fields__)
    return World(
        tables={**tables, "inquiries": inquiries},
        waivers=[Waiver(**{column: row[column] for column in columns}) for row in waivers],
        transfers=read_transfers(events, night),
        covered={each for each, heard in covered.items() if heard},
    )


def compare(
    warehouse: Warehouse,
    calendars: Calendars,
    night: Night,
    kinds: Collection[str],
    standards: Collection[str],
    tables: Mapping[str, list[Row]],
    *,
    waivers: Sequence[Row] = (),
    covered: Mapping[tuple[str, date], bool] = NOTHING,
    known_at: datetime = KNOWN_TO_THE_END,
    also: Sequence[str] = (),
) -> list[Commitment]:
    """The commitments of ``standards`` on which SQL and reading agree; fails with the first on which they do not.

    ``tables`` are the landed rows by subject table.
    """
    agency = warehouse.agency
    staged: dict[str, Sequence[Row]] = {agency.subjects[name].model: rows for name, rows in tables.items()}
    if waivers:
        staged["stg_waivers"] = waivers
    built = warehouse.judge(kinds, staged, night, covered=covered, known_at=known_at, also=also)
    world = read_world(tables, waivers, covered, night, agency.zone)
    read = read_commitments(agency, calendars, world, night, standards)
    assert_same(read, built, standards)
    return read
