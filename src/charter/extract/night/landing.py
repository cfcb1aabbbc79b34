"""One extraction of one source, with what the receipts of its other nights say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from charter.base.settings import Settings
from charter.definitions.models import Agency, Feed, Source
from charter.extract.corrections.land import SourceCorrections
from charter.lake.files import raw_schema
from charter.lake.receipts import FeedReceipt, SourceReceipt


@dataclass(frozen=True)
class Night:
    """One extraction, with what the receipts of other nights say."""

    settings: Settings
    agency: Agency
    source: Source
    as_of: datetime
    pseudonym_key: bytes | None
    accept_shrunk: bool
    before: list[SourceReceipt]
    after: list[SourceReceipt]
    corrections: SourceCorrections
    attempted: SourceReceipt | None = None
    forced: bool = False

    def attempt(self, feed: Feed) -> FeedReceipt | None:
        """What an earlier attempt of this very night made of a feed, if there was one."""
        return self.attempted.feed(feed.table) if self.attempted is not None else None

    def attempted_rows(self, feed: Feed) -> pa.Table:
        """The rows that landed at an earlier attempt of this very night."""
        attempt = self.attempt(feed)
        paths = [self.settings.lake_dir / file.path for file in attempt.files] if attempt is not None else []
        tables = [pq.read_table(path, partitioning=None) for path in paths if path.exists()]
        return pa.concat_tables([raw_schema(self.agency.subjects[feed.table]).empty_table(), *tables])

    def history(self, feed: Feed) -> list[tuple[datetime, FeedReceipt]]:
        """The earlier receipts of a feed, in order."""
        return [(night.as_of, receipt) for night in self.before if (receipt := night.feed(feed.table))]

    def sealed_files(self, feed: Feed) -> list[Path]:
        """The landed files that an earlier receipt vouches for. What a crash left behind is not among them."""
        return [self.settings.lake_dir / file.path for night in self.before for file in night.landed_files(feed.table)]

    @property
    def inserted_before(self) -> datetime | None:
        """The next night, when it was extracted before this one was asked for."""
        return self.after[0].as_of if self.after else None

    def known_next(self, feed: Feed) -> list[Path]:
        """The landed files of a feed that the next night, extracted before this one, knew of."""
        first = self.inserted_before
        known = [*self.before, *self.after] if first else []
        nights = [night for night in known if first is not None and night.is_known(first)]
        return [self.settings.lake_dir / file.path for night in nights for file in night.landed_files(feed.table)]
