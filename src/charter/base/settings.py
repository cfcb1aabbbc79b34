"""Where things are, and the secrets a step needs. Secrets come from the environment only."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from charter.base.agencies import named_agency, own_environment
from charter.base.demo_settings import with_demonstration
from charter.base.errors import SettingError


def _home(start: Path) -> Path:
    for folder in (start, *start.parents):
        if (folder / "dbt_project" / "dbt_project.yml").exists():
            return folder
    raise SettingError(
        f"no project was found at or above {start}",
        where="CHARTER_HOME",
        remedy="run from the project's folder, or set CHARTER_HOME to it",
    )


@dataclass(frozen=True)
class Settings:
    """Folders of one installation.

    ``home`` holds the code's companions (dbt_project, expectations, reports), ``charter_dir`` one
    agency's definitions, ``var_dir`` all state. ``environment`` is where secrets are read from. ``replay`` names a
    night that is built again beside the published one: it has a warehouse of its own, everything else is shared.
    """

    home: Path
    charter_dir: Path
    var_dir: Path
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    replay: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Reads CHARTER_HOME, CHARTER_DIR (default ``charters/kotra``) and CHARTER_VAR (default ``var``).

        Where CHARTER_AGENCY names one of several agencies, all of them are its own (see ``charter.base.agencies``),
        with the defaults ``charters/<agency>`` and ``var/<agency>``. A demonstration in the state folder brings its own
        settings along, unless the environment names sources or keys.

        Raises SettingError when no project folder can be found, or the state can't be where it should.
        """
        env = os.environ if environment is None else environment
        if (agency := named_agency(env)) is not None:
            env = {"CHARTER_DIR": f"charters/{agency}", "CHARTER_VAR": f"var/{agency}", **own_environment(env, agency)}
        home = Path(env["CHARTER_HOME"]).resolve() if env.get("CHARTER_HOME") else _home(Path.cwd().resolve())
        charter_dir = home / env.get("CHARTER_DIR", "charters/kotra")
        var_dir = home / env.get("CHARTER_VAR", "var")
        if "?" in str(var_dir):
            raise SettingError(
                f"the folder of all state, {var_dir}, has a ? in its name, after which DuckDB reads options",
                where="CHARTER_VAR",
                remedy="give a folder without it",
            )
        known = with_demonstration(env, var_dir)
        return cls(home=home, charter_dir=charter_dir, var_dir=var_dir, environment=known)

    def secret(self, name: str, *, at_least: int = 1) -> bytes:
        """The secret called ``name``: from the environment variable ``name``, or from the file that
        ``name + '_FILE'`` points to. Raises SettingError when neither is set, when it has fewer than ``at_least``
        bytes, or when others than its owner may read the file."""
        value, where = self._secret(name)
        if not value:
            raise SettingError(
                f"{name} is not set",
                where="environment",
                remedy=f"set {name}, or {name}_FILE to a file that holds it",
            )
        if len(value) < at_least:
            raise SettingError(
                f"{name} has {len(value)} bytes, and a key of fewer than {at_least} can be guessed",
                where=where,
                remedy='make one: python -c "import secrets; print(secrets.token_hex(32))"',
            )
        return value

    def _secret(self, name: str) -> tuple[bytes, str]:
        """What is set, empty when nothing is, and where."""
        if value := self.environment.get(name):
            return value.encode(), "environment"
        path = self.environment.get(f"{name}_FILE")
        if not path:
            return b"", "environment"
        where = f"{name}_FILE={path}"
        try:
            # The mode of the very file that is read.
            with Path(path).open("rb") as file:
                readable_by_others = os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO)
                content = file.read().strip()
        except OSError as error:
            raise SettingError(
                f"the file for {name} cannot be read ({error.strerror})",
                where=where,
                remedy="create the file, readable by this user only",
            ) from error
        if readable_by_others:
            raise SettingError(
                f"others than its owner may use the file for {name} (mode {readable_by_others:03o})",
                where=where,
                remedy="chmod 600 the file (for a secret mounted into a container: set its mode to 0400)",
            )
        return content, where

    @property
    def demo_dir(self) -> Path:
        return self.var_dir / "demo"

    @property
    def secrets_dir(self) -> Path:
        return self.var_dir / "secrets"

    @property
    def cache_dir(self) -> Path:
        """What is made again when it is not there: it may be deleted at any time."""
        return self.var_dir / "cache"

    @property
    def lake_dir(self) -> Path:
        return self.var_dir / "lake"

    @property
    def raw_dir(self) -> Path:
        return self.lake_dir / "raw"

    @property
    def _built_dir(self) -> Path:
        return self.var_dir / "replays" / self.replay if self.replay else self.var_dir

    @property
    def work_dir(self) -> Path:
        return self._built_dir / "work"

    @property
    def work_warehouse(self) -> Path:
        """The writer's own DuckDB file; nobody else opens it."""
        return self.work_dir / "warehouse.duckdb"

    @property
    def warehouse(self) -> Path:
        """The published DuckDB file (a replay's own, when this is one), replaced atomically; open it read-only."""
        return self._built_dir / "warehouse.duckdb"

    @property
    def outbox_dir(self) -> Path:
        return self.var_dir / "outbox"

    @property
    def site_dir(self) -> Path:
        return self.var_dir / "site"

    @property
    def evidence_dir(self) -> Path:
        return self.var_dir / "evidence"
