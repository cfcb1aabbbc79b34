"""Agencies that have nothing in common with the one that is shipped: their folder is all they need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from charter.base.errors import SettingError
from charter.base.moments import end_of_day
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.definitions.new_agency import NewAgency, write_new_agency
from charter.extract import extract_source
from charter.transform import build_warehouse

from .installation import HOME, house

pytestmark = [pytest.mark.slow, pytest.mark.long]

AGENCIES = HOME / "tests" / "agencies"
NIGHT = date(2026, 3, 29)

PARCELS = """\
parcel,handed in,depot,promised
in time,2026-03-27 12:00,North,2026-03-30
an hour too late in summer time,2026-03-27 12:00,North,
held twice,2026-03-27 12:00,South,
released,2026-03-27 12:00,South,
never scanned,2026-03-29 20:00,North,
"""
SCANS = """\
scan,parcel,what,when,depot,grams
1,in time,attempt,2026-03-27 11:00,North,5
2,in time,attempt,2026-03-27 12:00,North,5
3,in time,attempt,2026-03-28 12:00,North,25
4,in time,delivered,2026-03-29 13:00,North,7
5,in time,delivered,2026-03-29 14:00,North,9
6,in time,attempt,2026-03-29 15:00,North,20
7,an hour too late in summer time,delivered,2026-03-29 13:01,North,
8,an hour too late in summer time,attempt,2026-03-28 09:00,North,
9,an hour too late in summer time,attempt,2026-03-29 14:00,North,
10,held twice,held,2026-03-28 08:00,South,
11,held twice,released,2026-03-28 09:00,South,
12,held twice,held,2026-03-28 10:00,South,
13,held twice,held,2026-03-28 11:00,South,
14,held twice,moved,2026-03-28 12:00,North,
15,held twice,moved,2026-03-28 13:00,,
16,released,held,2026-03-28 10:00,South,
17,released,released,2026-03-28 10:00,South,
18,never scanned,attempt,2026-03-30 00:01,North,
"""


@dataclass(frozen=True)
class Night:
    """An agency's warehouse after one night."""

    settings: Settings
    agency: Agency

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.work_warehouse), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Night:
    folder = tmp_path_factory.mktemp("parcels")
    return night_of(parcels_in(folder, folder / "depots"))


def parcels_in(folder: Path, depots: Path) -> Settings:
    """The parcel service with its state in ``folder`` and its log in ``depots``."""
    depots.mkdir()
    (depots / "parcels.csv").write_text(PARCELS, encoding="utf-8")
    (depots / "scans.csv").write_text(SCANS, encoding="utf-8")
    return Settings.from_environment(
        {
            "CHARTER_HOME": str(HOME),
            "CHARTER_DIR": str(AGENCIES / "parcels"),
            "CHARTER_VAR": str(folder / "var"),
            "CHARTER_CONN_DEPOTS": str(depots),
        }
    )


def night_of(settings: Settings, day: date = NIGHT, *, anew: bool = False) -> Night:
    """The night after ``day`` of the agency that ``settings`` name, from its sources to its warehouse."""
    agency = load_agency(settings.charter_dir)
    as_of = end_of_day(day, agency.zone)
    for source in agency.sources:
        extract_source(settings, agency, source, as_of)
    build_warehouse(settings, agency, as_of, as_of, anew=anew)
    return Night(settings, agency)


def test_a_new_agency_has_its_first_night_at_once(tmp_path: Path) -> None:
    """What the file of requests has nothing of is not due; of surveys, which nobody gave, nothing is known."""
    new = NewAgency("library", "City Library", "Europe/Berlin", "DE-SN", date(2026, 1, 1))
    write_new_agency(tmp_path / "library", new, ["en"])
    settings = Settings.from_environment(
        {
            "CHARTER_HOME": str(HOME),
            "CHARTER_DIR": str(tmp_path / "library"),
            "CHARTER_VAR": str(tmp_path / "var"),
            "CHARTER_CONN_INBOX": str(tmp_path / "library" / "inbox"),
            "CHARTER_PSEUDONYM_KEY": "k" * 32,
        }
    )
    night = night_of(settings)
    assert night.ask(
        "select standard_id, result from marts.standard_results where period_kind = 'year' and department_id is null"
        " order by 1"
    ) == [("answered-in-5-days", "nothing_due"), ("yearly-survey", "no_data")]


def local(text: str) -> datetime:
    """An instant of Berlin's winter time, UTC without a zone; of summer time from 29 March 2:00 on."""
    moment = datetime.fromisoformat(text)
    return moment.replace(hour=moment.hour - (2 if moment >= datetime(2026, 3, 29, 3) else 1))


def test_what_became_of_a_parcel_follows_from_its_scans(parcels: Night) -> None:
    [facts] = parcels.ask(
        "select delivered_at, delivered_weight, second_attempt_at, last_attempt_at, attempts_after_hand_in,"
        " heavy_scans, held_since, days_to_the_date from intermediate.int_deliveries where parcel_id = 'in time'"
    )
    assert facts == (
        *(local("2026-03-29 13:00"), 7),
        *(local("2026-03-27 12:00"), local("2026-03-29 15:00"), 3),
        *(2, None, 3),
    )


def test_what_has_not_come_to_pass_is_not_told(parcels: Night) -> None:
    """The attempt a minute after midnight is known, since the depot's clock runs ahead; it has not happened."""
    [facts] = parcels.ask(
        "select delivered_at, last_attempt_at, attempts_after_hand_in"
        " from intermediate.int_deliveries where parcel_id = 'never scanned'"
    )
    assert facts == (None, None, 0)


def test_what_stands_stands_since_it_was_last_set(parcels: Night) -> None:
    """Held, released and held again; released at the instant at which it was held, it does not stand."""
    assert parcels.ask("select parcel_id, held_since from intermediate.int_held_parcels") == [
        ("held twice", local("2026-03-28 10:00"))
    ]


def test_only_what_came_before_the_delivery_is_an_attempt_before_it(parcels: Night) -> None:
    found = parcels.ask(
        "select second_attempt_at from intermediate.int_deliveries where parcel_id = 'an hour too late in summer time'"
    )
    assert found == [(None,)]


def test_a_parcel_belongs_to_the_depot_that_it_was_moved_to(parcels: Night) -> None:
    assert parcels.ask(
        "select department_id, owned_until from marts.ownership where subject_id = 'held twice' order by owned_from"
    ) == [("south", local("2026-03-28 12:00")), ("north", None)]


def test_the_night_summer_time_begins_is_an_hour_shorter(parcels: Night) -> None:
    """48 hours from Friday noon end on Sunday at 13:00: a delivery at 13:00 is in time, one at 13:01 is not."""
    assert parcels.ask("select subject_id, status from marts.fct_commitments order by 1") == [
        ("an hour too late in summer time", "breached"),
        ("held twice", "breached"),
        ("in time", "met"),
        ("never scanned", "pending"),
        ("released", "breached"),
    ]


def test_every_parcel_and_scan_has_a_fate(parcels: Night) -> None:
    assert parcels.ask("select table_name, fate, sum(row_count) from marts.row_fates group by all order by all") == [
        ("parcels", "commitment", 5),
        ("scans", "ahead", 1),
        ("scans", "evidence", 17),
    ]


def test_a_night_of_what_changed_gives_what_a_full_build_gives(tmp_path: Path) -> None:
    """Scans that come later, are taken back or move a parcel on touch their own parcels, and no others."""
    settings = parcels_in(tmp_path, tmp_path / "depots")
    night_of(settings, date(2026, 3, 28))
    (tmp_path / "depots" / "scans.csv").write_text(
        SCANS.replace("3,in time,attempt,2026-03-28 12:00,North,25\n", "")
        + "19,released,moved,2026-03-29 09:00,North,\n20,held twice,delivered,2026-03-29 10:00,North,3\n",
        encoding="utf-8",
    )
    tables = ("fct_commitments", "ownership", "compliance_daily", "standard_results", "row_fates")
    in_part, whole = (
        {table: night.ask(f"select * from marts.{table} order by all") for table in tables}
        for night in (night_of(settings), night_of(settings, anew=True))
    )
    assert in_part == whole


def test_two_agencies_on_one_machine_know_nothing_of_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Night and week of both, turn by turn: no file of the one, sent or kept, names the other."""
    with house(tmp_path / "a", monkeypatch) as kotra:
        kotra.live_until("2026-03-29")
        kotra.night("2026-03-29")
        with pytest.MonkeyPatch.context() as elsewhere:
            files = tmp_path / "depots"
            files.mkdir()
            (files / "parcels.csv").write_text(PARCELS, encoding="utf-8")
            (files / "scans.csv").write_text(SCANS, encoding="utf-8")
            elsewhere.setenv("CHARTER_DIR", str(AGENCIES / "parcels"))
            elsewhere.setenv("CHARTER_CONN_DEPOTS", str(files))
            with house(tmp_path / "b", elsewhere) as parcels:
                parcels.night("2026-03-29")
                elsewhere.setenv("CHARTER_VAR", str(kotra.settings.var_dir))
                with pytest.raises(SettingError, match="is that of the charter 'kotra'"):
                    parcels.week("2026-03-29")
                elsewhere.setenv("CHARTER_VAR", str(parcels.settings.var_dir))
                parcels.week("2026-03-29")
        kotra.week("2026-03-29")

    named = {"a": ("Parcel Service", "소포국"), "b": ("KOTRA", "대한무역투자진흥공사")}
    for folder, others in named.items():
        files_of_one = [
            file for file in (tmp_path / folder).rglob("*") if file.is_file() and "dbt" not in file.as_posix()
        ]
        assert len(files_of_one) > 20
        for file in files_of_one:
            content = file.read_bytes()
            assert not [name for name in others if name.encode() in content], file
