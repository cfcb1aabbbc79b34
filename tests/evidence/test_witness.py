"""A second witness: the heads of all seals in a folder that is somebody else's."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from charter.base.errors import SettingError
from charter.base.head import printed_head
from charter.evidence import SealedManifest, generate_signing_key, seal, tell_witness, verify, witness_folder
from charter.evidence.verifying import Compared

from .builders import KEY, SUNDAY, Installation


@pytest.fixture
def share(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("share")
    environment = {"CHARTER_SIGNING_KEY": KEY, "CHARTER_WITNESS": str(folder)}
    installation.settings = replace(installation.settings, environment=environment)
    return folder


@pytest.fixture
def told(installation: Installation, share: Path, nights: list[SealedManifest]) -> Path:
    """The file of heads, after three nights."""
    assert tell_witness(installation.settings) == ()
    return share / "kotra.heads"


def compared(installation: Installation, folder: Path | None = None) -> Compared:
    found = verify(installation.settings, witness=folder)
    return next(kind for kind in found.kinds if kind.what == "second witness")


def test_each_seal_is_a_line(told: Path, nights: list[SealedManifest], installation: Installation) -> None:
    lines = told.read_text().splitlines()
    assert lines[0] == f"1 2026-07-05T15:00:00Z nightly {nights[0].sha256}"
    assert [line.split()[-1] for line in lines] == [night.sha256 for night in nights]
    found = compared(installation)
    assert (found.count, found.altered, found.left) == (3, (), "")


def test_told_again_nothing_is_added_and_a_new_seal_is(told: Path, installation: Installation) -> None:
    before = told.read_text()
    tell_witness(installation.settings)
    assert told.read_text() == before
    seal(installation.settings, "weekly", SUNDAY.replace(day=7), SUNDAY.replace(day=7), rendered=[installation.page])
    assert compared(installation).left == "1 seal that it does not have"
    tell_witness(installation.settings)
    assert told.read_text().startswith(before)
    assert len(told.read_text().splitlines()) == 4


def test_a_tail_cut_off_with_its_folder_is_named(told: Path, installation: Installation) -> None:
    head = told.read_text().split()[-1]
    chain = installation.evidence / "chain.jsonl"
    chain.write_bytes(b"".join(chain.read_bytes().splitlines(keepends=True)[:-1]))
    shutil.rmtree(sorted(installation.evidence.glob("*-nightly"))[-1])
    (problem,) = compared(installation).altered
    assert printed_head(head) in problem.what


def test_a_chain_forged_whole_is_named_however_much_is_told_since(told: Path, installation: Installation) -> None:
    shutil.rmtree(installation.evidence)
    forger = {**installation.settings.environment, "CHARTER_SIGNING_KEY": generate_signing_key().decode()}
    installation.settings = replace(installation.settings, environment=forger)
    installation.three_nights()
    tell_witness(installation.settings)
    assert len(compared(installation).altered) == 3


def test_a_witness_that_is_away_stops_nothing_and_hears_of_it_later(
    installation: Installation, nights: list[SealedManifest], share: Path
) -> None:
    share.rmdir()
    (problem,) = tell_witness(installation.settings)
    assert "the witness was not told" in problem.what
    assert compared(installation).altered == ()
    assert "cannot be read" in compared(installation).left
    share.mkdir()
    assert tell_witness(installation.settings) == ()
    assert compared(installation).left == ""


def test_a_line_that_was_cut_short_is_told_anew(told: Path, installation: Installation) -> None:
    told.write_bytes(told.read_bytes()[:-30])
    assert compared(installation).left == "1 seal that it does not have; 1 of its lines cannot be read"
    tell_witness(installation.settings)
    found = compared(installation)
    assert (found.count, found.altered, found.left) == (3, (), "1 of its lines cannot be read")


def test_elsewhere_it_is_named_by_its_folder(told: Path, installation: Installation) -> None:
    installation.settings = replace(installation.settings, environment={"CHARTER_SIGNING_KEY": KEY})
    assert "second witness" not in [kind.what for kind in verify(installation.settings).kinds]
    assert compared(installation, told.parent).count == 3


def test_a_folder_among_our_own_state_is_no_witness(installation: Installation) -> None:
    environment = {"CHARTER_WITNESS": str(installation.settings.var_dir / "witness")}
    with pytest.raises(SettingError, match="which it is to witness"):
        witness_folder(replace(installation.settings, environment=environment))
