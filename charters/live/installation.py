"""What `make up` runs: the parts of Airflow, a mail server with a page, and the pages, on an agency's demonstration."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

from charter.base.files import write_whole
from charter.base.settings import Settings
from charter.deliver.server import MAIL_FOLDER
from charter.demonstration import MAIL_FROM, write_demo_settings
from charters.live.parts import Part
from charters.main_job import airflow_environment, environment_of

USER = "admin"
_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """Where each part listens on loopback."""

    airflow: int
    site: int
    mail: int
    smtp: int


@dataclass(frozen=True)
class Installation:
    """One live installation: an agency's settings, and the ports that are its own."""

    settings: Settings
    ports: Ports

    @classmethod
    def of(cls, agency: str, ports: Ports) -> Installation:
        """That of ``agency``; raises SettingError when it has no demonstration."""
        home = Settings.from_environment().home
        return cls(Settings.from_environment(environment_of(agency, dict(os.environ), home)), ports)

    @property
    def folder(self) -> Path:
        return self.settings.var_dir.resolve() / "live"

    @property
    def logs(self) -> Path:
        return self.settings.var_dir.resolve() / "logs" / "live"

    @property
    def started_file(self) -> Path:
        return self.folder / "started.json"

    @property
    def airflow_address(self) -> str:
        return f"http://{_HOST}:{self.ports.airflow}"

    def parts(self) -> list[Part]:
        """What runs, in the order in which it is started."""
        ports, received = self.ports, str(self.settings.outbox_dir / "received")
        api_server = ("airflow", "api-server", "--host", _HOST, "--port", str(ports.airflow), "--workers", "1")
        return [
            Part("api-server", api_server),
            Part("scheduler", ("airflow", "scheduler", "--skip-serve-logs")),
            Part("dag-processor", ("airflow", "dag-processor")),
            Part("triggerer", ("airflow", "triggerer", "--skip-serve-logs")),
            Part(
                "mail",
                (
                    *("charter.deliver.catcher", "--port", str(ports.smtp), "--page", str(ports.mail)),
                    *("--folder", received),
                ),
            ),
            Part(
                "site",
                ("http.server", str(ports.site), "--bind", _HOST, "--directory", str(self.settings.site_dir.resolve())),
            ),
        ]

    def environment(self, database: Mapping[str, str]) -> dict[str, str]:
        """What every part is given: Airflow's settings and the demonstration's, and mail to the server of this
        installation. The demonstration has no schedule: its days lie in the past."""
        own = write_demo_settings(self.settings)
        own.pop(MAIL_FOLDER, None)
        home = self.folder / "airflow"
        paths = [str(self.settings.home), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {
            "CHARTER_SCHEDULE": "off",
            **self.settings.environment,
            **airflow_environment(self.settings),
            **database,
            **own,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
            "PYTHONPATH": os.pathsep.join(paths),
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__LOGGING__JSON_LOGS": "False",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.airflow_address}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
            "AIRFLOW__API__BASE_URL": self.airflow_address,
            "CHARTER_HOME": str(self.settings.home),
            "CHARTER_MAIL_FROM": MAIL_FROM,
            "CHARTER_SMTP_HOST": _HOST,
            "CHARTER_SMTP_PORT": str(self.ports.smtp),
            "CHARTER_SMTP_SECURITY": "none",
        }

    def password(self) -> str:
        """The password of Airflow's only user, made when there is none; its file is readable by this user only."""
        path = self.folder / "airflow" / "passwords.json"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps({USER: token_urlsafe(12)}).encode(), mode=0o600)
        kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return kept[USER]

    def addresses(self) -> list[tuple[str, str]]:
        """What to open in a browser."""
        return [
            ("Airflow", self.airflow_address),
            ("pages", f"http://{_HOST}:{self.ports.site}/"),
            ("mails", f"http://{_HOST}:{self.ports.mail}/"),
        ]
