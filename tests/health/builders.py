"""An installation made by hand, for the probes: the shipped agency, and a state folder that holds what a test says."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from charter.base.errors import Problem
from charter.base.moments import naive_utc
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.evidence import ChainEntry
from charter.health.examine import examine
from charter.health.finding import Finding
from charter.health.place import Place
from charter.health.say import said, words_or_none
from charter.lake.receipts import FeedReceipt, FeedStatus, ProblemNote, SourceReceipt, receipt_path, to_json

HOME = Path(__file__).parents[2]
KOTRA = HOME / "charters" / "kotra"
# The Monday after a week: its report is due at 09:00 in Seoul, which is midnight in UTC.
MONDAY = datetime(2026, 7, 6, 1, tzinfo=UTC)
NIGHT = datetime(2026, 7, 5, 15, tzinfo=UTC)


@lru_cache(maxsize=1)
def kotra() -> Agency:
    return load_agency(KOTRA)


def place_in(folder: Path, **environment: str) -> Place:
    """The shipped agency with an empty state folder."""
    (folder / "var").mkdir(exist_ok=True)
    settings = Settings(home=HOME, charter_dir=KOTRA, var_dir=folder / "var", environment=environment)
    return Place(settings, kotra())


def broken_place(folder: Path) -> Place:
    """An installation whose charter folder is not there."""
    settings = Settings(home=HOME, charter_dir=folder / "nowhere", var_dir=folder / "var", environment={})
    return Place(settings, None, (Problem("charter.yaml is missing", "nowhere", "put it there"),))


def look(place: Place, probe: str, now: datetime = MONDAY) -> dict[str, Finding]:
    """What one probe finds, by cause."""
    findings = examine(place, now, [probe]).findings
    for finding in findings:
        _require_words(finding)
    return {finding.cause: finding for finding in findings}


def _require_words(finding: Finding) -> None:
    """Every finding that is not in order has its words in every language, and gives what they ask for."""
    for language in ("en", "ko", "de"):
        words = words_or_none(Settings(home=HOME, charter_dir=KOTRA, var_dir=HOME, environment={}), language)
        assert words is not None
        if finding.code:
            told = said(words, finding, kotra().zone, kotra())
            words(f"notice.{finding.code}.what", **{"name": "", **finding.values})
            assert told.remedy


def wrong(place: Place, probe: str, now: datetime = MONDAY) -> dict[str, str]:
    """What one probe finds wrong: the code by cause."""
    return {cause: finding.code for cause, finding in look(place, probe, now).items() if finding.code}


def publish(place: Place, as_of: datetime, *, written: datetime | None = None) -> None:
    """A published warehouse that says which night it is, and nothing else."""
    path = place.settings.warehouse
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as warehouse:
        warehouse.execute("create schema marts")
        warehouse.execute("create table marts.run as select ?::timestamp as as_of", [naive_utc(as_of)])
    written = written or as_of + timedelta(hours=2)
    os.utime(path, (written.timestamp(), written.timestamp()))


def seal_lines(place: Place, nights: Iterable[datetime]) -> None:
    """A chain of nightly seals, without what they seal."""
    entries: list[ChainEntry] = []
    for number, night in enumerate(nights, start=1):
        values: dict[str, Any] = {"sequence": number, "as_of": night, "kind": "nightly", "revision": 1}
        previous = entries[-1].sha256 if entries else None
        entries.append(ChainEntry(**values, sha256=f"{number:064x}", previous=previous, nights=(), format="dsse"))
    place.settings.evidence_dir.mkdir(parents=True, exist_ok=True)
    (place.settings.evidence_dir / "chain.jsonl").write_bytes(b"".join(entry.line() for entry in entries))


def nights_until(last: datetime, count: int) -> list[datetime]:
    """So many nights in a row, the last one ``last``."""
    return [last - timedelta(days=days) for days in reversed(range(count))]


def hear(place: Place, source_id: str, statuses: Sequence[FeedStatus], last: datetime = NIGHT) -> None:
    """The receipts of one source, of the nights up to ``last``."""
    for night, status in zip(nights_until(last, len(statuses)), statuses, strict=True):
        problem = None
        if status != "landed":
            problem = ProblemNote(what="the export has not come", where=source_id, remedy="ask for it")
        counts = {"arrived": 0, "landed": 0, "unchanged": 0, "quarantined": 0, "waiting": 0}
        feed = FeedReceipt(table="tickets", status=status, problem=problem, contract="0" * 64, **counts)
        receipt = SourceReceipt(source_id=source_id, as_of=night, status=status, feeds=[feed])
        path = receipt_path(place.settings, source_id, night)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(to_json(receipt))
