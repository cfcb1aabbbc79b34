"""Source systems of any size, and extracting from them as the line does."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from charter.base.moments import end_of_day
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.definitions.models import Source
from charter.extract import extract_source

DAY = date(2026, 6, 1)
KEY = "a key for measurements only"
ANSWERED = "case when number % 12 < 11"
CALLS = f"""
    select
        'C' || lpad(number::varchar, 11, '0') as 통화번호,
        ['지사화팀', '월드챔프팀', '사후지원팀', '총무팀'][(number % 4 + 1)::int] as 착신부서,
        case when number % 5 < 4 then '수신' else '발신' end as 구분,
        strftime(timestamp '2026-06-01' + to_seconds(number % 86000), '%Y-%m-%d %H:%M:%S') as 호출시각,
        {ANSWERED} then strftime(timestamp '2026-06-01' + to_seconds(number % 86000 + number % 9),
            '%Y-%m-%d %H:%M:%S') end as 응답시각,
        strftime(timestamp '2026-06-01' + to_seconds(number % 86000 + 200), '%Y-%m-%d %H:%M:%S') as 종료시각,
        {ANSWERED} then '응답' else '포기' end as 결과,
        '02-' || lpad((number % 9000000)::varchar, 8, '0') as 발신번호
    from range(?) as numbers (number)
"""
EVENTS = """
    select
        'H' || lpad(number::varchar, 10, '0') as hist_no,
        'VOC-' || lpad((number // 4)::varchar, 10, '0') as rcpt_no,
        ['답변', '내부메모', '처리완료', '종결'][(number % 4 + 1)::int] as hist_gbn,
        timestamp '2026-01-01' + to_seconds(number * 20 % 12000000) as proc_dt,
        ['지사화팀', '월드챔프팀', '사후지원팀', '총무팀'][(number % 4 + 1)::int] as proc_dept,
        null::timestamp as answer_pln_dt,
        timestamp '2026-01-01' + to_seconds(number * 20 % 12000000) as reg_dt
    from range(?) as numbers (number)
"""


def calls_folder(settings: Settings, encoding: str) -> Path:
    return settings.var_dir / "sources" / f"calls-{encoding}"


def write_calls(settings: Settings, rows: int) -> dict[str, int]:
    """One day's file of calls, in UTF-8 (which DuckDB reads) and in CP949 (which the telephone exchange writes)."""
    paths = {encoding: calls_folder(settings, encoding) / f"calls_{DAY:%Y%m%d}.csv" for encoding in ("utf-8", "cp949")}
    for path in paths.values():
        path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"copy ({CALLS}) to '{paths['utf-8']}' (header)", [rows])
    paths["cp949"].write_bytes(paths["utf-8"].read_text(encoding="utf-8").encode("cp949"))
    return {"rows": rows}


def write_events(settings: Settings, address: str, rows: int) -> dict[str, int]:
    """The history table of the Voice-of-Customer system, in the PostgreSQL at ``address``."""
    import psycopg

    path = settings.var_dir / "sources" / "events.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"copy ({EVENTS}) to '{path}' (header false)", [rows])
    with psycopg.connect(address, autocommit=True) as database:
        database.execute("drop table if exists tb_voc_hist")
        database.execute(
            "create table tb_voc_hist (hist_no text, rcpt_no text, hist_gbn text, proc_dt timestamp, proc_dept text,"
            " answer_pln_dt timestamp, reg_dt timestamp)"
        )
        with database.cursor().copy("copy tb_voc_hist from stdin (format csv)") as into, path.open("rb") as content:
            while block := content.read(1 << 20):
                into.write(block)
        database.execute("analyze tb_voc_hist")
    return {"rows": rows}


def extract_calls(settings: Settings, agency: Agency, encoding: str) -> dict[str, Any]:
    """The telephone source, as the line extracts it."""
    source = agency.source("telephone").model_copy(update={"encoding": encoding})
    return _extract(settings, agency, source, "CHARTER_CONN_TELEPHONE", str(calls_folder(settings, encoding)))


def extract_events(settings: Settings, agency: Agency, address: str) -> dict[str, Any]:
    """The history table, as the line extracts it."""
    source = agency.source("voc")
    feeds = [feed for feed in source.feeds if feed.table == "ticket_events"]
    return _extract(settings, agency, source.model_copy(update={"feeds": feeds}), "CHARTER_CONN_VOC", address)


def _extract(settings: Settings, agency: Agency, source: Source, variable: str, address: str) -> dict[str, Any]:
    lake = settings.var_dir / "extracted" / f"{source.id}-{source.encoding}"
    here = Settings(
        home=settings.home,
        charter_dir=settings.charter_dir,
        var_dir=_emptied(lake),
        environment={variable: address, "CHARTER_PSEUDONYM_KEY": KEY},
    )
    receipt = extract_source(here, agency, source, _night(agency))
    feed = receipt.feeds[0]
    return {"rows": feed.landed, "quarantined": feed.quarantined, "status": feed.status}


def _night(agency: Agency) -> datetime:
    return end_of_day(DAY, agency.zone)


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return folder
