"""Words: every text for people is in the catalogues, in every language, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from charter.base.errors import ReportError
from charter.base.settings import Settings
from charter.catalogues import check_texts
from charter.lake.receipts import DayStatus, FeedStatus
from charter.transform.control.coverage import SHRUNK
from charter.words import Numeral, Words, fields, languages

from .builders import HOME

TEMPLATES = sorted(path for path in (HOME / "reports" / "templates").iterdir() if path.is_file())
SOURCES = [
    *TEMPLATES,
    *sorted((HOME / "src" / "charter" / "report").rglob("*.py")),
    *sorted((HOME / "src" / "charter" / "assertions").glob("*.py")),
    *sorted((HOME / "src" / "charter" / "audit").rglob("*.py")),
    *sorted((HOME / "src" / "charter" / "explain").rglob("*.py")),
    *sorted((HOME / "src" / "charter" / "observe").rglob("*.py")),
    HOME / "src" / "charter" / "words.py",
]
# Keys put together in code begin with one of these.
BUILT = (
    # What a monthly report says in place of the same key.
    "by_month.",
    # Read by the codes of findings.
    "notice.",
    *(f"runs.{group}." for group in ("state", "mark", "step", "mail", "kind", "remedy")),
    *("at_risk.count.", "at_risk.headline.", "at_risk.mark.", "at_risk.outcome.", "at_risk.section."),
    *(
        "doubt.",
        "first.count.",
        "todo.what.",
        "todo.rest.",
        "mending.brief.",
        "mending.state.",
        "mending.effect.",
        "overview.",
        "felt.measured",
        "felt.felt",
        "digest.",
        "table.",
        "label.form_",
        "chart.action_",
        "measured.",
        "date.quarter_",
        "date.half_",
        "chart.since.",
        "variation.",
        "variation_mark.",
        "assurance.",
        "assurance_mark.",
        "unjudged.",
        "spc_rule.",
        "duty.",
        "duties.line_",
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
        "case.due_unknown.",
        "figure.",
    ),
    *(
        "unit.",
        "duration.",
        "comparison.",
        "state.",
        "reason.",
        "row_fate.",
        "row_reason.",
        "check.",
        "site.expectation_kind_",
        "site.severity_",
        "site.found.",
        "change.period.",
        "restated.cause.",
        "restated.in_doubt.",
        "audit.column.",
        "explain.",
        "exceptions.finding.",
        "exceptions.sheet.",
        "exceptions.state.",
        "matrix.kind.",
        "matrix.role.",
        "matrix.sheet.",
    ),
)


SETTINGS = Settings(home=HOME, charter_dir=HOME, var_dir=HOME)
LANGUAGES = languages(SETTINGS)


def catalogue(language: str) -> Words:
    return Words.load(SETTINGS, language)


def test_there_are_catalogues_in_german_english_and_korean() -> None:
    assert LANGUAGES == ["de", "en", "ko"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys_asks_for_the_same_values_and_has_all_its_plurals(language: str) -> None:
    ours, english = dict(catalogue(language).texts), dict(catalogue("en").texts)
    assert list(check_texts(ours, english, language, language, is_whole=True)) == []
    assert {key for key in ours if fields(ours[key]) != fields(english[key])} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_filled_in(language: str) -> None:
    ours = catalogue(language)
    for key in ours.texts:
        for number in (0, 1, 2):
            assert ours(key, **dict.fromkeys(ours.fields(key), number)).strip(), key


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
    codes = {*get_args(FeedStatus), *get_args(DayStatus), "not_extracted", SHRUNK} - {"landed", "none_expected"}
    assert {code for code in codes if f"reason.{code}" not in korean} == set()


def test_a_missing_key_names_key_and_file() -> None:
    with pytest.raises(ReportError, match=r"reports/words/ko\.yaml.*'nothing\.here'"):
        catalogue("ko")("nothing.here")


def test_a_missing_value_names_what_the_text_needs() -> None:
    with pytest.raises(ReportError, match=r"'case\.count' needs \['count'\], given were \['number'\]"):
        catalogue("ko")("case.count", number=3)


@pytest.mark.parametrize(
    ("language", "forms", "number", "said"),
    [
        ("en", "row is|rows are", 1, "row is"),
        ("en", "row is|rows are", "1", "row is"),
        ("en", "row is|rows are", Numeral("1,001", 1001), "rows are"),
        ("en", "row is|rows are", 0, "rows are"),
        ("fr", "ligne|de lignes|lignes", 0, "ligne"),
        ("fr", "ligne|de lignes|lignes", 1_000_000, "de lignes"),
        ("de", "Zeile|Zeilen", 1, "Zeile"),
        ("de", "Zeile|Zeilen", 1.5, "Zeilen"),
        ("pl", "wiersz|wiersze|wierszy|wiersza", 22, "wiersze"),
        ("pl", "wiersz|wiersze|wierszy|wiersza", 12, "wierszy"),
        ("ar", "0|1|2|3-10|11-99|100", 2, "2"),
        ("ar", "0|1|2|3-10|11-99|100", 103, "3-10"),
    ],
)
def test_a_noun_has_the_form_that_its_number_takes_in_the_language(
    language: str, forms: str, number: object, said: str
) -> None:
    assert Words(language, "here", {"rows": f"{{count:{forms}}}"})("rows", count=number) == said


def test_a_text_with_too_few_forms_for_its_language_is_reported() -> None:
    words = Words("pl", "words/pl.yaml", {"rows": "{count:wiersz|wiersze}"})
    with pytest.raises(ReportError, match=r"words/pl\.yaml.*'rows'.*4 forms are needed \(one, few, many, other\)"):
        words("rows", count=3)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ReportError, match="no catalogue for 'fr'"):
        catalogue("fr")


def test_what_is_not_written_in_a_language_is_shown_in_the_agencys_own_and_says_so() -> None:
    german = Words.load(SETTINGS, "de", ("ko", "en"))
    assert german.pick({"en": "Answer calls", "ko": "전화를 받는다", "de": "Anrufe annehmen"}) == "Anrufe annehmen"
    assert german.pick({"en": "Answer calls", "ko": "전화를 받는다"}) == "전화를 받는다 [Koreanisch]"
    assert german.pick({"en": "Answer calls"}) == "Answer calls [Englisch]"
    assert german.pick({}) == ""


def test_an_agency_brings_a_language_or_words_single_texts_otherwise(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "de.yaml").write_text("status: {met: gehalten}\n", encoding="utf-8")
    (tmp_path / "words" / "fr.yaml").write_text("status: {met: tenu}\n", encoding="utf-8")
    settings = Settings(home=HOME, charter_dir=tmp_path, var_dir=tmp_path)
    german = Words.load(settings, "de")
    assert (german("status.met"), german("status.breached")) == ("gehalten", "verletzt")
    assert Words.load(settings, "fr")("status.met") == "tenu"
