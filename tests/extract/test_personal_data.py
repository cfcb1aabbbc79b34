"""Names, telephone and registration numbers and addresses leave a source as pseudonyms only, or not at all."""

from __future__ import annotations

import dataclasses
import json
import logging
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from charter.base.errors import CharterError, SourceError
from charter.extract import extract_source, pseudonym, read_quarantine

from .builders import CALLS, FIRMS, KEY, TICKET_COLUMNS, World, night, source, ticket, tickets_source

NAME, PHONE, RRN, MAIL = "홍길동", "010-9876-5432", "900101-1234567", "gildong@example.org"
PLANTED = [NAME, PHONE, RRN, MAIL, PHONE.replace("-", "")]
MEMO = f"{NAME} {PHONE} {RRN} {MAIL}"


def plant_in_database(world: World) -> None:
    rows = [
        ticket("T1", email=MAIL, memo=MEMO),
        ticket("T2", email=NAME, memo=MEMO, gubun=RRN),
        ticket("T3", email=PHONE, received=PHONE, score=RRN, cnt=MAIL, urgent=PHONE, dept=MAIL, ended=RRN, memo=MEMO),
        ticket("T4", email=RRN, recorded=PHONE, dept=NAME, memo=MEMO),
        ticket("T5", email=NAME, dept="수출팀", memo=MEMO),
        ticket("T5", email=MAIL, dept="투자팀", memo=MEMO),
    ]
    world.database(rows)


def plant_in_files(world: World) -> None:
    lines = [
        "번호,부서,호출,발신,상담내용",
        f"C1,수출팀,2026-07-01 10:00:00,{PHONE},{MEMO}",
        f"C2,없는팀,{PHONE},{PHONE},{MEMO}",
        f"C3,수출팀,{NAME},{PHONE},{MEMO},{RRN}",
        f'C4,"수출팀,2026-07-01 10:00:00,{MAIL},{MEMO}',
        f"{NAME}",
        f",수출팀,2026-07-01 10:00:00,{MAIL},{MEMO}",
    ]
    world.file("calls_20260701.csv", "\n".join(lines) + "\n", "cp949")
    path = world.folder / "files" / "calls_20260701.csv"
    path.write_bytes(path.read_bytes() + f"C9,{NAME},".encode("cp949") + b"\xff\xff\n")
    world.file("calls_20260630.csv", f"C1,{NAME},2026-06-30 10:00:00,{PHONE},{MEMO}\n", "cp949")


def plant_in_workbook(world: World) -> None:
    firms = [
        ("기업번호", "선정일", "전문위원", "연락처"),
        ("F1", "2026-07-01", NAME, PHONE),
        ("F2", RRN, NAME, MAIL),
        (None, PHONE, NAME, MAIL),
    ]
    world.workbook(firms=firms)


def extract_all(world: World) -> None:
    plant_in_database(world)
    plant_in_files(world)
    plant_in_workbook(world)
    daily = {"table": "calls", "path": "calls_{day}.csv", "columns": CALLS}
    sources = [
        tickets_source(),
        source("csv", daily, encoding="cp949", freshness={"expect": "file_each_day"}),
        source("workbook", {"table": "firms", "sheet": "firms", "columns": FIRMS, "full": True}),
    ]
    for feeding in sources:
        world.extract(feeding, "2026-07-01")


def texts_below(folder: Path) -> str:
    """Everything that stands in the files of a folder, as bytes read as UTF-8 and CP949, and decoded from Parquet."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            found += [str(path), content.decode("utf-8", "ignore"), content.decode("cp949", "ignore")]
        if path.suffix == ".parquet":
            rows = pq.read_table(path, partitioning=None).to_pylist()
            found.append(json.dumps(rows, ensure_ascii=False, default=str))
    return "\n".join(found)


def test_the_scan_finds_what_is_planted(world: World) -> None:
    plant_in_files(world)
    assert all(word in texts_below(world.folder) for word in PLANTED[:4])


def test_nothing_personal_is_found_under_var_or_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        extract_all(world)
    output = capfd.readouterr()
    everything = "\n".join([texts_below(world.settings.var_dir), caplog.text, output.out, output.err])
    assert [word for word in PLANTED if word in everything] == []
    refused = read_quarantine(world.settings, night("2026-07-01"))
    assert len(refused) >= 10
    assert pseudonym(NAME, KEY.encode(), "KR") in everything
    assert "free text" not in everything


def test_nothing_personal_is_in_the_words_of_an_error(world: World) -> None:
    world.file("calls.csv", f"{NAME},{PHONE}\n", "cp949")
    world.database([ticket("T1", email=MAIL)], [*TICKET_COLUMNS[:3], NAME])
    feeds = [{"table": "calls", "path": "calls.csv", "columns": CALLS}]
    for feeding in (source("csv", *feeds, encoding="cp949"), source("csv", *feeds, id="again", encoding="utf-16")):
        try:
            said = world.extract(feeding, "2026-07-01").model_dump_json()
        except CharterError as error:
            said = str(error)
        assert [word for word in PLANTED if word in said] == []


def test_the_same_caller_is_recognised_across_sources_without_being_known(world: World) -> None:
    extract_all(world)
    caller = world.versions("calls").caller[0]
    assert caller == pseudonym(PHONE, KEY.encode(), "KR")
    assert len(caller) == 32


def test_what_landed_is_closed_to_everybody_but_its_owner(world: World) -> None:
    world.settings.lake_dir.mkdir(parents=True, mode=0o755)
    extract_all(world)
    assert oct(world.settings.lake_dir.stat().st_mode & 0o777) == "0o700"


def test_a_key_that_can_be_guessed_is_refused(world: World) -> None:
    short = dataclasses.replace(
        world.settings, environment={**world.settings.environment, "CHARTER_PSEUDONYM_KEY": "k" * 31}
    )
    plant_in_database(world)
    with pytest.raises(SourceError, match="CHARTER_PSEUDONYM_KEY has 31 bytes"):
        extract_source(short, world.agency, tickets_source(), night("2026-07-01"))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_that_others_may_read_is_refused(world: World, mode: int) -> None:
    path = world.folder / "key"
    path.write_text("k" * 32)
    path.chmod(mode)
    environment = {name: value for name, value in world.settings.environment.items() if "PSEUDONYM" not in name}
    open_key = dataclasses.replace(world.settings, environment={**environment, "CHARTER_PSEUDONYM_KEY_FILE": str(path)})
    plant_in_database(world)
    with pytest.raises(SourceError, match="others than its owner"):
        extract_source(open_key, world.agency, tickets_source(), night("2026-07-01"))
    path.chmod(0o600)
    assert extract_source(open_key, world.agency, tickets_source(), night("2026-07-01")).status == "landed"
