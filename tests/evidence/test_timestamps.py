"""A stranger's word that a seal was there: asked for after each night, kept beside it, and checked."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from charter.base.errors import SettingError
from charter.base.settings import Settings
from charter.evidence import SealedManifest, stamp_nights, tsa_certificates, tsa_url, verify
from charter.evidence.verifying import Compared
from tests.deliver.builders import free_port
from tests.servers.tsa import Manner, Tsa, listening, prepared

from .builders import KEY, SUNDAY, Installation, said_in


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tsa]:
    with listening(prepared(tmp_path_factory.mktemp("tsa") / "authority")) as tsa:
        yield tsa


@pytest.fixture
def tsa(authority: Tsa, installation: Installation) -> Tsa:
    """It answers, and the installation is told of it."""
    authority.manner, authority.asked = "answer", 0
    installation.settings = replace(
        installation.settings,
        environment={
            "CHARTER_SIGNING_KEY": KEY,
            "CHARTER_TSA_URL": authority.url,
            "CHARTER_TSA_CERTIFICATE": str(authority.certificate),
        },
    )
    return authority


def night(installation: Installation, number: int) -> SealedManifest:
    """Seals the night so many days after the first Sunday."""
    as_of = SUNDAY + timedelta(days=number)
    installation.land(as_of, "inquiries", 3 + number)
    installation.transform(as_of, met=12 + number)
    return installation.seal(as_of, kind="nightly")


def stamp_of(sealed: SealedManifest) -> Path:
    return sealed.path.with_name(sealed.path.name.replace(".dsse.json", ".tsr"))


def compared(settings: Settings, certificate: Path | None = None) -> Compared:
    return next(kind for kind in verify(settings, tsa_certificate=certificate).kinds if kind.what == "time stamps")


def test_a_night_s_seal_is_stamped_and_openssl_agrees(installation: Installation, tsa: Tsa) -> None:
    sealed = night(installation, 0)
    assert stamp_nights(installation.settings) == ()
    found = compared(installation.settings)
    assert (found.count, found.altered, found.left) == (1, (), "")
    said = subprocess.run(
        ["openssl", "ts", "-verify", "-digest", sealed.sha256, "-in", stamp_of(sealed), "-CAfile", tsa.certificate],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Verification: OK" in said.stdout + said.stderr


def test_without_an_address_nobody_is_asked(installation: Installation, authority: Tsa) -> None:
    authority.asked = 0
    night(installation, 0)
    assert stamp_nights(installation.settings) == ()
    assert authority.asked == 0
    assert "time stamps" not in [kind.what for kind in verify(installation.settings).kinds]


def test_the_same_night_is_asked_for_once_and_is_not_sealed_again_for_its_stamp(
    installation: Installation, tsa: Tsa
) -> None:
    sealed = night(installation, 0)
    stamp_nights(installation.settings)
    stamp_nights(installation.settings)
    assert tsa.asked == 1
    again = installation.seal(SUNDAY, kind="nightly")
    assert (again.created, again.sha256) == (False, sealed.sha256)


def test_the_next_night_seals_the_stamp(installation: Installation, tsa: Tsa) -> None:
    first = night(installation, 0)
    stamp_nights(installation.settings)
    second = night(installation, 1)
    stamp_nights(installation.settings)
    place = stamp_of(first).relative_to(installation.settings.var_dir).as_posix()
    assert place in [file["path"] for file in said_in(second.path)["kept"]]
    third = night(installation, 2)
    assert [file["path"] for file in said_in(third.path)["kept"]] == [
        stamp_of(second).relative_to(installation.settings.var_dir).as_posix()
    ], "each is named once"


@pytest.mark.parametrize("manner", ["error", "nonsense", "redirect", "flood", "hang up"])
def test_one_that_misbehaves_stops_nothing_is_told_and_is_made_up_for(
    installation: Installation, tsa: Tsa, manner: Manner
) -> None:
    first = night(installation, 0)
    tsa.manner = manner
    (problem,) = stamp_nights(installation.settings)
    assert "time-stamping authority" in problem.what
    assert "the next night asks again" in problem.remedy
    assert tsa.asked == 1, "no other address is asked"
    assert not stamp_of(first).exists()
    assert compared(installation.settings).left == "no night has one yet"
    tsa.manner = "answer"
    second = night(installation, 1)
    assert stamp_nights(installation.settings) == ()
    assert stamp_of(second).exists()


def test_nights_that_were_missed_get_their_stamps_later(installation: Installation, tsa: Tsa) -> None:
    night(installation, 0)
    stamp_nights(installation.settings)
    tsa.manner = "error"
    missed = [night(installation, 1), night(installation, 2)]
    assert len(stamp_nights(installation.settings)) == 1
    assert compared(installation.settings).left == "2 nights without one"
    tsa.manner = "answer"
    last = night(installation, 3)
    assert stamp_nights(installation.settings) == ()
    assert all(stamp_of(sealed).exists() for sealed in (*missed, last))
    assert compared(installation.settings).left == ""


def test_a_long_history_is_not_stamped_in_one_night(installation: Installation, tsa: Tsa) -> None:
    """The newest seal vouches for all before it."""
    seals = [night(installation, number) for number in range(3)]
    stamp_nights(installation.settings)
    assert [stamp_of(sealed).exists() for sealed in seals] == [False, False, True]
    assert compared(installation.settings).left == ""


def test_where_nothing_listens_the_night_goes_on(installation: Installation) -> None:
    night(installation, 0)
    away = {"CHARTER_SIGNING_KEY": KEY, "CHARTER_TSA_URL": f"http://127.0.0.1:{free_port()}/"}
    (problem,) = stamp_nights(replace(installation.settings, environment=away))
    assert "was not reached" in problem.what
    assert "the next night asks again" in problem.remedy


def test_the_stamp_of_another_seal_is_not_taken(installation: Installation, tsa: Tsa) -> None:
    night(installation, 0)
    stamp_nights(installation.settings)
    second = night(installation, 1)
    tsa.manner = "replay"
    (problem,) = stamp_nights(installation.settings)
    assert "the time stamp of something else" in problem.what
    assert not stamp_of(second).exists()


def test_a_stranger_s_stamp_is_not_taken(installation: Installation, tsa: Tsa, tmp_path: Path) -> None:
    night(installation, 0)
    other = prepared(tmp_path / "other")
    environment = {**installation.settings.environment, "CHARTER_TSA_CERTIFICATE": str(other.certificate)}
    (problem,) = stamp_nights(replace(installation.settings, environment=environment))
    assert "not given by the TSA that is trusted" in problem.what
    assert not list(installation.evidence.glob("*/*.tsr"))


# ── verifying ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def stamped(installation: Installation, tsa: Tsa) -> list[SealedManifest]:
    """Three nights, each stamped; the last one's stamp is named by no seal yet."""
    seals = []
    for number in range(3):
        seals.append(night(installation, number))
        stamp_nights(installation.settings)
    return seals


def test_altered_it_is_named(installation: Installation, stamped: list[SealedManifest]) -> None:
    for sealed in stamped:
        path = stamp_of(sealed)
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        (problem,) = compared(installation.settings).altered
        assert str(path) in problem.where
        path.write_bytes(content)


def test_taken_away_it_is_named_once_a_later_night_has_sealed_it(
    installation: Installation, stamped: list[SealedManifest]
) -> None:
    stamp_of(stamped[0]).unlink()
    (problem,) = compared(installation.settings).altered
    assert "is missing" in problem.what
    stamp_of(stamped[2]).unlink()
    assert compared(installation.settings).left == "1 night without one"


def test_exchanged_they_are_named(installation: Installation, stamped: list[SealedManifest]) -> None:
    first, last = stamp_of(stamped[0]), stamp_of(stamped[2])
    content = first.read_bytes()
    first.write_bytes(last.read_bytes())
    last.write_bytes(content)
    assert len(compared(installation.settings).altered) == 2


def test_put_beside_no_seal_it_is_named(installation: Installation, stamped: list[SealedManifest]) -> None:
    stray = stamp_of(stamped[0]).with_name("manifest.r2.tsr")
    stray.write_bytes(stamp_of(stamped[0]).read_bytes())
    (problem,) = compared(installation.settings).altered
    assert "of no night that the chain knows" in problem.what


def test_against_another_authority_s_certificate_none_holds(
    installation: Installation, stamped: list[SealedManifest], tmp_path: Path
) -> None:
    other = prepared(tmp_path / "other")
    assert len(compared(installation.settings, other.certificate).altered) == 3


def test_elsewhere_without_the_certificate_it_is_said_that_nobody_knows_who_gave_them(
    installation: Installation, stamped: list[SealedManifest], tsa: Tsa, tmp_path: Path
) -> None:
    copy = Settings(home=tmp_path, charter_dir=tmp_path, var_dir=installation.settings.var_dir, environment={})
    assert "--tsa-certificate" in compared(copy).left
    assert compared(copy, tsa.certificate).left == ""


# ── settings ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("url", ["tsa.example", "ftp://tsa.example/", "https://", "https://name:word@tsa.example/"])
def test_what_is_no_address_is_refused_before_the_night(installation: Installation, url: str) -> None:
    with pytest.raises(SettingError, match="CHARTER_TSA_URL"):
        tsa_url(replace(installation.settings, environment={"CHARTER_TSA_URL": url}))


@pytest.mark.parametrize("content", ["", "no certificate"])
def test_what_is_no_certificate_is_refused_before_the_night(
    installation: Installation, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "root.pem"
    path.write_text(content)
    with pytest.raises(SettingError, match="certificate"):
        tsa_certificates(replace(installation.settings, environment={"CHARTER_TSA_CERTIFICATE": str(path)}))


def test_the_authority_is_told_a_hash_and_nothing_else(installation: Installation, tsa: Tsa) -> None:
    sealed = night(installation, 0)
    stamp_nights(installation.settings)
    request = (tsa.folder / "query.tsq").read_bytes()
    assert bytes.fromhex(sealed.sha256) in request
    assert len(request) < 100
