"""An agency's own demonstration: synthetic source systems that its charter folder can build, to try the line on."""

from __future__ import annotations

import io
import os
import re
import shlex
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from importlib.util import module_from_spec, spec_from_file_location
from secrets import token_hex
from typing import Protocol, cast

from charter.base.demo_settings import SETTINGS
from charter.base.errors import SettingError
from charter.base.files import write_whole
from charter.base.settings import Settings

MAIL_FROM = "Service charter <charter@agency.example>"
_ARCHIVED = (2026, 1, 1, 0, 0, 0)
_MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


class Built(Protocol):
    """What was built, in words for the terminal."""

    @property
    def summary(self) -> str: ...


class Demonstration(Protocol):
    """What the package ``demo`` of a charter folder gives. ``SEED`` is the seed of its usual agency."""

    SEED: int

    def build_demo(self, settings: Settings, until: date, size: float, seed: int) -> Built:
        """Writes the source systems as they stand at the end of ``until``, and the verdicts planted in them."""

    def write_connections(self, settings: Settings) -> dict[str, str]:
        """The environment that makes ``sources.yaml`` reach them."""


def build_demo(settings: Settings, *, until: date, size: float, seed: int) -> None:
    """Builds the agency's synthetic source systems as they stand at the end of ``until``, or goes on to that day.

    ``size`` says how much happens (1 is a small agency), another ``seed`` is another agency. The package ``demo`` of
    the charter folder does it; raises SettingError when there is none. Keys and settings for it are made as well.
    """
    demonstration_of(settings).build_demo(settings, until, size, seed)
    write_demo_settings(settings)


def write_demo_settings(settings: Settings) -> dict[str, str]:
    """Makes the settings of an installation that works on the demonstration, and gives them: the sources' addresses,
    keys of its own, and a folder that keeps its mails.

    They are written beside it, where ``Settings.from_environment`` finds them. An address with a password is not.
    """
    from charter.deliver.server import MAIL_FOLDER

    connections = demonstration_of(settings).write_connections(settings)
    own = {
        **_keys(settings),
        "CHARTER_MAIL_FROM": MAIL_FROM,
        MAIL_FOLDER: str((settings.outbox_dir / "received").resolve()),
    }
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in own.items()]
    write_whole(settings.demo_dir / SETTINGS, "".join(lines).encode(), mode=0o600)
    return {**connections, **own}


def _keys(settings: Settings) -> dict[str, str]:
    """The demonstration's keys, made when absent, readable by this user only; the settings that name their files."""
    from charter.evidence import generate_signing_key

    settings.secrets_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    makers: dict[str, Callable[[], bytes]] = {
        "pseudonym": lambda: token_hex(32).encode(),
        "signing": generate_signing_key,
    }
    named = {}
    for name, make in makers.items():
        path = settings.secrets_dir.resolve() / f"{name}.key"
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(make())
        named[f"CHARTER_{name.upper()}_KEY_FILE"] = str(path)
    return named


def demonstration_of(settings: Settings) -> Demonstration:
    """The package ``demo`` of the charter folder; raises SettingError when there is none."""
    folder = settings.charter_dir / "demo"
    entry = folder / "__init__.py"
    if not entry.is_file():
        raise SettingError(
            "the charter folder has no demonstration",
            where=str(folder),
            remedy="connect the agency's own sources (docs/new-agency.md), or name a charter with one in CHARTER_DIR",
        )
    # By its place, not by a name: the folders of two agencies both call it demo.
    name = re.sub(r"\W", "_", f"demo_of{folder}")
    if name in sys.modules:
        return cast(Demonstration, sys.modules[name])
    spec = spec_from_file_location(name, entry, submodule_search_locations=[str(folder)])
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return cast(Demonstration, module)


def without_clock(workbook: bytes) -> bytes:
    """A workbook (xlsx) with the times of writing taken out, so that the same rows give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            data = old.read(name)
            if name == "docProps/core.xml":
                data = _MODIFIED.sub(rb"\g<1>2026-01-01T00:00:00Z", data)
            new.writestr(zipfile.ZipInfo(name, _ARCHIVED), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
