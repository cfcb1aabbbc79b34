"""The suites as files, for reading and review: ``expectations/suites/<charter>/*.json``."""

from __future__ import annotations

import json
from pathlib import Path

from charter.assertions.build import build_suites
from charter.assertions.queries import query_text
from charter.assertions.suites import SuiteDefinition
from charter.base.errors import Problem
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.words import own_words

REMEDY = "run: charter expectations build"


def suites_dir(settings: Settings, agency: Agency) -> Path:
    """The folder of the agency's suites: its own, so that no agency's are taken for another's."""
    return settings.home / "expectations" / "suites" / agency.charter.id


def render_suites(settings: Settings, agency: Agency) -> dict[str, str]:
    """File name → canonical JSON of every suite, the counting query included, in the agency's own language."""
    return {f"{suite.name}.json": _render(suite) for suite in build_suites(agency, own_words(settings, agency))}


def _render(suite: SuiteDefinition) -> str:
    content = suite.as_gx()
    if suite.query is not None:
        content["meta"]["query_lines"] = query_text(suite.query).splitlines()
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def write_suites(settings: Settings, agency: Agency) -> list[Path]:
    """Writes every suite and removes files of suites that are no more. Returns the files, by name."""
    folder, rendered = suites_dir(settings, agency), render_suites(settings, agency)
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.json"):
        if path.name not in rendered:
            path.unlink()
    for name, text in rendered.items():
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(folder / name for name in rendered)


def check_suites(settings: Settings, agency: Agency) -> list[Problem]:
    """Where the files differ from what the charter folder builds; empty when they are the same."""
    folder, rendered = suites_dir(settings, agency), render_suites(settings, agency)
    written = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return [
        Problem(what, f"expectations/suites/{agency.charter.id}/{name}", REMEDY)
        for name in sorted(rendered.keys() | written.keys())
        if (what := _difference(rendered.get(name), written.get(name))) is not None
    ]


def _difference(built: str | None, written: str | None) -> str | None:
    if written is None:
        return "the suite is not written"
    if built is None:
        return "the charter builds no such suite"
    return None if built == written else "the suite differs from what the charter folder builds"
