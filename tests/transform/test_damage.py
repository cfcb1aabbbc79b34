"""A damaged warehouse is called damaged, and a warehouse that another process holds is called held."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from charter.base.errors import DamagedWarehouse, EvidenceError, ReportError, TransformError
from charter.base.moments import parse_as_of
from charter.base.settings import Settings
from charter.definitions import load_agency
from charter.evidence.tables import published
from charter.overview import standard_figures
from charter.report.facts.warehouse import open_warehouse
from charter.transform import publish_warehouse, published_as_of
from charter.transform.build.engine import opened
from charter.transform.build.nightly import require_built

from .conftest import HOME

MARTS = """
create schema control; create schema marts;
create table control.built as
select timestamp '2026-07-05 15:00:00' as as_of, timestamp '2026-07-05 15:00:00' as known_at;
create table marts.run as select timestamp '2026-07-05 15:00:00' as as_of, timestamp '2026-07-05 15:00:00' as known_at;
create table marts.standard_results as
select range as met, range::varchar || md5(range::varchar) as standard_id from range(200000)
"""


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def headless(content: bytes) -> bytes:
    return content[:4096] + os.urandom(8192) + content[12288:]


def overwritten(content: bytes) -> bytes:
    return content[: len(content) // 3] + bytes(len(content) - len(content) // 3)


def of_a_later_version(content: bytes) -> bytes:
    place = content.index(b"DUCK") + 4
    return content[:place] + b"\x99" + content[place + 1 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut in half": cut,
    "cut to its first bytes": lambda content: content[:8192],
    "emptied": lambda _: b"",
    "garbage": lambda _: b"not a database" * 5000,
    "its head overwritten": headless,
    "its end overwritten": overwritten,
    "of a later version": of_a_later_version,
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=HOME, charter_dir=HOME / "charters/kotra", var_dir=tmp_path / "var", environment={})
    made.work_dir.mkdir(parents=True)
    for file in (made.warehouse, made.work_warehouse):
        with duckdb.connect(str(file)) as connection:
            connection.execute(MARTS)
    return made


@pytest.fixture(params=list(DAMAGES))
def damaged(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    for file in (settings.warehouse, settings.work_warehouse):
        file.write_bytes(DAMAGES[request.param](file.read_bytes()))
    return settings


def test_whoever_reads_the_published_one_says_that_it_is_damaged_and_what_to_run(damaged: Settings) -> None:
    said = "the warehouse is damaged.*|.*charter nightly --rebuild"
    with pytest.raises(DamagedWarehouse, match=said) as error:
        published_as_of(damaged)
    assert "charter nightly --rebuild" in error.value.problems[0].remedy
    with pytest.raises(DamagedWarehouse, match=said):
        standard_figures(damaged, "week")
    with pytest.raises(ReportError, match=said), open_warehouse(damaged):
        pass
    with pytest.raises(EvidenceError, match=said), published(damaged):
        pass


def test_whoever_needs_the_working_one_says_that_the_transform_step_mends_it(damaged: Settings) -> None:
    night = parse_as_of("2026-07-05", load_agency(HOME / "charters/kotra").zone)
    for step in (lambda: require_built(damaged, night, night), lambda: publish_warehouse(damaged)):
        with pytest.raises(DamagedWarehouse, match="damaged") as error:
            step()
        assert "run the transform step again" in error.value.problems[0].remedy
        assert "wait for the other one" not in str(error.value)


def test_damage_that_shows_only_when_it_is_read_is_damage_too(settings: Settings) -> None:
    content = settings.work_warehouse.read_bytes()
    middle = len(content) // 2
    settings.work_warehouse.write_bytes(content[:middle] + bytes(4096) + content[middle + 4096 :])
    with pytest.raises(DamagedWarehouse), opened(settings, settings.work_warehouse, read_only=True) as connection:
        connection.execute("select max(standard_id) from marts.standard_results").fetchall()


def test_a_log_left_over_from_another_file_does_no_harm(settings: Settings) -> None:
    Path(f"{settings.warehouse}.wal").write_bytes(os.urandom(5000))
    assert published_as_of(settings) is not None


def test_a_file_that_holds_no_marts_is_no_published_warehouse(settings: Settings) -> None:
    settings.warehouse.unlink()
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("create table other as select 1 as one")
    with pytest.raises(DamagedWarehouse, match="it holds no marts"):
        published_as_of(settings)


def test_a_warehouse_that_another_process_holds_is_not_damaged(settings: Settings) -> None:
    night = parse_as_of("2026-07-05", load_agency(HOME / "charters/kotra").zone)
    held = f"import duckdb; held = duckdb.connect({str(settings.work_warehouse)!r}); print(flush=True); input()"
    other = subprocess.Popen([sys.executable, "-c", held], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(TransformError, match="wait for the other one to end") as error:
            require_built(settings, night, night)
    finally:
        other.communicate(b"\n")
    assert not isinstance(error.value, DamagedWarehouse)
