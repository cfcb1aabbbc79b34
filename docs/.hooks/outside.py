"""Pages that live outside docs/ (docs/changelog.md is a link to CHANGELOG.md) name others from the project's folder."""

from __future__ import annotations

from typing import Any

OUTSIDE = ("changelog.md", "contributing.md")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    if page.file.src_uri in OUTSIDE:
        return markdown.replace("](docs/", "](")
    return markdown
