"""departments.yaml: who may approve that a standard does not apply for a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from charter.definitions.waivers import REGISTER, WAIVERS

from .folder import CharterFolder

GRANTS = Path(__file__).parents[1] / "agencies" / "grants"


def test_where_somebody_may_approve_the_register_is_a_source_of_waivers(tmp_path: Path) -> None:
    folder = CharterFolder(tmp_path, GRANTS)
    assert folder.load().feeding(WAIVERS) == ()
    folder.change("departments.yaml", lambda said: said.update(approvers=[{"role": "Head", "address": "h@x.example"}]))
    assert folder.load().feeding(WAIVERS) == (REGISTER,)


def test_an_approver_is_one_person_with_an_address(tmp_path: Path) -> None:
    folder = CharterFolder(tmp_path, GRANTS)
    addresses = ["h@x.example", "H+post@x.example", "amt@größe.example"]
    approvers = [{"role": "Head", "address": address} for address in addresses]
    folder.change("departments.yaml", lambda said: said.update(approvers=approvers))
    said = " ".join(str(problem) for problem in folder.problems())
    assert "twice" in said
    assert "the address is no mail address" in said


def test_no_other_source_is_called_as_the_register_is(tmp_path: Path) -> None:
    folder = CharterFolder(tmp_path, GRANTS)

    def called(sources: Any) -> None:
        sources["sources"][0]["id"] = REGISTER

    folder.change("sources.yaml", called)
    assert folder.problems() == [], "it is free where nobody approves"
    folder.change("departments.yaml", lambda said: said.update(approvers=[{"role": "Head", "address": "h@x.example"}]))
    assert "call this source otherwise" in " ".join(str(problem) for problem in folder.problems())
