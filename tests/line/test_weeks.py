"""Which week is reported: the one named, however late; a night is asked for only if none since its end is published."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from charter import line
from charter.errors import DamagedWarehouse, SettingError
from charter.evidence import generate_signing_key
from tests.line.installation import HOME

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
