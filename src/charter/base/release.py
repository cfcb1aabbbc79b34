"""Which release this is. ``pyproject.toml`` is the one place where its number is written."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_NAME = "charter"


def release_version(package: Path) -> str:
    """The version of the package in the folder ``package``, such as ``0.3.0``.

    In a checkout it is that of the pyproject.toml there: what an earlier installation wrote down beside the Python
    may be of an older release. Elsewhere it is what was installed; ``unknown`` without either.
    """
    try:
        project = tomllib.loads((package.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        if project["name"] == _NAME:
            return str(project["version"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    try:
        return version(_NAME)
    except PackageNotFoundError:
        return "unknown"
