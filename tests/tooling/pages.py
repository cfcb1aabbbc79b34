"""Writes what is made from code, parts of the documentation and JSON Schemas: python -m tests.tooling.pages

Such a part stands between two comments, ``<!-- name: … -->`` and ``<!-- /name -->``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from ruamel.yaml import YAML

from charter.base.known_settings import settings_page
from charter.definitions.load import FILES
from charter.observe.metrics import metrics_table
from tests.tooling.reference import SCHEMAS, commands_page, configuration_page, dags_page, schema_file, schema_text

HOME = Path(__file__).parents[2]
DOCS = HOME / "docs"


def notices_page() -> str:
    """Every notice by its code, in the words of the English catalogue: what a notice leads to."""
    texts = YAML(typ="safe").load((HOME / "reports" / "words" / "en.yaml").read_text(encoding="utf-8"))["notice"]
    parts = []
    for code, text in texts.items():
        if isinstance(text, dict) and "what" in text:
            what, remedy = (_plain(text[part]) for part in ("what", "remedy"))
            parts.append(f"### {code}\n{what[:1].upper()}{what[1:]}.\n\n*What to do:* {remedy}.\n")
    return "\n".join(parts)


def _plain(text: str) -> str:
    """A text of the catalogue with its values' names in place of them, and the last form of each plural."""
    return re.sub(r"\{(\w+)\}", r"*\1*", re.sub(r"\{\w+:(?:[^|}]*\|)*([^|}]*)\}", r"\1", text))


# The page that has the part, and what writes it.
PARTS: Mapping[str, tuple[str, Callable[[], str]]] = {
    "metrics": ("observe.md", metrics_table),
    "settings": ("operate.md", settings_page),
    "notices": ("notices.md", notices_page),
    "commands": ("reference/commands.md", commands_page),
    "configuration": ("reference/configuration.md", configuration_page),
    "dags": ("reference/dags.md", dags_page),
}


def with_part(page: str, name: str, part: str) -> str:
    """``page`` with its part ``name`` replaced."""
    between = re.compile(rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- /{name} -->)", re.S)
    made, count = between.subn(lambda found: f"{found[1]}{part}{found[2]}", page)
    if count != 1:
        raise ValueError(f"the page has {count} parts called '{name}', and should have one")
    return made


def main() -> None:
    for name, (page, write) in PARTS.items():
        path = DOCS / page
        path.write_text(with_part(path.read_text(encoding="utf-8"), name, write()), encoding="utf-8")
    SCHEMAS.mkdir(exist_ok=True)
    for name in FILES:
        schema_file(name).write_text(schema_text(name), encoding="utf-8")


if __name__ == "__main__":
    main()
