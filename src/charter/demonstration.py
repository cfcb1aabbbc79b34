"""An agency's own demonstration: synthetic source systems that its charter folder can build, to try the line on."""

from __future__ import annotations

import io
import re
import sys
import zipfile
from datetime import date
from importlib.util import module_from_spec, spec_from_file_location
from typing import Protocol, cast

from charter.base.errors import SettingError
from charter.base.settings import Settings

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
    the charter folder does it; raises SettingError when there is none.
    """
    demonstration_of(settings).build_demo(settings, until, size, seed)


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
