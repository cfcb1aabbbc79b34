"""A whole installation in a temporary folder: demo agency, keys, a mail catcher; and the line run on it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from charter import line
from charter.base.settings import Settings
from charter.deliver.catcher import SmtpCatcher
from charter.evidence import generate_signing_key
from charter.planted import TruthComparison, compare_with_truth
from charters.kotra import demo as kotra

HOME = Path(__file__).parents[2]
# How much happens in the demo agency. Few tests ask how much: tests/line/test_whole_line.py has it live a fuller life.
SIZE = 0.05


@dataclass
class House:
    """One installation under test. Every step goes through ``charter.line``, as DAGs and command line do."""

    settings: Settings
    inbox: Path
    monkeypatch: pytest.MonkeyPatch
    demo: ModuleType = kotra
    size: float = SIZE
    sealed: dict[str, Any] = field(default_factory=dict)

    def live_until(self, day: str) -> None:
        """The agency's days go on until the end of ``day``."""
        self.demo.build_demo(self.settings, until=date.fromisoformat(day), size=self.size)
        for name, value in self.demo.write_connections(self.settings).items():
            self.monkeypatch.setenv(name, value)

    def night(self, day: str, *, known_on: str | None = None) -> str:
        """Runs the night after ``day``, with what was known after ``known_on`` if given; returns its as-of."""
        as_of = line.resolve_night(day, datetime.now(UTC))
        known_at = line.resolve_night(known_on, datetime.now(UTC)) if known_on else None
        for source_id in line.source_ids():
            line.extract(source_id, as_of)
        line.transform(as_of, known_at)
        line.assert_expectations(as_of, known_at)
        line.publish(as_of, known_at)
        self.sealed = line.seal_night(as_of, known_at)
        line.build_site(as_of)
        return as_of

    def week(self, day: str) -> dict[str, Any]:
        """Reports the week that had ended by the end of ``day``; returns what the steps said."""
        as_of = line.resolve_week(day, datetime.now(UTC))
        said = {**line.render_reports(as_of), "delivered": line.deliver(as_of)}
        return {**said, "sealed": line.seal_week(as_of), "site": line.refresh_site()}

    def truth(self, as_of: str) -> TruthComparison:
        return compare_with_truth(self.settings, datetime.fromisoformat(as_of))

    def ask(self, query: str, *, replay: str | None = None) -> list[tuple[Any, ...]]:
        """Rows of a query on the published warehouse, or on that of a replay."""
        warehouse = replace(self.settings, replay=replay).warehouse
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def marts(self) -> dict[str, str]:
        """Every published table by name, as a digest of its rows in order."""
        tables = [str(row[0]) for row in self.ask("select table_name from duckdb_tables() order by 1")]
        return {
            name: hashlib.sha256(repr(self.ask(f"select * from marts.{name} order by all")).encode()).hexdigest()
            for name in tables
        }

    def files(self, *folders: str) -> dict[str, str]:
        """Every file below these folders of ``var``, by path, as a digest."""
        return {
            path.relative_to(self.settings.var_dir).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for folder in folders
            for path in sorted((self.settings.var_dir / folder).rglob("*"))
            if path.is_file() and not path.name.endswith(".lock")
        }


@contextmanager
def house(
    folder: Path, monkeypatch: pytest.MonkeyPatch, demo: ModuleType = kotra, size: float = SIZE
) -> Iterator[House]:
    """An installation in ``folder`` with its own keys and a mail server on loopback, of the charter that
    ``CHARTER_DIR`` names already, or else of the shipped one that ``demo`` demonstrates."""
    keys = folder / "keys"
    keys.mkdir(parents=True)
    (keys / "pseudonyms").write_bytes(b"0123456789abcdef0123456789abcdef")
    (keys / "signing.pem").write_bytes(generate_signing_key())
    for key in keys.iterdir():
        key.chmod(0o600)
    with SmtpCatcher(folder / "received") as catcher:
        environment = {
            "CHARTER_HOME": str(HOME),
            "CHARTER_DIR": os.environ.get("CHARTER_DIR") or str(Path(str(demo.__file__)).parents[1]),
            "CHARTER_VAR": str(folder / "var"),
            "CHARTER_PSEUDONYM_KEY_FILE": str(keys / "pseudonyms"),
            "CHARTER_SIGNING_KEY_FILE": str(keys / "signing.pem"),
            "CHARTER_SMTP_HOST": "127.0.0.1",
            "CHARTER_SMTP_PORT": str(catcher.port),
            "CHARTER_SMTP_SECURITY": "none",
            "CHARTER_MAIL_FROM": "Service charter <charter@agency.example>",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield House(Settings.from_environment(), folder / "received", monkeypatch, demo, size)
