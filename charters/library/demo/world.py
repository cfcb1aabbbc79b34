"""Everything that happens in the synthetic library's year, from a seed and a size."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from .clocks import NORTH, berlin, day_of, opening
from .rows import Row, RowT, as_seen

FIRST_DAY, LAST_DAY = date(2026, 1, 1), date(2026, 12, 31)
# The file of that day never came: what was measured of it nobody knows.
LOST_FILE = date(2026, 5, 19)
# Rows with a cell that nobody can read, by their numbers: our column, and what stands in it.
REFUSED = {
    "AV-26-0040": {"price": "24.90"},
    "AV-26-0071": {"received_at": "gestern"},
    "AN-26-0033": {"privacy_explained_on": "31.02.2026"},
}
BRANCHES = ("zentralbibliothek", NORTH, "zweigstelle-suedvorstadt")


@dataclass
class World:
    """The rows of each table in the order of their keys, as they will stand when the year is over."""

    rows: dict[type[Row], list[Row]] = field(default_factory=lambda: defaultdict(list))

    def add(self, *rows: Row) -> None:
        for row in rows:
            self.rows[type(row)].append(row)

    def seen(self, kind: type[RowT], now: datetime) -> list[RowT]:
        """The rows of one table that can be read, as its system shows them at the midnight ``now``."""
        return [row for row in self.shown(kind, now) if row.key not in REFUSED]

    def shown(self, kind: type[RowT], now: datetime) -> list[RowT]:
        """All rows of one table, as its system shows them at the midnight ``now``."""
        today = day_of(now) - timedelta(days=1)
        shown = (as_seen(row, now, today) for row in self.rows[kind] if isinstance(row, kind))
        return [row for row in shown if row is not None]


class Chance:
    """Chances of one step of the year: what happens in another step changes none of them."""

    def __init__(self, seed: int, step: str) -> None:
        self._random = random.Random(f"{seed}/{step}")

    def of(self, share: float) -> bool:
        return self._random.random() < share

    def between(self, least: int, most: int) -> int:
        return self._random.randint(least, most)

    def one_of(self, *options: str) -> str:
        return self._random.choice(options)

    def open_moment(self, day: date, department: str) -> datetime | None:
        """A minute of the hours of ``department`` on ``day``; None when it is closed."""
        hours = opening(day, department, day)
        if hours is None:
            return None
        return berlin(day, hours[0]) + timedelta(minutes=self.between(0, (hours[1] - hours[0]) * 60 - 1))

    def later(self, moment: datetime, least_hours: float, most_hours: float) -> datetime:
        """A minute so many hours after ``moment``."""
        return moment + timedelta(minutes=self.between(round(least_hours * 60), round(most_hours * 60)))

    def borrower(self) -> str:
        """The number of a reader's card."""
        return f"A{self.between(1, 240):05d}"
