"""Writes the parts of the documentation that are made from code: python -m tests.tooling.pages

Such a part stands between two comments, ``<!-- name: … -->`` and ``<!-- /name -->``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from charter.base.known_settings import settings_page
from charter.observe.metrics import metrics_table

DOCS = Path(__file__).parents[2] / "docs"
# The page that has the part, and what writes it.
PARTS: Mapping[str, tuple[str, Callable[[], str]]] = {
    "metrics": ("observe.md", metrics_table),
    "settings": ("operate.md", settings_page),
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


if __name__ == "__main__":
    main()
