"""The systemd units of deploy/systemd: whole by systemd's own word, hardened, and by the clocks of the agency."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from charter.base.settings import Settings
from charter.cli import main
from charter.definitions import load_agency
from charter.schedule import schedules
from tests.servers.packages import program
from tests.tooling.compose_file import HOME

UNITS = HOME / "deploy" / "systemd"
TIMERS = sorted(UNITS.glob("*.timer"))
SERVICES = sorted(UNITS.glob("*.service"))
# How exposed systemd finds a service: 10 is bare, below 3 it says OK.
EXPOSURE = 30


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units as they are installed, but for the place of the command, which is not there on this machine."""
    folder = tmp_path_factory.mktemp("units")
    shutil.copytree(UNITS, folder, dirs_exist_ok=True)
    for service in folder.glob("*.service"):
        text = service.read_text(encoding="utf-8")
        service.write_text(text.replace("/opt/charter/.venv/bin/charter", "/bin/true"), encoding="utf-8")
    return folder


def analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(program("systemd-analyze", ["systemd"])), *arguments]
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_systemd_finds_nothing_wrong_with_the_units(installed: Path) -> None:
    names = [unit.name for unit in (*TIMERS, *SERVICES)]
    done = analyze(installed, "verify", *(str(installed / name) for name in names))
    said = [line for line in done.stderr.splitlines() if "charter" in line]

    assert done.returncode == 0 and not said, done.stderr


@pytest.mark.parametrize("service", [service.name for service in SERVICES])
def test_a_service_may_do_little(installed: Path, service: str) -> None:
    done = analyze(installed, "security", "--offline=true", f"--threshold={EXPOSURE}", str(installed / service))

    assert done.returncode == 0, done.stdout[-400:] + done.stderr


def test_each_timer_has_its_service_and_makes_up_for_what_passed() -> None:
    assert [timer.stem for timer in TIMERS] == [service.stem for service in SERVICES]
    for timer in TIMERS:
        assert "Persistent=true" in timer.read_text(encoding="utf-8")


@pytest.mark.parametrize("service", SERVICES, ids=[service.stem for service in SERVICES])
def test_each_service_calls_a_command_that_there_is(service: Path) -> None:
    command = re.search(r"^ExecStart=/opt/charter/.venv/bin/charter (.+)$", service.read_text(encoding="utf-8"), re.M)
    assert command

    said = CliRunner().invoke(main, [*command[1].split(), "--help"])
    assert said.exit_code == 0, said.output


def test_the_timers_go_by_the_agency_s_clocks_as_its_dags_do() -> None:
    """02:00, and what reports.yaml says: cron's fields and systemd's name the same times."""
    settings = Settings.from_environment({"CHARTER_HOME": str(HOME)})
    zone = load_agency(settings.charter_dir).zone.key
    (schedule,) = schedules(HOME, {})
    crons = {
        "nightly": "0 2 * * *",
        "weekly": schedule.cron("week", ""),
        "monthly": schedule.cron("month", ""),
        "daily": schedule.cron("working_day", ""),
    }
    for name, cron in crons.items():
        minute, hour, day, _, weekday = cron.split()
        days = "" if weekday == "*" else f"{weekday.capitalize()} "
        date = "*-*-*" if day == "*" else f"*-*-{int(day):02}"
        assert calendar(name) == f"{days}{date} {int(hour):02}:{int(minute):02}:00 {zone}"
    assert calendar("watch").endswith(zone)


def calendar(name: str) -> str:
    unit = ConfigParser(interpolation=None)
    unit.read(UNITS / f"charter-{name}.timer", encoding="utf-8")
    return unit["Timer"]["OnCalendar"]
