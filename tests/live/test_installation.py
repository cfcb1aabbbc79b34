"""What `make up` starts, and what its parts are told."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from charters.live.__main__ import main
from charters.live.installation import Installation, Ports
from tests.tooling.compose_file import HOME, compose_file

PORTS = Ports(airflow=18080, site=18088, mail=18025, smtp=12525)


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("CHARTER_HOME", str(HOME))
    monkeypatch.setenv("CHARTER_VAR", str(tmp_path / "var"))
    return Installation.of("library", PORTS)


def test_the_parts_of_airflow_are_those_of_compose(installation: Installation) -> None:
    here = {part.name for part in installation.parts()}
    there = set(compose_file()["services"])

    assert here == {"api-server", "scheduler", "dag-processor", "triggerer", "mail", "site"} <= there


def test_everything_listens_on_loopback(installation: Installation) -> None:
    told = {part.name: " ".join(part.command) for part in installation.parts()}

    assert "--host 127.0.0.1" in told["api-server"]
    assert "--bind 127.0.0.1" in told["site"]
    assert "--host" not in told["mail"], "the catcher's own address is loopback"
    # These would serve their logs on every address of the machine; the API server reads them from the disk.
    assert "--skip-serve-logs" in told["scheduler"] and "--skip-serve-logs" in told["triggerer"]


def test_parts_work_on_the_demonstration_without_a_schedule_and_mail_goes_to_the_page(
    installation: Installation,
) -> None:
    told = installation.environment({"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg://here"})

    assert told["CHARTER_SCHEDULE"] == "off"
    assert (told["CHARTER_SMTP_HOST"], told["CHARTER_SMTP_PORT"]) == ("127.0.0.1", "12525")
    assert "CHARTER_MAIL_FOLDER" not in told
    assert told["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == "postgresql+psycopg://here"
    assert Path(told["CHARTER_SIGNING_KEY_FILE"]).is_relative_to(installation.settings.var_dir)
    assert Path(told["AIRFLOW_HOME"]).is_relative_to(installation.folder)


def test_a_schedule_can_be_asked_for(installation: Installation) -> None:
    installation.settings.environment["CHARTER_SCHEDULE"] = "on"  # type: ignore[index]

    assert installation.environment({})["CHARTER_SCHEDULE"] == "on"


def test_the_login_is_made_once_and_only_its_owner_can_read_it(installation: Installation) -> None:
    password = installation.password()
    file = installation.folder / "airflow" / "passwords.json"

    assert len(password) >= 16 and installation.password() == password
    assert json.loads(file.read_text(encoding="utf-8")) == {"admin": password}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_port_of_another_program_is_told_before_anything_starts(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(main, ["up", "--agency", "library", "--airflow-port", str(port)])

    assert done.exit_code == 2
    assert f"port {port} is taken" in done.output and "make up AIRFLOW_PORT=" in done.output
    assert not installation.started_file.exists()


def test_down_and_status_where_nothing_runs(installation: Installation) -> None:
    assert CliRunner().invoke(main, ["down", "--agency", "library"]).exit_code == 0
    assert CliRunner().invoke(main, ["status", "--agency", "library"]).exit_code == 1


def test_an_agency_without_a_demonstration_is_told_as_such(installation: Installation) -> None:
    done = CliRunner().invoke(main, ["up", "--agency", "nowhere"])

    assert done.exit_code == 2 and "there is no demonstration of an agency 'nowhere'" in done.output
