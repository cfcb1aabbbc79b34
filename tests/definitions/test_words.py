"""Languages: the agency's own is required of every text, and each that it names has a whole catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter.base.errors import DefinitionError
from charter.base.settings import Settings
from charter.catalogues import require_catalogues
from tests.definitions.folder import CharterFolder

HOME = Path(__file__).parents[2]
NAME = "name: {ko: 고객서비스팀, en: Customer service team}"


@pytest.fixture
def folder(tmp_path: Path) -> CharterFolder:
    return CharterFolder(tmp_path)


def problems_of(folder: CharterFolder) -> list[tuple[str, str]]:
    return [(problem.where.partition("/")[2], problem.what) for problem in folder.problems()]


def catalogue_problems(folder: CharterFolder) -> list[str]:
    settings = Settings(home=HOME, charter_dir=folder.path, var_dir=folder.path / "var")
    with pytest.raises(DefinitionError) as caught:
        require_catalogues(settings, folder.load())
    return [f"{problem.where}: {problem.what}" for problem in caught.value.problems]


def test_an_agency_that_names_no_languages_speaks_those_of_its_name_the_first_being_its_own(
    folder: CharterFolder,
) -> None:
    assert folder.load().charter.languages == ["ko", "en"]


def test_a_text_without_the_agencys_own_language_is_told_with_its_line(folder: CharterFolder) -> None:
    line = folder.replace("departments.yaml", NAME, "name: {en: CS Team}")

    assert problems_of(folder) == [
        (f"departments.yaml:{line}", "this text is not written in the agency's own language, 'ko'")
    ]


def test_a_text_may_leave_out_every_language_but_the_agencys_own(folder: CharterFolder) -> None:
    folder.replace("departments.yaml", NAME, "name: {ko: 고객서비스팀}")

    assert folder.problems() == []


def test_a_language_that_the_agency_does_not_name_is_told(folder: CharterFolder) -> None:
    line = folder.replace("departments.yaml", NAME, "name: {ko: 고객서비스팀, de: Team}")

    assert problems_of(folder) == [(f"departments.yaml:{line}", "'de' is none of the agency's languages (ko, en)")]


@pytest.mark.parametrize(
    ("languages", "what"),
    [
        ("[ko, xx-nowhere]", "is not a language such as ko, en or zh-Hant"),
        ("[ko, zh_hant]", "is not a language such as"),
        ("[ko, EN]", "the language 'EN' is written en"),
        ("[ko, ko]", "a language is named twice"),
        ("[]", "at least 1 item"),
    ],
)
def test_languages_that_are_none_are_told(folder: CharterFolder, languages: str, what: str) -> None:
    folder.replace("charter.yaml", "agency:", f"languages: {languages}\nagency:")

    assert any(what in problem.what for problem in folder.problems())


def test_a_language_without_a_catalogue_is_told(folder: CharterFolder) -> None:
    folder.replace("charter.yaml", "agency:", "languages: [ko, en, el]\nagency:")

    assert catalogue_problems(folder) == ["kotra/charter.yaml, languages: there is no catalogue of texts for 'el'"]


def test_an_agencys_own_catalogue_of_a_new_language_must_be_whole(folder: CharterFolder) -> None:
    folder.replace("charter.yaml", "agency:", "languages: [ko, en, pl]\nagency:")
    (folder.path / "words").mkdir()
    text = 'case: {count: "{number} spraw"}\nmeal: obiad\nstate: {late: "{late} {late:dzień|dni}"}\n'
    (folder.path / "words" / "pl.yaml").write_text(text, encoding="utf-8")

    problems = catalogue_problems(folder)

    assert problems[0] == "kotra/words/pl.yaml: nobody asks for meal"
    assert problems[1].startswith("kotra/words/pl.yaml: texts are missing: allowance.exceeded,")
    assert problems[2:] == [
        "kotra/words/pl.yaml: 'case.count' asks for number, which nobody gives",
        "kotra/words/pl.yaml: 'state.late' has 2 forms where the language has 4",
    ]


def test_single_texts_may_be_worded_otherwise(folder: CharterFolder) -> None:
    (folder.path / "words").mkdir()
    (folder.path / "words" / "ko.yaml").write_text("report: {title: 주간 보고}\n", encoding="utf-8")

    require_catalogues(Settings(home=HOME, charter_dir=folder.path, var_dir=folder.path / "var"), folder.load())
