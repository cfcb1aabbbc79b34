"""Great Expectations' Data Docs of one night, from its kept results: its own renderers, in pages that load nothing.

Its own page loads fifteen things from content networks and an image that tells its makers who reads. Ours is the same
content in ``reports/templates/data_docs/page.j2``, with one style sheet beside it.
"""

from __future__ import annotations

import re
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
from great_expectations.render.view.view import DefaultJinjaPageView
from jinja2 import ChoiceLoader, FileSystemLoader

from charter.assertions.counted import ExpectCountedRowsToHold, ExpectCountedRowsToHoldWithinBounds
from charter.assertions.judge import quiet
from charter.assertions.validations import read_validations
from charter.base.errors import CheckError
from charter.base.files import write_whole
from charter.base.moments import stamp
from charter.base.settings import Settings

# Importing the classes registers them under the types that the results name.
assert ExpectCountedRowsToHold.__name__
assert ExpectCountedRowsToHoldWithinBounds.__name__

FOLDER = "data-docs"
# What would have a browser ask somebody else, or run.
_OUTSIDE = re.compile(r"<script\b|(?:src|href)=[\"']?(?:https?:)?//|url\(|@import", re.IGNORECASE)


# It links the pages of its own store of suites, which there is none of.
_OF_SUITE = re.compile(r'href="(?:\.\./)+expectations/[^"]*"')


class _Page(DefaultJinjaPageView):
    """Great Expectations' view with our frame around what it renders."""

    def __init__(self, templates: Path) -> None:
        super().__init__()
        loader = self.env.loader
        assert loader is not None
        self.env.loader = ChoiceLoader([FileSystemLoader(templates), loader])
        # Its random ids would give other bytes each time.
        numbers = count(1)
        self.env.filters["generate_html_element_uuid"] = lambda prefix=None: f"{prefix or ''}{next(numbers)}"

    def render_string_template(self, template: Any) -> Any:
        """As its own; a check that could not be evaluated may have no traceback, and its view asks for a text."""
        if isinstance(template, dict) and template.get("template") is None:
            template = {**template, "template": ""}
        return super().render_string_template(template)  # type: ignore[no-untyped-call]


def write_data_docs(settings: Settings, as_of: datetime) -> list[Path]:
    """Writes ``site/data-docs`` from what is kept of the night ``as_of`` (aware): a page for each suite, and the way to
    them. Returns the files; those of suites that are no more are removed. Raises CheckError when nothing is kept.
    """
    kept = read_validations(settings, as_of)
    folder, templates = settings.site_dir / FOLDER, settings.home / "reports" / "templates" / "data_docs"
    pages: dict[str, str] = {}
    with quiet():
        for each in kept:
            name = str(each["suite_name"])
            document = ValidationResultsPageRenderer(run_info_at_end=False).render(_validation(each))
            page: str = _Page(templates).render(document, night=stamp(as_of), name=name)  # type: ignore[no-untyped-call]
            pages[f"{name}.html"] = _OF_SUITE.sub('href="../expectations.html"', page)
        index = _Page(templates).env.get_template("index.j2")
    pages["index.html"] = index.render(night=stamp(as_of), suites=kept)
    pages["data-docs.css"] = (settings.home / "reports" / "styles" / "data-docs.css").read_text(encoding="utf-8")
    for name, text in pages.items():
        if found := _OUTSIDE.search(text):
            raise CheckError(
                f"a page would load something or run a script ({found[0]})",
                where=f"{FOLDER}/{name}",
                remedy="Great Expectations renders it so: keep it out in reports/templates/data_docs",
            )
        write_whole(folder / name, text.encode())
    for path in folder.glob("*.html"):
        if path.name not in pages:
            path.unlink()
    return [folder / name for name in pages]


def _validation(kept: dict[str, Any]) -> ExpectationSuiteValidationResult:
    results = [_result(each) for each in kept["results"]]
    night = kept["meta"]["night"]
    run = {"run_name": f"night as of {night['as_of']}", "run_time": night["as_of"]}
    return ExpectationSuiteValidationResult(**{**kept, "results": results, "meta": {**kept["meta"], "run_id": run}})


def _result(kept: dict[str, Any]) -> ExpectationValidationResult:
    counts = kept["result"]
    if counts.get("unexpected_count") and "unexpected_percent" not in counts:
        # Its renderer asks for a share, which an expectation of ours does not tell.
        counts = {**counts, "unexpected_percent": 100 * counts["unexpected_count"] / counts["element_count"]}
    configuration = ExpectationConfiguration(**kept["expectation_config"])
    return ExpectationValidationResult(**{**kept, "result": counts, "expectation_config": configuration})
