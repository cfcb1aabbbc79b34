"""Which week is reported: the one named, however late; a night is asked for only if none since its end is published.

And what is reported again of a week of which too little was known, when more or less of it is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from charter import line
from charter.base.errors import DamagedWarehouse, SettingError
from charter.base.moments import parse_week
from charter.evidence import generate_signing_key
from charter.report import PostedWeek, post_week, prepare_week
from charter.report.facts.filed import week_folder
from tests.line.installation import HOME
from tests.line.register import IN_TIME, Register

NOW = datetime(2026, 8, 5, tzinfo=UTC)
ENDED = "2026-07-05T15:00:00+00:00"
SETTINGS = {
    "CHARTER_SMTP_HOST": "127.0.0.1",
    "CHARTER_SMTP_PORT": "2525",
    "CHARTER_SMTP_SECURITY": "none",
    "CHARTER_MAIL_FROM": "Service charter <charter@agency.example>",
    "CHARTER_SIGNING_KEY": generate_signing_key().decode(),
}


@pytest.fixture
def var(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("CHARTER_HOME", str(HOME))
    monkeypatch.setenv("CHARTER_VAR", str(tmp_path / "var"))
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "var"


def publish(var: Path, as_of: str) -> None:
    var.mkdir(parents=True, exist_ok=True)
    (var / "warehouse.duckdb").unlink(missing_ok=True)
    with duckdb.connect(str(var / "warehouse.duckdb")) as connection:
        connection.execute(f"create schema marts; create table marts.run as select timestamp '{as_of}' as as_of")


@pytest.mark.parametrize("published", ["2026-07-05 15:00", "2026-07-06 15:00", "2026-08-03 15:00"])
@pytest.mark.parametrize(("as_of", "week"), [("2026-07-05", None), ("2026-07-11", None), (None, "2026-W27")])
def test_a_week_is_reported_from_any_night_since_its_end(
    var: Path, published: str, as_of: str | None, week: str | None
) -> None:
    publish(var, published)
    assert line.resolve_week(as_of, NOW, week) == ENDED


def test_without_either_it_is_the_last_week_that_had_ended(var: Path) -> None:
    publish(var, "2026-08-03 15:00")
    assert line.resolve_week(None, NOW) == "2026-08-02T15:00:00+00:00"


@pytest.mark.parametrize("published", [None, "2026-07-04 15:00"])
def test_the_night_asked_for_is_one_that_will_be_published(var: Path, published: str | None) -> None:
    if published:
        publish(var, published)
    with pytest.raises(SettingError) as error:
        line.resolve_week(None, NOW, "2026-W27")
    assert error.value.problems[0].remedy == "run the night first: charter nightly --as-of 2026-07-05"


def test_a_damaged_published_warehouse_is_called_that(var: Path) -> None:
    publish(var, "2026-08-03 15:00")
    (var / "warehouse.duckdb").write_bytes(b"")
    with pytest.raises(DamagedWarehouse, match="charter nightly --rebuild"):
        line.resolve_week(None, NOW, "2026-W27")


W27 = parse_week("2026-W27")
SUNDAY, MONDAY, TUESDAY = date(2026, 7, 5), date(2026, 7, 6), date(2026, 7, 7)


def posted(register: Register) -> PostedWeek:
    settings = replace(register.settings, environment={**register.settings.environment, **SETTINGS})
    return post_week(settings, register.agency, prepare_week(settings, register.agency, W27))


def text_of(register: Register, revision: int) -> str:
    """The agency's report of the week in one of its revisions."""
    report = week_folder(register.settings, W27) / "kotra" / f"r{revision}" / "report.txt"
    return report.read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_reported_week_with_too_little_known_is_told_anew_when_more_is(register: Register) -> None:
    """Two requests are dated next year; one of them is put right, and bears on no day of the week."""
    in_week = "R4,branch-team,2026-06-18,,,2026-06-30,"
    ahead = [f"{request},branch-team,2027-06-01,,,," for request in ("R8", "R9")]
    register.holds(*IN_TIME, in_week, *ahead)
    assert register.night(SUNDAY) == ("no_data", "ahead:2")
    assert posted(register).new > 0
    assert "33.3% ~ 100% (n=3)" in text_of(register, 1)

    register.night(MONDAY)
    assert posted(register).new == 0, "nothing became otherwise"

    register.holds(*IN_TIME, in_week, "R8,branch-team,2026-06-01,,,2026-06-05,", ahead[1])
    assert register.night(TUESDAY) == ("no_data", "ahead:1")
    assert posted(register).revised > 0
    assert (
        "앞날로 적힌 자료 2 → 1, 가능한 비율의 범위 33.3% ~ 100% (n=3) → 50.0% ~ 100% (n=2)"
        " – 확인이 필요한 자료가 새로 오거나 바로잡힘"
    ) in text_of(register, 2)
    assert posted(register).new == 0
