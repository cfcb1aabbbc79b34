"""`felt:` of a rule: a question, who counts as agreeing, and every slip told with its place and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from charter.base.errors import DefinitionError
from charter.definitions import load_agency
from charter.definitions.models import FELT, Comparison
from tests.definitions.folder import CharterFolder

HOME = Path(__file__).parents[2]
FIRST_REPLY = "branch-first-reply"


def with_felt(tmp_path: Path, **changes: Any) -> CharterFolder:
    """KOTRA's charter with what is felt of the first reply declared otherwise; None takes a key out."""
    charter = CharterFolder(tmp_path, HOME / "charters" / "kotra")

    def change(said: Any) -> None:
        rule = next(each for each in said["standards"] if each["id"] == FIRST_REPLY)["rules"][0]
        felt = {**rule["felt"], **changes}
        rule["felt"] = {name: value for name, value in felt.items() if value is not None}

    charter.change("charter.yaml", change)
    return charter


def test_what_is_felt_is_counted_as_a_share_of_those_who_answered_on_the_scale() -> None:
    charter = load_agency(HOME / "charters" / "kotra").charter
    rule = next(each for each in charter.standards if each.id == FIRST_REPLY).rules[0]
    figure = rule.beside[-1]
    assert figure.id == FELT
    assert figure.where["rating_score"] == Comparison(at_least=1, at_most=5)
    assert figure.numerator == {"rating_score": Comparison(at_least=4)}


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"subject": "ratings"}, "'ratings' is not a subject table"),
        ({"answer": "ratings_score"}, "'ratings_score' is not a column of 'rating_invitations'"),
        ({"answer": "channel"}, "'channel'"),
        ({"on": "rating_score"}, "'rating_score'"),
        ({"agrees_from": 1}, "everybody would agree, or nobody could"),
        ({"agrees_from": 6}, "everybody would agree, or nobody could"),
        ({"scale": {"least": 5, "most": 1}}, "a scale goes from its least to its most"),
        ({"scale": None}, "'scale' is not given"),
        ({"question": None}, "'question' is not given"),
        ({"where": {"rating_score": {"is_null": False}}}, "is left out by itself"),
    ],
)
def test_a_slip_is_told(tmp_path: Path, changes: dict[str, Any], what: str) -> None:
    with pytest.raises(DefinitionError, match=r"charter\.yaml") as raised:
        load_agency(with_felt(tmp_path, **changes).path)
    assert any(what in str(problem) for problem in raised.value.problems), raised.value.problems


def test_a_rating_that_may_name_nobody_is_asked_only_of_those_who_do(tmp_path: Path) -> None:
    survey = {"subject": "survey_responses", "on": "responded_at", "answer": "score"}
    everybody = with_felt(tmp_path / "everybody", **survey, where={"kind": "courtesy"})
    with pytest.raises(DefinitionError, match="may be empty, and nobody would answer"):
        load_agency(everybody.path)
    named = {"kind": "courtesy", "department_id": {"is_null": False}}
    load_agency(with_felt(tmp_path / "named", **survey, where=named).path)


def test_no_other_figure_is_called_felt(tmp_path: Path) -> None:
    charter = CharterFolder(tmp_path, HOME / "charters" / "kotra")

    def rename(said: Any) -> None:
        rule = next(each for each in said["standards"] if each["id"] == "phone-transfer")["rules"][0]
        rule["companions"][0]["id"] = FELT

    charter.change("charter.yaml", rename)
    with pytest.raises(DefinitionError, match="'felt' is what customers say of the promise"):
        load_agency(charter.path)
