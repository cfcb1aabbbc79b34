"""What an explanation says, in every language: the golden files are what people see."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from charter.base.settings import Settings
from charter.explain import Explanation, as_page, as_text, said
from charter.explain.document import Saying
from charter.explain.models import StepKind, StepTold
from charter.explain.say_commitment import steps_in_words
from charter.words import Words
from tests.line.installation import HOME
from tests.report.golden import check_golden

from .builders import figure, not_counted, walked

TOLD: dict[str, Explanation] = {"figure": figure(), "commitment": walked(), "row": not_counted()}


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_DIR": str(HOME / "charters" / "kotra")})


def words(settings: Settings, language: str) -> Words:
    return Words.load(settings, language, ["en", "ko"])


@pytest.mark.parametrize("language", ["ko", "en", "de"])
@pytest.mark.parametrize("kind", TOLD)
def test_what_it_says(settings: Settings, kind: str, language: str) -> None:
    text = as_text(said(TOLD[kind], words(settings, language)))
    check_golden(f"{kind}.{language}.txt", text, Path(__file__).parent / "golden")


@pytest.mark.parametrize("kind", TOLD)
def test_a_page_stands_alone_and_lets_nothing_through(settings: Settings, kind: str) -> None:
    hostile = "<script>alert(1)</script>"
    told: Explanation = TOLD[kind].model_copy(update={"name": hostile})
    page = as_page(settings, said(told, words(settings, "en")))
    assert hostile not in page
    assert "&lt;script&gt;" in page
    assert "http://" not in page and "https://" not in page and "src=" not in page


@pytest.mark.parametrize("language", ["ko", "en", "de"])
def test_every_step_has_words(settings: Settings, language: str) -> None:
    kinds = get_args(StepKind)
    steps = tuple(StepTold(kind=kind, unit="days", amount=1, total=1) for kind in kinds)
    told = walked().model_copy(update={"steps": steps})
    lines = list(steps_in_words(told, Saying(words(settings, language), "UTC")))
    assert len(lines) == len(kinds)
    assert len({line.partition(". ")[2] for line in lines}) == len(kinds)


def test_a_table_that_is_wider_than_the_terminal_has_a_block_for_each_row(settings: Settings) -> None:
    document = said(figure(), words(settings, "en"))
    narrow = as_text(document, width=60)
    assert "first-reply/reply/L-17\n    status" in narrow
    assert max(len(line) for line in as_text(document).splitlines()) > 60


def test_a_row_that_never_arrived_is_said_to_be_unknown_with_what_might_hide_it(settings: Settings) -> None:
    unknown = not_counted().model_copy(update={"versions": (), "refusals": (), "rules": (), "fates": ()})
    text = as_text(said(unknown, words(settings, "en")))
    assert "no row of this key has ever arrived" in text
    assert "2 open rows refused without a readable key" in text
    assert "1 row recorded after the night" in text
