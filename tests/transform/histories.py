"""Random histories of an agency's sources, landed night by night as the extraction would: new rows, corrections, rows
that come late, rows that vanish, facts dated ahead, rows that move to another case, waivers that come and go, rows that
are refused before they are understood."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from charter.base.moments import end_of_day, local_midnight, naive_utc
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.definitions.models import Feed
from charter.extract import DayReceipt, FeedReceipt, SourceReceipt, ensure_contract_tables
from charter.extract.contract.mapping import row_json
from charter.lake.files import QUARANTINE_SCHEMA, landing, raw_partition, raw_schema
from charter.lake.receipts import FileDigest, receipt_path, to_json

Row = dict[str, Any]
DEPARTMENTS = ("branch-team", "champ-team", "invest-centre")
REPLIES = ("public_reply", "interim_notice", "handled", "transferred", "reopened", "marked_spam", "rating_invited")


@dataclass
class History:
    """What the sources of one agency hold, and how it changes from day to day."""

    agency: Agency
    seed: int
    first: date
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    landed: dict[tuple[str, str], dict[str, Row]] = field(default_factory=dict)
    heard: dict[tuple[str, str], date] = field(default_factory=dict)
    number: int = 0
    refused: list[tuple[str, Row]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def live(self, settings: Settings, day: date) -> None:
        """One day passes at the sources, and its night lands in the lake."""
        for _ in range(self._chance.randint(8, 20)):
            self._open(day)
        for _ in range(self._chance.randint(15, 45)):
            self._go_on(day)
        for _ in range(self._chance.randint(2, 9)):
            self._disturb(day)
        silent = {source.id for source in self.agency.sources if self._chance.random() < 0.12}
        # What a silent source has to tell comes with the next night on which it speaks.
        self._land(settings, day, silent)

    # ── what happens ────────────────────────────────────────────────────────────────────────────

    def _put(self, table: str, row: Row) -> None:
        key = self.agency.subjects[table].key
        self.rows.setdefault(table, {})[row[key]] = row

    def _name(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}{self.number:05d}"

    def _moment(self, day: date, *, back: int = 2, ahead: int = 1) -> datetime:
        """An instant around ``day``, sometimes of an earlier or a later one, sometimes just on midnight."""
        offset = self._chance.choice([0] * 8 + [-self._chance.randint(1, back), self._chance.randint(1, ahead)])
        midnight = naive_utc(local_midnight(day + timedelta(days=offset), self.agency.zone))
        return midnight + timedelta(seconds=self._chance.choice([0, self._chance.randint(1, 86_399)]))

    def _open(self, day: date) -> None:
        chance = self._chance
        kind = chance.choice(["ticket", "ticket", "call", "review", "waiver", "programme_change"])
        if kind == "ticket":
            ticket = self._name("T")
            self._put(
                "tickets",
                {
                    "ticket_id": ticket,
                    "programme": chance.choice(["branch", "champ", "invest", "none"]),
                    "kind": chance.choice(["inquiry", "complaint", "aftercare"]),
                    "channel": chance.choice(["website", "voc", "phone"]),
                    "received_at": self._moment(day),
                    "department_id": chance.choice(DEPARTMENTS),
                    "project_ended_on": chance.choice([None, day - timedelta(days=30), day + timedelta(days=2)]),
                },
            )
        elif kind == "call":
            rang = self._moment(day)
            answered = rang + timedelta(seconds=chance.choice([5, 9, 14, 15, 16, 40]))
            outcome = chance.choice(["answered", "answered", "abandoned", "unanswered"])
            self._put(
                "calls",
                {
                    "call_id": self._name("C"),
                    "department_id": chance.choice(DEPARTMENTS),
                    "direction": "inbound",
                    "rang_at": rang,
                    "answered_at": answered if outcome == "answered" else None,
                    "ended_at": answered,
                    "outcome": outcome,
                },
            )
        elif kind == "review":
            yes = [chance.random() < 0.8 for _ in range(4)]
            self._put(
                "call_reviews",
                {
                    "review_id": self._name("R"),
                    "department_id": chance.choice(DEPARTMENTS),
                    "reviewed_at": self._moment(day),
                    "method": "monitored",
                    "greeting_given": yes[0],
                    "department_given": yes[1],
                    "name_given": yes[2],
                    "transfer_needed": False,
                    "answered_by_first": yes[3],
                },
            )
        elif kind == "waiver":
            self._waive(day)
        else:
            decided = day - timedelta(days=chance.randint(0, 3))
            self._put(
                "programme_changes",
                {
                    "change_id": self._name("P"),
                    "programme": chance.choice(["branch", "champ"]),
                    "department_id": chance.choice(DEPARTMENTS),
                    "decided_on": decided,
                    "effective_on": decided + timedelta(days=chance.choice([20, 31, 45])),
                    "website_notice_on": chance.choice([None, decided]),
                    "email_notice_on": None,
                },
            )

    def _waive(self, day: date) -> None:
        chance = self._chance
        standards = ["branch-first-reply", "champ-first-reply", "phone-answer", "online-voc-reply"]
        known = {standard.id for standard in self.agency.charter.standards}
        self._put(
            "waivers",
            {
                "waiver_id": self._name("W"),
                "standard_id": chance.choice([name for name in standards if name in known]),
                "department_id": chance.choice([None, None, *DEPARTMENTS]),
                "subject_id": chance.choice([None, None, self._some("tickets")]),
                "from_on": day - timedelta(days=chance.randint(0, 6)),
                "to_on": day + timedelta(days=chance.randint(-2, 2)),
                "reason": "storm",
                "approver": "board",
                "decided_at": self._moment(day, back=3, ahead=2),
            },
        )

    def _some(self, table: str) -> str | None:
        keys = sorted(self.rows.get(table, {}))
        return self._chance.choice(keys) if keys else None

    def _go_on(self, day: date) -> None:
        ticket = self._some("tickets")
        if ticket is None:
            return
        chance = self._chance
        if chance.random() < 0.15:
            self._put(
                "survey_responses",
                {
                    "response_id": self._name("S"),
                    "kind": "reply_rating",
                    "ticket_id": ticket,
                    "responded_at": self._moment(day),
                    "score": chance.choice([1.0, 3.5, 5.0]),
                },
            )
            return
        kind = chance.choice(REPLIES)
        at = self._moment(day)
        self._put(
            "ticket_events",
            {
                "event_id": self._name("E"),
                "ticket_id": ticket,
                "kind": kind,
                "occurred_at": at,
                "department_id": chance.choice(DEPARTMENTS) if kind == "transferred" else None,
                "promised_at": at + timedelta(days=3) if kind == "interim_notice" else None,
            },
        )

    def _disturb(self, day: date) -> None:
        """Something that was there is changed, moved to another case, or gone."""
        table = self._chance.choice(["tickets", "ticket_events", "calls", "survey_responses", "waivers"])
        key = self._some(table)
        if key is None:
            return
        row = dict(self.rows[table][key])
        what = self._chance.choice(["gone", "later", "moved", "department"])
        if what == "gone":
            del self.rows[table][key]
            return
        if what == "later":
            column = next(name for name in row if name.endswith("_at"))
            row[column] += timedelta(hours=self._chance.choice([-30, -1, 1, 30]))
        elif (what == "moved" and "event_id" in row) or "response_id" in row:
            row["ticket_id"] = self._some("tickets")
        elif row.get("department_id") is not None:
            row["department_id"] = self._chance.choice(DEPARTMENTS)
        self.rows[table][key] = row

    def _held_by(self, source_id: str, table: str) -> dict[str, Row]:
        """What a source holds of a table: everything, or, where another source feeds the table first, other rows under
        some of the same keys."""
        rows = self.rows.get(table, {})
        if self.agency.feeding(table)[0] == source_id:
            return rows
        moments = [name for name, column in self.agency.subjects[table].columns.items() if column.type == "instant"]
        return {
            key: row | {name: row[name] - timedelta(hours=7) for name in moments if row.get(name) is not None}
            for key, row in rows.items()
            if int(key[1:]) % 3
        }

    # ── what lands ──────────────────────────────────────────────────────────────────────────────

    def _land(self, settings: Settings, day: date, silent: set[str]) -> None:
        ensure_contract_tables(settings, self.agency)
        as_of = end_of_day(day, self.agency.zone)
        for source in self.agency.sources:
            heard = source.id not in silent
            self.refused = []
            feeds = [
                self._land_feed(settings, source.id, feed, day, as_of) if heard else _silence(feed, day)
                for feed in source.feeds
            ]
            receipt = SourceReceipt(
                source_id=source.id,
                as_of=as_of,
                status="landed" if heard else "missing",
                feeds=feeds,
                quarantine=self._quarantine(settings, source.id, as_of),
            )
            path = receipt_path(settings, source.id, as_of)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(to_json(receipt))

    def _land_feed(self, settings: Settings, source_id: str, feed: Feed, day: date, as_of: datetime) -> FeedReceipt:
        place = (source_id, feed.table)
        now, known = self._held_by(source_id, feed.table), self.landed.setdefault(place, {})
        new = [row for key, row in now.items() if known.get(key) != row]
        # Refused tonight, understood on a later night: nobody could read who answers for it.
        refused = [row for row in new if self._chance.random() < 0.08]
        self.refused += [(feed.table, row) for row in refused]
        changed = [(row, False) for row in new if row not in refused]
        changed += [(row, True) for key, row in known.items() if key not in now]
        if changed:
            subject = self.agency.subjects[feed.table]
            versions = [
                {
                    **row,
                    "_source_id": source_id,
                    "_known_at": naive_utc(as_of),
                    "_row_key": row[subject.key],
                    "_row_hash": "",
                    "_origin": f"{feed.table}:{row[subject.key]}",
                    "_deleted": gone,
                }
                for row, gone in changed
            ]
            path = raw_partition(settings, feed.table, source_id, as_of)
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(versions, schema=raw_schema(subject)), path)
        untold = {row[self.agency.subjects[feed.table].key] for row in refused}
        kept = {key: row for key, row in known.items() if key in untold}
        self.landed[place] = {key: dict(row) for key, row in now.items() if key not in untold} | kept
        waited = self.heard.get(place, day - timedelta(days=1))
        self.heard[place] = day
        count = len(changed)
        days = [
            DayReceipt(
                day=each, status="landed", arrived=count if each == day else 0, landed=count if each == day else 0
            )
            for each in _days(waited + timedelta(days=1), day)
        ]
        return FeedReceipt(
            table=feed.table,
            status="landed",
            arrived=count,
            landed=count,
            days=days if "{day}" in (feed.path or "") else [],
            contract="history",
        )

    def _quarantine(self, settings: Settings, source_id: str, as_of: datetime) -> FileDigest | None:
        rows = [
            {
                "source_id": source_id,
                "table": table,
                "origin": f"{table}:{row[self.agency.subjects[table].key]}",
                "column": "department_id" if "department_id" in row else "",
                "reason": "department_id: is no department",
                "row": row_json({**row, **({"department_id": None} if "department_id" in row else {})}),
                "_known_at": naive_utc(as_of),
            }
            for table, row in self.refused
        ]
        with landing(settings, source_id, as_of) as writing:
            return writing.put_quarantine(pa.Table.from_pylist(rows, schema=QUARANTINE_SCHEMA))


def _silence(feed: Feed, day: date) -> FeedReceipt:
    days = [DayReceipt(day=day, status="missing")] if "{day}" in (feed.path or "") else []
    return FeedReceipt(table=feed.table, status="missing", days=days, contract="history")


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)
