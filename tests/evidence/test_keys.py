"""One signing key follows another: both sign it, and either is enough to check all seals."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from charter.base.errors import EvidenceError, SettingError
from charter.base.settings import Settings
from charter.evidence import SealedManifest, generate_signing_key, rotate_key, seal, verify
from charter.evidence.envelope import wrapped
from charter.evidence.keys import load_public_key, public_pem, signing_key

from .builders import KEY, SUNDAY, Installation, rewritten

AT = datetime(2026, 7, 6, 9, tzinfo=UTC)
NEW = generate_signing_key().decode()
OTHER = generate_signing_key().decode()


def with_keys(installation: Installation, *, now: str = NEW, retired: str | None = KEY) -> Settings:
    keys = {"CHARTER_SIGNING_KEY": now} | ({"CHARTER_RETIRED_SIGNING_KEY": retired} if retired else {})
    return replace(installation.settings, environment=keys)


def public(installation: Installation, key: str) -> bytes:
    return public_pem(signing_key(with_keys(installation, now=key)).public_key())


def rotated(installation: Installation) -> SealedManifest:
    installation.seal(kind="nightly")
    return rotate_key(with_keys(installation), AT)


def test_after_a_rotation_runs_are_sealed_with_the_new_key(installation: Installation) -> None:
    rotated(installation)
    weekly = seal(with_keys(installation, retired=None), "weekly", SUNDAY, SUNDAY)

    assert weekly.created
    assert (installation.evidence / "public_key.pem").read_bytes() == public(installation, NEW)
    assert verify(installation.settings).altered == []


def test_right_after_it_the_new_key_is_the_one_in_use_and_the_old_one_is_told(installation: Installation) -> None:
    """No night has sealed anything with it yet."""
    rotated(installation)

    assert verify(with_keys(installation, retired=None)).changed == []
    (problem,) = verify(installation.settings).changed
    assert problem.where == "CHARTER_SIGNING_KEY"


@pytest.mark.parametrize("trusted", [KEY, NEW])
def test_whoever_trusts_one_of_the_keys_can_check_all_seals(installation: Installation, trusted: str) -> None:
    rotated(installation)
    seal(with_keys(installation, retired=None), "weekly", SUNDAY, SUNDAY)

    assert verify(installation.settings, public(installation, trusted)).altered == []


def test_another_key_than_those_that_followed_one_another_proves_nothing(installation: Installation) -> None:
    rotated(installation)

    problems = verify(installation.settings, public(installation, OTHER)).altered
    assert "the key given is none of those" in problems[0].what
    assert sum("the signature is not that" in problem.what for problem in problems) == 2


def test_the_retired_key_signs_nothing_more(installation: Installation) -> None:
    rotated(installation)

    with pytest.raises(EvidenceError, match="signed with another key"):
        installation.seal(kind="weekly")


def test_a_seal_that_the_retired_key_made_after_its_end_is_named(installation: Installation) -> None:
    rotated(installation)
    weekly = seal(with_keys(installation, retired=None), "weekly", SUNDAY, SUNDAY)
    retired = signing_key(with_keys(installation, now=KEY))
    payload = base64.b64decode(json.loads(weekly.path.read_bytes())["payload"])
    weekly.path.write_bytes(wrapped(payload, [retired]))

    (problem,) = verify(installation.settings).altered
    assert problem.where == str(weekly.path)


def test_a_rotation_that_only_one_key_signed_is_named(installation: Installation) -> None:
    sealed = rotated(installation)
    payload = base64.b64decode(json.loads(sealed.path.read_bytes())["payload"])
    for alone in (KEY, NEW):
        sealed.path.write_bytes(wrapped(payload, [signing_key(with_keys(installation, now=alone))]))
        (problem,) = verify(installation.settings).altered
        assert problem.where == str(sealed.path)


def test_a_rotation_to_a_forged_key_is_named(installation: Installation) -> None:
    sealed = rotated(installation)
    forged = public(installation, OTHER).decode()
    rewritten(sealed.path, lambda statement: statement["predicate"].update(successor=forged))

    problems = verify(installation.settings, public(installation, KEY)).altered
    assert str(sealed.path) in [problem.where for problem in problems]


def test_a_rotation_a_second_time_changes_nothing(installation: Installation) -> None:
    first = rotated(installation)
    again = rotate_key(with_keys(installation), AT)

    assert (again.created, again.sha256) == (False, first.sha256)


@pytest.mark.parametrize("cut", ["before the chain", "before the key"])
def test_a_rotation_cut_short_is_completed(installation: Installation, cut: str) -> None:
    first = rotated(installation)
    (installation.evidence / "public_key.pem").write_bytes(public(installation, KEY))
    if cut == "before the chain":
        chain = installation.evidence / "chain.jsonl"
        chain.write_bytes(b"".join(chain.read_bytes().splitlines(keepends=True)[:-1]))

    assert rotate_key(with_keys(installation), AT).sha256 == first.sha256
    seal(with_keys(installation, retired=None), "weekly", SUNDAY, SUNDAY)
    assert verify(installation.settings).altered == []
    assert load_public_key((installation.evidence / "public_key.pem").read_bytes())


def test_the_retired_key_must_be_the_one_in_use(installation: Installation) -> None:
    installation.seal(kind="nightly")

    with pytest.raises(EvidenceError, match="CHARTER_RETIRED_SIGNING_KEY"):
        rotate_key(with_keys(installation, retired=OTHER), AT)
    with pytest.raises(SettingError, match="CHARTER_RETIRED_SIGNING_KEY"):
        rotate_key(with_keys(installation, retired=None), AT)


def test_before_the_first_seal_there_is_no_key_to_follow(installation: Installation, tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="nothing has been sealed yet"):
        rotate_key(with_keys(installation), AT)
