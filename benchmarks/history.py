"""Nights as they are lived, without the hours: what lands, is judged, published and shown is made by hand, and sealed.

The benchmark of evidence lives a year of them, a test ninety.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from charter.assertions.results import results_path
from charter.base.head import printed_head, verifying
from charter.base.moments import Period, naive_utc, stamp
from charter.base.settings import Settings
from charter.deliver import Message, MessageState, Outbox, Sender
from charter.deliver.records import Outcome
from charter.evidence import SealedManifest, delivery_seals, seal, seal_pages
from charter.lake.receipts import FeedReceipt, FileDigest, SourceReceipt, to_json
from charter.transform.build.closing import closed_week_file

FIRST = datetime(2026, 1, 1, 15, tzinfo=UTC)
_SUNDAY = 6
_SENDER = Sender(address="charter@agency.example")


@dataclass(frozen=True)
class Volume:
    """What a night brings: ``tables`` files of ``rows`` rows each, so many ``commitments`` decided, so many ``pages``
    written anew."""

    tables: int = 25
    rows: int = 200
    pages: int = 120
    commitments: int = 500


def as_of_night(number: int) -> datetime:
    """The as-of of the night ``number``; the first is 0."""
    return FIRST + timedelta(days=number)


def live(settings: Settings, number: int, volume: Volume) -> list[Path]:
    """Everything of the night ``number`` but its seals: returns the pages that it wrote."""
    as_of = as_of_night(number)
    _land(settings, as_of, number, volume)
    _publish(settings, as_of, number, volume)
    return [text_file(settings.site_dir / f"page-{page}.html", f"{page} {as_of}" * 200) for page in range(volume.pages)]


def seal_night(settings: Settings, number: int, pages: Sequence[Path]) -> SealedManifest:
    """Seals the night ``number``, and then its pages."""
    as_of = as_of_night(number)
    sealed = seal(settings, "nightly", as_of, as_of)
    seal_pages(settings, ("agency", "1"), as_of, pages)
    return sealed


def ends_a_week(number: int) -> bool:
    """Whether the night ``number`` is that after a Sunday."""
    return as_of_night(number).weekday() == _SUNDAY


def report_week(settings: Settings, number: int, night: SealedManifest, readers: Sequence[str]) -> SealedManifest:
    """Reports the week that the night ``number`` ended, with the head of its seal, to ``readers`` (addresses)."""
    as_of = as_of_night(number)
    week = Period("week", (as_of - timedelta(days=6)).date(), as_of.date()).key()
    lines = f"Week {week}\nSeal of the night: {printed_head(night.sha256)}\n{verifying(night.sha256)}\n"
    report = text_file(settings.site_dir / "reports" / week / "desk" / "r1" / "report.txt", lines)
    with Outbox.open(settings) as outbox:
        outbox.enqueue([_mail(week, reader, lines) for reader in readers], sender=_SENDER, as_of=as_of)
        for row in outbox.queued():
            if (claim := outbox.claim(row)) is not None:
                outbox.settle(claim, Outcome(MessageState.SENT, "250 kept"), max_attempts=1)
        kept = outbox.kept(report="weekly", period=week)
    return seal(settings, "weekly", as_of, as_of, rendered=[report], deliveries=delivery_seals(kept))


def text_file(path: Path, text: str) -> Path:
    """A file with this text; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _mail(week: str, reader: str, lines: str) -> Message:
    return Message(
        report="weekly",
        period=week,
        revision=1,
        recipient=reader,
        recipient_name="Reader",
        department_id="desk",
        subject=f"Week {week}",
        html="<p>Week</p>",
        text=lines,
        fingerprint=week,
    )


def _land(settings: Settings, as_of: datetime, number: int, volume: Volume) -> None:
    feeds = []
    for table in range(volume.tables):
        path = settings.raw_dir / f"table_{table}" / "source=system" / f"as_of={stamp(as_of)}" / "part-0.parquet"
        _parquet(path, number, volume.rows)
        digest = FileDigest(
            path=path.relative_to(settings.lake_dir).as_posix(), size=path.stat().st_size, sha256=_digest(path)
        )
        feeds.append(
            FeedReceipt(
                table=f"table_{table}",
                status="landed",
                arrived=volume.rows,
                landed=volume.rows,
                contract="0" * 64,
                files=[digest],
            )
        )
    receipt = SourceReceipt(source_id="system", as_of=as_of, status="landed", feeds=feeds)
    text_file(settings.lake_dir / "receipts" / f"as_of={stamp(as_of)}" / "system.json", to_json(receipt).decode())


def _publish(settings: Settings, as_of: datetime, number: int, volume: Volume) -> None:
    _parquet(results_path(settings, as_of), number, volume.rows)
    if ends_a_week(number):
        _parquet(closed_week_file(settings, (as_of - timedelta(days=6)).date()), number, volume.rows)
    with duckdb.connect(str(settings.warehouse)) as writer:
        writer.execute("CREATE SCHEMA IF NOT EXISTS marts")
        writer.execute(
            "CREATE OR REPLACE TABLE marts.run AS SELECT ?::TIMESTAMP AS as_of, ?::TIMESTAMP AS known_at,"
            " 'agency' AS charter_id, '1' AS charter_version",
            [naive_utc(as_of), naive_utc(as_of)],
        )
        writer.execute(
            "CREATE TABLE IF NOT EXISTS marts.fct_commitments (commitment_id BIGINT, decided_on DATE, status VARCHAR)"
        )
        writer.execute(
            "INSERT INTO marts.fct_commitments SELECT range, ?::DATE, 'met' FROM range(?, ?)",
            [as_of.date(), number * volume.commitments, (number + 1) * volume.commitments],
        )


def _parquet(path: Path, number: int, rows: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"id": list(range(number, number + rows))}), path)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
