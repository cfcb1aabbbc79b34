"""Changes of a model's SQL: which there are, in which lines they are made, and what the list of equivalents holds."""

from __future__ import annotations

from pathlib import Path

from tests.mutants.changes import MODELS, mutants_of, shape
from tests.mutants.equivalents import Equivalent, read_equivalents, stale

MODEL = "commitments_zero"
SQL = "select 1 -- a <= b\nwhere a <= b and c = 'kotra'\nunion all\nwhere a <= b and c = 'library'"


def test_a_change_is_made_in_every_line_of_a_shape_and_nowhere_else() -> None:
    [mutant] = [each for each in mutants_of(MODEL, [SQL]) if each.name == "<= → <"]
    assert mutant.of(SQL) == SQL.replace("where a <= b", "where a < b")


def test_comments_are_not_changed() -> None:
    assert mutants_of(MODEL, ["-- where a <= b"]) == []


def test_what_an_agency_brings_is_no_part_of_a_shape_and_the_engines_own_words_are() -> None:
    assert shape(MODEL, "  where c = 'kotra'") == "where c = '*'"
    assert shape(MODEL, "case when status = 'met'") == "case when status = 'met'"


def test_of_several_places_in_a_line_each_is_a_change_of_its_own() -> None:
    [first, second] = [each for each in mutants_of(MODEL, ["a <= b or b <= c"]) if each.pattern == "<="]
    assert (first.of("a <= b or b <= c"), second.of("a <= b or b <= c")) == ("a < b or b <= c", "a <= b or b < c")


def test_an_equivalent_whose_line_is_gone_is_stale() -> None:
    known = Equivalent(MODEL, "where a <= b and c = '*'", ("<= → <",), "for the test")
    gone = Equivalent(MODEL, "where a >= b", (">= → >",), "for the test")
    mutants = mutants_of(MODEL, [SQL])
    assert any(known.is_of(mutant) for mutant in mutants)
    assert stale([known, gone], mutants) == [gone]


def test_every_equivalent_is_of_a_model_that_there_is_and_says_why(tmp_path: Path) -> None:
    models = {file.stem for file in MODELS.rglob("*.sql")}
    for each in read_equivalents():
        assert each.model in models and each.names and each.because
    listed = tmp_path / "equivalents.yaml"
    listed.write_text(
        "commitments_zero:\n- {line: a <= b, changes: [<= → <], because: they are never equal}\n", "utf-8"
    )
    assert read_equivalents(listed) == [Equivalent(MODEL, "a <= b", ("<= → <",), "they are never equal")]
