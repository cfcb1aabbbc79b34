"""What the site needs beside its pages: links of pages outside docs/, and what a search finds last."""

from __future__ import annotations

from typing import Any

OUTSIDE = ("changelog.md", "contributing.md")
# What has every word in it comes last in a search.
LAST = ("changelog.md", "decisions.md", "upgrade.md")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    if page.file.src_uri in LAST:
        page.meta["search"] = {"boost": 0.2}
    if page.file.src_uri in OUTSIDE:
        return markdown.replace("](docs/", "](")
    return markdown
