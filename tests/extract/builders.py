"""Small builders: an agency of two departments, and sources that a test fills."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from charter.base.moments import end_of_day
from charter.base.settings import Settings
from charter.definitions.models import Agency, Source, Subject
from charter.extract import SourceReceipt, extract_source

SEOUL = ZoneInfo("Asia/Seoul")
KEY = "a key for tests only, of 32 bytes"

SUBJECTS = {
    "tickets": {
        "model": "stg_tickets",
        "text": "tickets",
        "key": "ticket_id",
        "columns": {
            "ticket_id": {"type": "text", "required": True},
            "kind": {"type": "code", "required": True, "values": ["inquiry", "complaint"]},
            "received_at": {"type": "instant", "required": True},
            "department_id": {"type": "department"},
            "customer": {"type": "pseudonym"},
            "project_ended_on": {"type": "date"},
            "score": {"type": "number"},
            "count": {"type": "integer"},
            "urgent": {"type": "boolean"},
        },
    },
    "calls": {
        "model": "stg_calls",
        "text": "calls",
        "key": "call_id",
        "columns": {
            "call_id": {"type": "text", "required": True},
            "department_id": {"type": "department", "required": True},
            "rang_at": {"type": "instant", "required": True},
            "caller": {"type": "pseudonym"},
            # Names that the comparison of versions might use itself.
            "outcome": {"type": "text"},
            "place": {"type": "text"},
            "latest": {"type": "text"},
        },
    },
    "firms": {
        "model": "stg_firms",
        "text": "firms",
        "key": "firm_id",
        "columns": {
            "firm_id": {"type": "text", "required": True},
            "selected_on": {"type": "date", "required": True},
            "adviser": {"type": "pseudonym"},
        },
    },
}
STANDARD = {
    "id": "no-leaks",
    "citation": "정보/정보/3",
    "pledge": "privacy",
    "text": {"ko": "유출 없음", "en": "no leaks"},
    "kind": "zero",
    "rules": [
        {
            "version": 1,
            "effective_from": "2026-01-01",
            "basis": "charter",
            "threshold": {"ko": "0", "en": "0"},
            "target": 1,
            "subject": "tickets",
            "owner": {"column": "department_id"},
            "parts": [{"id": "all", "on": "project_ended_on", "clock": "calendar", "days": "every_day"}],
        }
    ],
}


def department(name: str, ko: str, *aliases: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": {"ko": ko, "en": name.title()},
        "kind": "team",
        "time_zone": "Asia/Seoul",
        "placements": [{"effective_from": "2020-01-01"}],
        "aliases": list(aliases),
    }


def agency(**changes: Any) -> Agency:
    content: dict[str, Any] = {
        "charter": {
            "id": "test",
            "version": "1",
            "agency": {"ko": "기관", "en": "Agency"},
            "time_zone": "Asia/Seoul",
            "in_force_from": "2026-01-01",
            "pledges": [{"id": "privacy", "text": {"ko": "보호", "en": "privacy"}}],
            "standards": [STANDARD],
        },
        "organisation": {"departments": [department("export", "수출팀", "EXP-1"), department("invest", "투자팀")]},
        "calendar": {
            "country": "KR",
            "frozen_from": "test",
            "first_day": "2026-01-01",
            "last_day": "2026-12-31",
            "working_hours": {"days": [1, 2, 3, 4, 5], "start": "09:00", "end": "18:00"},
            "holidays": [{"day": "2026-07-17", "name": "제헌절", "known_on": "2026-02-10"}],
        },
        "subjects": SUBJECTS,
        "sources": [],
        "digests": {},
    }
    return Agency.model_validate({**content, **changes})


def night(day: str) -> datetime:
    """The as-of of the night after ``day`` in Seoul."""
    return end_of_day(date.fromisoformat(day), SEOUL)


TICKETS = {
    "ticket_id": "no",
    "kind": {"source": "gubun", "values": {"문의": "inquiry", "불만": "complaint"}},
    "received_at": "received",
    "department_id": "dept",
    "customer": "email",
    "project_ended_on": "ended",
    "score": "score",
    "count": "cnt",
    "urgent": "urgent",
}
CALLS = {"call_id": "번호", "department_id": "부서", "rang_at": "호출", "caller": "발신"}
FIRMS = {"firm_id": "기업번호", "selected_on": "선정일", "adviser": "전문위원"}
TICKET_COLUMNS = ("no", "gubun", "received", "dept", "email", "ended", "score", "cnt", "urgent", "recorded", "memo")


def source(kind: str, *feeds: Mapping[str, Any], **changes: Any) -> Source:
    content = {
        "id": f"a-{kind}",
        "text": {"ko": "원천", "en": "source"},
        "kind": kind,
        "connection": f"a-{kind}",
        "time_zone": "Asia/Seoul",
        "null_tokens": ["", "-"],
        "booleans": {"Y": True, "N": False},
        "freshness": {"expect": "each_night"},
        "feeds": feeds,
    }
    return Source.model_validate({**content, **changes})


def tickets_source(**changes: Any) -> Source:
    feed = {"table": "tickets", "query": "SELECT * FROM voc", "recorded_at": "recorded", "columns": TICKETS}
    return source("sql", {**feed, **changes})


def ticket(no: str, **changes: Any) -> dict[str, Any]:
    row = {
        "no": no,
        "gubun": "문의",
        "received": "2026-07-01 10:00:00",
        "dept": "수출팀",
        "email": f"{no}@example.org",
        "ended": None,
        "score": None,
        "cnt": None,
        "urgent": "N",
        "recorded": "2026-07-01 10:00:00",
        "memo": "free text",
    }
    return {**row, **changes}


@dataclass
class World:
    """One installation with its source systems, below a test's folder."""

    folder: Path
    agency: Agency = field(default_factory=agency)

    @property
    def settings(self) -> Settings:
        environment = {
            "CHARTER_CONN_A_SQL": f"sqlite:///{self.folder / 'voc.db'}",
            "CHARTER_CONN_A_CSV": str(self.folder / "files"),
            "CHARTER_CONN_A_WORKBOOK": str(self.folder / "registers.xlsx"),
            "CHARTER_PSEUDONYM_KEY": KEY,
        }
        return Settings(self.folder, self.folder / "charter", self.folder / "var", environment)

    @property
    def lake(self) -> Path:
        return self.settings.lake_dir

    def extract(self, source: Source, day: str, **options: bool) -> SourceReceipt:
        return extract_source(self.settings, self.agency, source, night(day), **options)

    def database(self, rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = TICKET_COLUMNS) -> None:
        with sqlite3.connect(self.folder / "voc.db") as connection:
            connection.execute("DROP TABLE IF EXISTS voc")
            connection.execute(f"CREATE TABLE voc ({', '.join(columns)})")
            values = [[row.get(column) for column in columns] for row in rows]
            connection.executemany(f"INSERT INTO voc VALUES ({', '.join('?' * len(columns))})", values)
        connection.close()

    def file(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        path = self.folder / "files" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode(encoding))
        return path

    def workbook(self, **sheets: Sequence[Sequence[Any]]) -> None:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(list(row))
        book.save(self.folder / "registers.xlsx")

    def versions(self, table: str) -> pd.DataFrame:
        """Every landed version of a table, oldest first."""
        files = sorted(self.settings.raw_dir.glob(f"{table}/source=*/as_of=*/part-0.parquet"))
        tables = [pq.read_table(file, partitioning=None) for file in files]
        frame: pd.DataFrame = pa.concat_tables(tables).to_pandas() if tables else pd.DataFrame()
        return frame.sort_values(["_known_at", "_row_key"]).reset_index(drop=True) if tables else frame

    def bytes_of_lake(self) -> dict[str, bytes]:
        """Every file that counts, by its path below the lake."""
        files = sorted(path for path in self.lake.rglob("*") if path.is_file() and "incoming" not in path.parts)
        return {str(path.relative_to(self.lake)): path.read_bytes() for path in files}


def subject(name: str) -> Subject:
    return Subject.model_validate(SUBJECTS[name])
