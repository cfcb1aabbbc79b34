"""What is timed must be the same work: the marts and the hand-written query agree, or there is no figure at all."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from benchmarks.engine import FiguresDifferError, build, close, compare, increment
from benchmarks.lake import Volume, as_of_night, write_nights

from benchmarks import plain
from charter.base.moments import naive_utc
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.extract import read_receipts
from charter.lake.files import raw_schema

HOME = Path(__file__).parents[2]
DAYS, VOLUME = 14, Volume(tickets_a_day=40, calls_a_day=60)


@pytest.fixture(scope="module")
def agency() -> Agency:
    return load_agency(HOME / "charters" / "kotra")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(HOME, HOME / "charters" / "kotra", tmp_path_factory.mktemp("benchmark"), environment={})


def test_a_generated_night_is_as_the_extraction_lands_it(tmp_path: Path, agency: Agency) -> None:
    here = Settings(HOME, HOME / "charters" / "kotra", tmp_path, environment={})
    rows = write_nights(here, agency, VOLUME, 1, 2)
    assert rows["tickets"] == 80 and rows["calls"] == 120 and rows["ticket_events"] > 100
    for table in rows:
        for file in (here.raw_dir / table).rglob("part-0.parquet"):
            landed = duckdb.read_parquet(str(file), hive_partitioning=False).limit(1).to_arrow_table()
            assert landed.schema.equals(raw_schema(agency.subjects[table]))
    assert len(read_receipts(here, as_of_night(agency, 2))) == 2 * len(agency.sources)


@pytest.mark.slow
def test_the_marts_hold_the_rows_of_the_hand_written_query(settings: Settings, agency: Agency, tmp_path: Path) -> None:
    write_nights(settings, agency, VOLUME, 1, DAYS)
    build(settings, agency, DAYS)
    by_hand = str(tmp_path / "by_hand.duckdb")
    night = (str(settings.lake_dir), by_hand, naive_utc(as_of_night(agency, DAYS)).isoformat())
    written = plain.hand_written_rows(*night)
    counted = plain.hand_written_counts(*night)
    assert compare(settings, by_hand, counted)["commitments"] == written["rows"] == sum(counted.values())
    assert {key.split()[1] for key in counted} == {"met", "breached", "pending", "excluded"}

    # The night after it is an increment, and equals the same query over one night more.
    close(settings, agency, DAYS)
    write_nights(settings, agency, VOLUME, DAYS + 1, DAYS + 1)
    assert 0 < increment(settings, agency, DAYS + 1)["cases"] < written["rows"]
    night = (str(settings.lake_dir), by_hand, naive_utc(as_of_night(agency, DAYS + 1)).isoformat())
    written, counted = plain.hand_written_rows(*night), plain.hand_written_counts(*night)
    assert compare(settings, by_hand, counted)["commitments"] == written["rows"]

    with pytest.raises(FiguresDifferError, match="phone-answer met: "):
        compare(settings, by_hand, {**counted, "phone-answer met": counted["phone-answer met"] + 1})
    with duckdb.connect(by_hand) as connection:
        connection.execute(
            "update commitments set department_id = 'audit-office'"
            " where commitment_id = (select min(commitment_id) from commitments)"
        )
    with pytest.raises(FiguresDifferError, match="different rows, in department_id"):
        compare(settings, by_hand, counted)
