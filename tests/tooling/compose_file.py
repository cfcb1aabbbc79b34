"""docker-compose.yml as Compose reads it: settings put in, merges carried out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

HOME = Path(__file__).parents[2]
_SETTING = re.compile(r"\$\{(?P<name>\w+):-(?P<usual>[^}]*)\}")


def compose_file(settings: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The whole file, with ``settings`` in place of what .env would say."""
    text = (HOME / "docker-compose.yml").read_text(encoding="utf-8")
    given = settings or {}
    filled = _SETTING.sub(lambda found: given.get(found["name"]) or found["usual"], text)
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(filled)
    return loaded


def secrets_of(service: Mapping[str, Any]) -> set[str]:
    return set(service.get("secrets", []))


def example_settings() -> dict[str, str]:
    """What .env.example sets."""
    lines = (HOME / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
