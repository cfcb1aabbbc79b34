"""A waiver takes two people, ends on a day, has a reason, and is never deleted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from charter.base.errors import SettingError, StateError
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.extract.waivers.decide import (
    Proposal,
    RegisteredWaiver,
    approve,
    propose,
    registered_waivers,
    withdraw,
)
from charter.extract.waivers.register import register_path
from tests.definitions.folder import CharterFolder

HOME = Path(__file__).resolve().parents[3]
NOON = datetime(2026, 3, 21, 12, tzinfo=UTC)
FLOOD = Proposal("decided", "north", "A2", date(2026, 3, 1), date(2026, 3, 31), "the archive was flooded")
APPROVERS = [
    {"role": "Head of grants", "address": "head@grants.example"},
    {"role": "Deputy", "address": "deputy@grants.example"},
]


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Agency:
    folder = CharterFolder(tmp_path_factory.mktemp("charter"), HOME / "tests" / "agencies" / "grants")
    folder.change("departments.yaml", lambda said: said.update(approvers=APPROVERS))
    return folder.load()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=HOME, charter_dir=HOME, var_dir=tmp_path, environment={})


@pytest.fixture
def proposed(settings: Settings, agency: Agency) -> RegisteredWaiver:
    return propose(settings, agency, FLOOD, by="kim@grants.example", typed_by="kim", made_at=NOON)


def approved(settings: Settings, agency: Agency, waiver: RegisteredWaiver, by: str) -> RegisteredWaiver:
    later = NOON + timedelta(hours=1)
    return approve(settings, agency, waiver.id, by=by, typed_by="head", made_at=later)


def test_one_proposes_and_another_approves(settings: Settings, agency: Agency, proposed: RegisteredWaiver) -> None:
    assert proposed.standing == "proposed"
    done = approved(settings, agency, proposed, "Head@Grants.example")
    assert done.standing == "approved"
    assert done.approved is not None
    assert (done.approved.by, done.approved.role) == ("head@grants.example", "Head of grants")
    assert registered_waivers(settings) == [done]


@pytest.mark.parametrize("spelling", ["head@grants.example", " HEAD@Grants.Example ", "head+holiday@grants.example"])
def test_nobody_approves_what_they_proposed_however_they_are_spelt(
    settings: Settings, agency: Agency, spelling: str
) -> None:
    own = propose(settings, agency, FLOOD, by="head@grants.example", typed_by="a", made_at=NOON)
    with pytest.raises(SettingError, match="proposed W-0001, and can't approve it"):
        approved(settings, agency, own, spelling)
    other = propose(settings, agency, FLOOD, by=spelling, typed_by="a", made_at=NOON)
    with pytest.raises(SettingError, match="can't approve it"):
        approved(settings, agency, other, "head@grants.example")
    assert [each.standing for each in registered_waivers(settings)] == ["proposed", "proposed"]


def test_only_those_who_may_approve_do(settings: Settings, agency: Agency, proposed: RegisteredWaiver) -> None:
    with pytest.raises(SettingError, match=r"'lee@grants.example' may approve no waiver") as told:
        approved(settings, agency, proposed, "lee@grants.example")
    assert "head@grants.example, deputy@grants.example" in str(told.value)


def test_where_nobody_may_approve_nothing_is_proposed(settings: Settings, agency: Agency) -> None:
    nobody = agency.model_copy(update={"organisation": agency.organisation.model_copy(update={"approvers": []})})
    with pytest.raises(SettingError, match="nobody may approve a waiver"):
        propose(settings, nobody, FLOOD, by="kim@grants.example", typed_by="kim", made_at=NOON)
    assert not register_path(settings).exists()


def test_all_that_is_wrong_with_a_proposal_is_told_at_once(settings: Settings, agency: Agency) -> None:
    wrong = Proposal("decidet", "nort", " ", date(2026, 4, 1), date(2026, 3, 1), " \u200b ")
    with pytest.raises(SettingError) as told:
        propose(settings, agency, wrong, by="kim@grants.example", typed_by="kim", made_at=NOON)
    assert [problem.where for problem in told.value.problems] == [
        "--standard",
        "--department",
        "--subject",
        "--from, --to",
        "--reason",
    ]
    assert "did you mean 'decided'?" in str(told.value)


def test_who_decides_is_named_by_a_mailbox(settings: Settings, agency: Agency) -> None:
    with pytest.raises(SettingError, match="'Kim' is no mailbox"):
        propose(settings, agency, FLOOD, by="Kim", typed_by="kim", made_at=NOON)


def test_what_is_approved_or_withdrawn_is_not_approved_again(
    settings: Settings, agency: Agency, proposed: RegisteredWaiver
) -> None:
    approved(settings, agency, proposed, "head@grants.example")
    with pytest.raises(SettingError, match="W-0001 is approved already"):
        approved(settings, agency, proposed, "deputy@grants.example")
    withdraw(settings, agency, "W-0001", by="kim@grants.example", reason="a slip", typed_by="kim", made_at=NOON)
    with pytest.raises(SettingError, match="W-0001 is withdrawn already"):
        approved(settings, agency, proposed, "deputy@grants.example")
    with pytest.raises(SettingError, match="W-0001 is withdrawn already"):
        withdraw(settings, agency, "W-0001", by="kim@grants.example", reason="again", typed_by="kim", made_at=NOON)
    with pytest.raises(SettingError, match="no reason is given"):
        withdraw(settings, agency, "W-0001", by="kim@grants.example", reason=" ", typed_by="kim", made_at=NOON)


def test_nothing_is_deleted_and_records_never_run_back(
    settings: Settings, agency: Agency, proposed: RegisteredWaiver
) -> None:
    approved(settings, agency, proposed, "head@grants.example")
    earlier = NOON - timedelta(days=3)
    done = withdraw(settings, agency, "W-0001", by="kim@grants.example", reason="a slip", typed_by="x", made_at=earlier)
    assert done.proposed == proposed.proposed
    assert done.approved is not None
    assert done.withdrawn is not None
    assert done.withdrawn.recorded_at == done.approved.recorded_at, "whatever the machine's clock says"
    assert done.withdrawn.reason == "a slip"


def test_who_typed_both_at_one_login_is_told(settings: Settings, agency: Agency, proposed: RegisteredWaiver) -> None:
    assert not approved(settings, agency, proposed, "head@grants.example").typed_at_one_login
    propose(settings, agency, FLOOD, by="kim@grants.example", typed_by="kim", made_at=NOON)
    done = approve(settings, agency, "W-0002", by="head@grants.example", typed_by="kim", made_at=NOON)
    assert done.typed_at_one_login


def test_many_at_once_each_get_a_number_of_their_own(settings: Settings, agency: Agency) -> None:
    def one(number: int) -> str:
        said = replace(FLOOD, subject=f"A{number}")
        return propose(settings, agency, said, by="kim@grants.example", typed_by="kim", made_at=NOON).id

    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(one, range(24)))
    assert sorted(names) == [f"W-{number:04d}" for number in range(1, 25)]
    assert len(registered_waivers(settings)) == 24


def test_the_register_is_its_owners_alone(settings: Settings, proposed: RegisteredWaiver) -> None:
    assert register_path(settings).stat().st_mode & 0o077 == 0
    assert register_path(settings).parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "alter",
    [
        lambda text: text.replace("flooded", "painted"),
        lambda text: text.replace("2026-03-31", "2027-03-31"),
        lambda text: "\n".join([text.splitlines()[0], *text.splitlines()[2:], ""]),
        lambda text: "\n".join([*text.splitlines()[:2], text.splitlines()[1], *text.splitlines()[2:], ""]),
        lambda text: text[:-30],
        lambda text: "",
    ],
    ids=["a text", "an expiry", "a line taken out", "a line twice", "cut", "emptied"],
)
def test_a_register_that_was_altered_is_told_and_written_no_further(
    settings: Settings, agency: Agency, proposed: RegisteredWaiver, alter: Callable[[str], str]
) -> None:
    approved(settings, agency, proposed, "head@grants.example")
    path = register_path(settings)
    path.write_text(alter(path.read_text(encoding="utf-8")), encoding="utf-8")
    altered = path.read_bytes()
    with pytest.raises(StateError, match="restore the file from a copy"):
        registered_waivers(settings)
    with pytest.raises(StateError):
        propose(settings, agency, FLOOD, by="kim@grants.example", typed_by="kim", made_at=NOON)
    assert path.read_bytes() == altered


def test_a_register_that_is_gone_is_not_begun_anew(
    settings: Settings, agency: Agency, proposed: RegisteredWaiver
) -> None:
    register_path(settings).unlink()
    with pytest.raises(StateError, match="can't be read"):
        propose(settings, agency, FLOOD, by="kim@grants.example", typed_by="kim", made_at=NOON)
