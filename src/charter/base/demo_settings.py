"""The settings of a demonstration: `charter demo` and `make run` write them beside it, and every command finds them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from charter.base.errors import SettingError

CONNECTIONS, SETTINGS = "connections.env", "settings.env"
# Whoever sets one of these has an installation of their own: nothing of a demonstration is mixed into it.
_OWN = re.compile(r"CHARTER_(CONN_|PSEUDONYM_KEY|SIGNING_KEY)")
_LINE = re.compile(r"(CHARTER_[A-Z0-9_]+)=(.*)")


def with_demonstration(environment: Mapping[str, str], var_dir: Path) -> Mapping[str, str]:
    """``environment`` with the settings of the demonstration in ``var_dir``, where there is one and the environment
    names no source and no key itself. What the environment sets is never replaced.

    Raises SettingError for a file that is no list of settings.
    """
    folder = var_dir / "demo"
    if not (folder / SETTINGS).is_file() or any(_OWN.match(name) and value for name, value in environment.items()):
        return environment
    written = {**read_settings(folder / CONNECTIONS), **read_settings(folder / SETTINGS)}
    if environment.get("CHARTER_SMTP_HOST"):
        written.pop("CHARTER_MAIL_FOLDER", None)
    return {**written, **{name: value for name, value in environment.items() if value or name not in written}}


def read_settings(path: Path) -> dict[str, str]:
    """The settings in a file of lines NAME=value, as a shell reads them; none where there is no file.

    Raises SettingError, which names the line.
    """
    if not path.is_file():
        return {}
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if (setting := _LINE.fullmatch(line.strip())) is None:
            raise SettingError(
                "this line is no setting",
                where=f"{path}, line {number}",
                remedy="make the demonstration's settings anew: charter demo",
            )
        found[setting[1]] = "".join(shlex.split(setting[2]))
    return found
