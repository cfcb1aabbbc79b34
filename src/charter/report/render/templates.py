"""Fills the templates in ``reports/templates``; everything put into HTML is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from markupsafe import Markup

from charter.base.errors import ReportError
from charter.base.settings import Settings


@lru_cache(maxsize=8)
def _environment(folder: Path, *, markup: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=markup,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["css_string"] = css_string
    return environment


def css_string(text: str) -> str:
    """``text`` as a string of CSS, quotes included: every sign that could end it is written as its number."""
    return '"' + "".join(sign if sign.isalnum() or sign in " :.,·-" else f"\\{ord(sign):x} " for sign in text) + '"'


def fill(settings: Settings, name: str, **values: Any) -> str:
    """The template ``name`` with ``values``; escaped when it is HTML. Raises ReportError when it cannot be filled."""
    environment = _environment(settings.home / "reports" / "templates", markup=name.endswith(".html.j2"))
    try:
        return environment.get_template(name).render(**values)
    except TemplateError as error:
        raise ReportError(
            f"the template cannot be filled: {error}",
            where=f"reports/templates/{name}",
            remedy="use only values that the report gives",
        ) from error


def template_files(settings: Settings, names: Iterable[str]) -> list[Path]:
    """The files of templates."""
    return [settings.home / "reports" / "templates" / name for name in names]


def script(settings: Settings, name: str) -> str:
    """The script ``name`` of a page. A page can be read without it."""
    return (settings.home / "reports" / "scripts" / name).read_text(encoding="utf-8")


def style(settings: Settings, name: str) -> str:
    """The style sheet ``name``."""
    return (settings.home / "reports" / "styles" / name).read_text(encoding="utf-8")


def safe_style(settings: Settings, name: str) -> Markup:
    """The style sheet for a ``<style>`` element, where quotes must stand as they are."""
    return Markup(style(settings, name))


def inlined(html: str) -> str:
    """``html`` with its style sheet put on every element; what only a sheet can say (dark mode) stays in the head."""
    return css_inline.CSSInliner(
        load_remote_stylesheets=False, keep_style_tags=False, keep_at_rules=True, minify_css=True
    ).inline(html)
