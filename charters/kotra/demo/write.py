"""Writes the synthetic agency's source systems as they stand at an instant."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from openpyxl import Workbook
from sqlalchemy import Column, Date, DateTime, MetaData, String, Table, create_engine, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL
from sqlalchemy.types import TypeEngine

from charter.base.moments import end_of_day
from charter.definitions.models import Agency, Feed, Source
from charter.demonstration import without_clock
from charter.extract.readers.opening import SQLITE

from .background import Working
from .cells import EXTRAS, Cell, Clerk
from .rows import CallReview
from .world import FIRST_DAY, Line, World, day_of, days, lines

LABEL = "합성 자료(실제 고객·기관과 무관) / synthetic data"

_INSTANT: TypeEngine[datetime] = DateTime().with_variant(
    sqlite.DATETIME(  # type: ignore[no-untyped-call]
        storage_format="%(year)04d-%(month)02d-%(day)02d %(hour)02d:%(minute)02d:%(second)02d",
        regexp=r"(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+)",
    ),
    "sqlite",
)


def put(path: Path, content: bytes) -> bool:
    """Writes ``content`` unless the file already has it; says whether it wrote."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.name}.part")
    waiting.write_bytes(content)
    waiting.replace(path)
    return True


# ── the Voice-of-Customer database ──────────────────────────────────────────────────────────────


def _voc_tables(metadata: MetaData) -> dict[str, Table]:
    tickets = Table(
        "tb_voc_rcpt",
        metadata,
        Column("rcpt_no", String(20)),
        Column("biz_gbn", String(20)),
        Column("voc_gbn", String(20)),
        Column("rcpt_path", String(20)),
        Column("rcpt_dt", _INSTANT),
        Column("charge_dept", String(60)),
        Column("cust_email", String(80)),
        Column("biz_end_ymd", Date),
        Column("reg_dt", _INSTANT),
        *(Column(extra.name, String(200)) for extra in EXTRAS["tickets"]),
        comment=LABEL,
    )
    events = Table(
        "tb_voc_hist",
        metadata,
        Column("hist_no", String(20)),
        Column("rcpt_no", String(20)),
        Column("hist_gbn", String(20)),
        Column("proc_dt", _INSTANT),
        Column("proc_dept", String(60)),
        Column("answer_pln_dt", _INSTANT),
        Column("reg_dt", _INSTANT),
        *(Column(extra.name, String(200)) for extra in EXTRAS["ticket_events"]),
        comment=LABEL,
    )
    return {"tickets": tickets, "ticket_events": events}


def database_url(folder: Path, connection: str | None) -> str:
    """Where the Voice-of-Customer database is: the PostgreSQL that ``connection`` names, else a SQLite file."""
    if connection and re.match(r"postgres(ql)?(\+\w+)?://", connection):
        return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", connection)
    return f"{SQLITE}{(folder / 'voc.db').resolve()}"


def write_database(folder: Path, world: World, agency: Agency, when: datetime, connection: str | None) -> None:
    """Fills the two tables of the Voice-of-Customer system from scratch."""
    url = database_url(folder, connection)
    waiting = folder / ".voc.db.part"
    in_file = url.startswith(SQLITE)
    if in_file:
        waiting.unlink(missing_ok=True)
    metadata = MetaData()
    tables = _voc_tables(metadata)
    source = agency.source("voc")
    # By parts: in an address, a ? in a folder's name would begin its options.
    engine = create_engine(URL.create("sqlite", database=str(waiting.resolve())) if in_file else url)
    with engine.begin() as database:
        metadata.drop_all(database)
        metadata.create_all(database)
        for feed in source.feeds:
            clerk = Clerk(agency, source, feed)
            rows = [clerk.cells(line) for line in lines(world, feed.table, when)]
            if rows:
                database.execute(insert(tables[feed.table]), rows)
    engine.dispose()
    if in_file:
        waiting.replace(folder / "voc.db")


# ── CSV files ───────────────────────────────────────────────────────────────────────────────────


def csv_bytes(clerk: Clerk, source: Source, rows: list[Line]) -> bytes:
    """A CSV file with its header, in the source's encoding."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=source.delimiter, lineterminator="\r\n")
    writer.writerow(clerk.header)
    writer.writerows(clerk.texts(line) for line in rows)
    return buffer.getvalue().encode(source.encoding)


def _instant_of(line: Line) -> datetime:
    instant: datetime = line.row.reviewed_at if isinstance(line.row, CallReview) else line.row.rang_at
    return instant


def daily_lines(world: World, agency: Agency, table: str, when: datetime) -> dict[date, list[Line]]:
    """The lines of each daily file of ``table`` that has landed at ``when``; a file may be empty but for its header."""
    working = Working(agency)
    expected = [
        day
        for day in days(FIRST_DAY, day_of(when))
        if end_of_day(day, agency.zone) <= when
        and (world.call_file_landed(day, when) if table == "calls" else working.day(day))
    ]
    files: dict[date, list[Line]] = {day: [] for day in expected}
    found: dict[date, list[Line]] = defaultdict(list)
    for line in lines(world, table, when):
        found[day_of(_instant_of(line))].append(line)
    return {day: found.get(day, []) for day in files}


def write_daily_files(folder: Path, world: World, agency: Agency, source: Source, when: datetime) -> None:
    """One file for each day that has landed; files of later days (of an earlier, longer build) are removed."""
    (feed,) = source.feeds
    assert feed.path is not None
    clerk = Clerk(agency, source, feed)
    written = set()
    for day, rows in daily_lines(world, agency, feed.table, when).items():
        name = feed.path.format(day=f"{day:%Y%m%d}")
        put(folder / name, csv_bytes(clerk, source, rows))
        written.add(name)
    for path in folder.glob(feed.path.format(day="*")):
        if path.name not in written:
            path.unlink()


def write_surveys(folder: Path, world: World, agency: Agency, when: datetime) -> None:
    """The survey tool's one export."""
    source = agency.source("surveys")
    (feed,) = source.feeds
    assert feed.path is not None
    put(folder / feed.path, csv_bytes(Clerk(agency, source, feed), source, lines(world, feed.table, when)))


# ── the workbooks of registers ──────────────────────────────────────────────────────────────────

WORKBOOKS = {"registers": "registers/registers.xlsx", "action-register": "actions/actions.xlsx"}


def _top(feed: Feed) -> Iterator[list[Cell]]:
    titles: list[list[Cell]] = [[f"{feed.sheet} 관리대장"], [LABEL]]
    if feed.header_row == 2:
        titles = [[f"{feed.sheet} 관리대장 / {LABEL}"]]
    yield from titles[: feed.header_row - 1]


def workbook_bytes(world: World, agency: Agency, source: Source, when: datetime) -> bytes:
    """A workbook of registers: a sheet that says what this is, then one for each register."""
    book = Workbook(write_only=True)
    note = book.create_sheet("안내")
    note.append([LABEL])
    note.append(["부서별 관리대장을 본뜬 합성 자료입니다. 사람, 기업, 연락처는 모두 지어낸 것입니다."])
    for feed in source.feeds:
        sheet = book.create_sheet(feed.sheet)
        clerk = Clerk(agency, source, feed)
        for title in _top(feed):
            sheet.append(title)
        sheet.append(clerk.header)
        for line in lines(world, feed.table, when):
            sheet.append(clerk.sheet_cells(line))
    buffer = io.BytesIO()
    book.save(buffer)
    return without_clock(buffer.getvalue())


# ── everything ──────────────────────────────────────────────────────────────────────────────────


def readme(world: World, until: date) -> str:
    """What the folder holds, for whoever opens it."""
    cases = "\n".join(f"- {scenario.name}" for scenario in world.scenarios)
    tomorrow = until + timedelta(days=1)
    return (
        f"# Synthetic source systems\n\n{LABEL}\n\n"
        f"As they stand at the midnight (Asia/Seoul) between {until} and {tomorrow}. Every person, firm, address, "
        "number and text is made up.\n\n"
        "- voc.db: Voice of Customer\n- calls/, reviews/: daily files\n- surveys/: export of the survey tool\n"
        "- registers/: the departments' workbook\n- actions/: the register of actions, and comments on weeks\n"
        "- truth.csv, truth_quarantine.csv, truth_results.csv, truth_actions.csv: the planted verdicts, to hold "
        "what is measured against\n"
        f"\n## Planted cases of the year\n\n{cases}\n"
    )


def lived_until(folder: Path) -> date | None:
    """The last day that the agency in ``folder`` has lived, as its README says; None when there is none."""
    path = folder / "README.md"
    found = re.search(r"between (\d{4}-\d{2}-\d{2}) and", path.read_text(encoding="utf-8")) if path.exists() else None
    return date.fromisoformat(found[1]) if found else None


def write_sources(folder: Path, world: World, agency: Agency, until: date, connection: str | None) -> None:
    """Every source system at the midnight that ends ``until``."""
    when = end_of_day(until, agency.zone)
    folder.mkdir(parents=True, exist_ok=True)
    write_database(folder, world, agency, when, connection)
    for name, source in (("calls", "telephone"), ("reviews", "call-reviews")):
        (folder / name).mkdir(exist_ok=True)
        write_daily_files(folder / name, world, agency, agency.source(source), when)
    write_surveys(folder / "surveys", world, agency, when)
    for source, path in WORKBOOKS.items():
        put(folder / path, workbook_bytes(world, agency, agency.source(source), when))
    put(folder / "README.md", readme(world, until).encode())
