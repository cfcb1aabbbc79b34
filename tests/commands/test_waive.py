"""``charter waive``: two people, from proposal to withdrawal, at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from charter.cli import main
from tests.definitions.folder import CharterFolder

HOME = Path(__file__).resolve().parents[2]
WHAT = ("--standard", "decided", "--from", "2026-03-01", "--to", "2026-03-31", "--reason", "flood")
NORTH = ("--department", "north", "--subject", "A2")
KIM = ("--by", "kim@grants.example")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CharterFolder:
    folder = CharterFolder(tmp_path, HOME / "tests" / "agencies" / "grants")
    approvers = [{"role": "Head of grants", "address": "head@grants.example"}]
    folder.change("departments.yaml", lambda said: said.update(approvers=approvers))
    monkeypatch.setenv("CHARTER_HOME", str(HOME))
    monkeypatch.setenv("CHARTER_DIR", str(folder.path))
    monkeypatch.setenv("CHARTER_VAR", str(tmp_path / "var"))
    return folder


def waive(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["waive", *arguments])


def test_from_proposal_to_withdrawal() -> None:
    proposed = waive("propose", *WHAT, *NORTH, *KIM)
    assert proposed.exit_code == 0
    assert "W-0001 is proposed. It excuses nothing until another person approves it" in proposed.output
    approved = waive("approve", "W-0001", "--by", "head@grants.example")
    assert "W-0001 is approved, until 2026-03-31" in approved.output
    assert "typed at one login" in approved.output
    withdrawn = waive("withdraw", "W-0001", "--reason", "dry", *KIM)
    assert "W-0001 is withdrawn" in withdrawn.output
    listed = waive("list").output
    assert "kim@grants.example" in listed
    assert "head@grants.example" in listed
    assert "withdrawn" in listed
    records = json.loads(waive("list", "--json").output)
    assert [record["action"] for record in records] == ["proposed", "approved", "withdrawn"]


def test_a_mistake_is_a_message_with_its_remedy_and_no_traceback() -> None:
    own = waive("propose", *WHAT, *NORTH, "--by", "head@grants.example")
    assert own.exit_code == 0
    refused = waive("approve", "W-0001", "--by", "Head+x@grants.example")
    assert refused.exit_code == 2
    assert "a waiver takes two people" in refused.stderr
    assert "Traceback" not in refused.output
    assert waive("approve", "W-0009", "--by", "head@grants.example").exit_code == 2


@pytest.mark.parametrize(
    ("whom", "told"),
    [
        ((), "--department, or --all-departments"),
        (("--department", "north"), "--subject, or --all-cases"),
        (("--department", "north", "--all-departments", "--all-cases"), "--department, or --all-departments"),
    ],
)
def test_for_whom_is_always_said(whom: tuple[str, ...], told: str) -> None:
    result = waive("propose", *WHAT, *whom, *KIM)
    assert result.exit_code == 2
    assert told in result.output


@pytest.mark.parametrize("missing", ["--to", "--reason", "--by"])
def test_without_expiry_reason_or_name_nothing_is_proposed(missing: str) -> None:
    given = [*WHAT, *NORTH, *KIM]
    place = given.index(missing)
    result = waive("propose", *given[:place], *given[place + 2 :])
    assert result.exit_code == 2
    assert missing in result.output
    assert json.loads(waive("list", "--json").output) == []


def test_where_nobody_may_approve_that_is_told(folder: CharterFolder) -> None:
    folder.change("departments.yaml", lambda said: said.pop("approvers"))
    result = waive("propose", *WHAT, *NORTH, *KIM)
    assert result.exit_code == 2
    assert "nobody may approve a waiver" in result.output
    assert "approvers: [{role:" in result.output
