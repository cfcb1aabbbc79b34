"""Words: every text for people is in the catalogues, in both languages, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from charter.base.errors import ReportError
from charter.base.settings import Settings
from charter.lake.receipts import DayStatus, FeedStatus
from charter.words import LANGUAGES, Words

from .builders import HOME

TEMPLATES = sorted((HOME / "reports" / "templates").iterdir())
SOURCES = [*TEMPLATES, *sorted((HOME / "src" / "charter" / "report").rglob("*.py"))]
# Keys put together in code begin with one of these.
BUILT = (
    *(
        "doubt.",
        "fate.",
        "status.",
        "result.",
        "mark.",
        "trend.",
        "basis.",
        "kind.",
        "clock.",
        "period.",
        "due_basis.",
        "figure.",
        "weekday.",
    ),
    *(
        "month.",
        "unit.",
        "duration.",
        "comparison.",
        "state.",
        "reason.",
        "row_fate.",
        "row_reason.",
        "time_zone.",
        "site.expectation_kind_",
        "site.severity_",
        "change.period.",
        "restated.cause.",
        "restated.in_doubt.",
    ),
)


def catalogue(language: str) -> Words:
    return Words.load(Settings(home=HOME, charter_dir=HOME, var_dir=HOME), language)


def test_both_languages_have_the_same_keys() -> None:
    korean, english = (catalogue(language) for language in LANGUAGES)
    assert sorted(korean.texts) == sorted(english.texts)


def test_both_languages_ask_for_the_same_values() -> None:
    korean, english = (catalogue(language) for language in LANGUAGES)
    # A date may need the month's name in one language and its number in the other.
    different = {
        key for key in korean.texts if korean.fields(key) != english.fields(key) and not key.startswith("date.")
    }
    assert different == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_text_of_its_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.findall("[가-힣]+", text)
    if path.suffix == ".j2":
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->|<[^>]*>", " ", text, flags=re.DOTALL)
        assert re.findall("[A-Za-z]{2,}", text) == []


def test_every_key_that_is_used_exists() -> None:
    korean = catalogue("ko")
    used = {
        key
        for path in SOURCES
        for key in re.findall(r"""(?:\bt|words)\(\s*"([a-z_.]+)["]""", path.read_text(encoding="utf-8"))
    }
    used |= {
        f"label.{name}"
        for path in TEMPLATES
        for name in re.findall(r"(?:view\.labels|\blabel)\.([a-z_]+)", path.read_text(encoding="utf-8"))
    }
    assert used
    assert {key for key in used if key not in korean} == set()


def test_no_key_is_left_over() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    labels = set(re.findall(r"(?:view\.labels|\blabel)\.([a-z_]+)", code))
    leftover = [
        key
        for key in catalogue("ko").texts
        if f'"{key}"' not in code
        and not key.startswith(BUILT)
        and not (key.startswith("label.") and key.removeprefix("label.") in labels)
    ]
    assert leftover == []


def test_every_way_a_source_can_be_silent_is_in_words() -> None:
    korean = catalogue("ko")
    codes = {*get_args(FeedStatus), *get_args(DayStatus), "not_extracted"} - {"landed", "none_expected"}
    assert {code for code in codes if f"reason.{code}" not in korean} == set()


def test_a_missing_key_names_key_and_file() -> None:
    with pytest.raises(ReportError, match=r"reports/words/ko\.yaml.*'nothing\.here'"):
        catalogue("ko")("nothing.here")


def test_a_missing_value_names_what_the_text_needs() -> None:
    with pytest.raises(ReportError, match=r"'case\.count' needs \['count'\], given were \['number'\]"):
        catalogue("ko")("case.count", number=3)


@pytest.mark.parametrize(
    ("number", "said"), [(1, "1 row is"), ("1", "1 row is"), (2, "2 rows are"), ("1,001", "1,001 rows are")]
)
def test_one_is_counted_in_the_singular(number: object, said: str) -> None:
    words = Words("en", "here", {"rows": "{count} {count:row is|rows are}"})
    assert words("rows", count=number) == said


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ReportError, match="no catalogue for 'fr'"):
        catalogue("fr")
