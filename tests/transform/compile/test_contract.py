"""The page that documents the warehouse is what the models say."""

from __future__ import annotations

from charter.assertions.results import SCHEMA
from charter.base.settings import Settings
from charter.transform.compile.contract import contract_page, page_path


def test_the_page_is_as_the_models_are_described() -> None:
    settings = Settings.from_environment()

    assert page_path(settings).read_text(encoding="utf-8") == contract_page(settings), (
        "run: .venv/bin/python -m charter.transform.compile.contract"
    )


def test_the_results_of_checks_are_documented_as_they_are_written() -> None:
    page = contract_page(Settings.from_environment())
    section = page[page.index("## `expectation_results`") :].split("\n## ")[0]

    columns = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
    assert [name.removesuffix("_<language>") for name in columns] == SCHEMA.names
