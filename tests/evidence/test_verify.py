"""Each way of tampering with evidence is found, and the file concerned is named."""

from __future__ import annotations

import base64
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from charter.base.errors import Problem
from charter.evidence import SealedManifest, generate_signing_key, verify
from charter.evidence.envelope import wrapped
from charter.evidence.verifying.compared import RESTORE

from .builders import Installation, rewritten


def named(problems: list[Problem]) -> str:
    return "\n".join(f"{problem.where}: {problem.what}" for problem in problems)


def nothing_was_broken(statement: dict[str, Any]) -> None:
    statement["predicate"]["expectations"]["outcomes"]["broken"] = 0


def lines_of(installation: Installation) -> list[str]:
    return (installation.evidence / "chain.jsonl").read_text().splitlines(keepends=True)


def rewrite_chain(installation: Installation, lines: list[str]) -> None:
    (installation.evidence / "chain.jsonl").write_text("".join(lines))


def test_untouched_evidence_holds(installation: Installation, nights: list[SealedManifest]) -> None:
    assert len(nights) == 3
    assert verify(installation.settings).altered == []
    assert verify(installation.settings, (installation.evidence / "public_key.pem").read_bytes()).altered == []


def test_an_edited_manifest_is_named(installation: Installation, nights: list[SealedManifest]) -> None:
    rewritten(nights[1].path, nothing_was_broken)
    told = named(verify(installation.settings).altered)
    assert f"{nights[1].path}: the manifest has been altered" in told
    assert f"{nights[1].path}: the signature is not that of this manifest" in told
    assert str(nights[0].path) not in told


def test_an_edited_manifest_with_its_chain_edited_to_match_is_named(
    installation: Installation, nights: list[SealedManifest]
) -> None:
    edited = rewritten(nights[1].path, nothing_was_broken)
    forged = [line.replace(nights[1].sha256, edited) for line in lines_of(installation)]
    rewrite_chain(installation, forged)
    told = named(verify(installation.settings).altered)
    assert f"{nights[1].path}: the signature is not that of this manifest" in told
    assert f"{nights[2].path}: the manifest and its line in the chain disagree" in told


def test_a_deleted_manifest_is_named(installation: Installation, nights: list[SealedManifest]) -> None:
    shutil.rmtree(nights[1].path.parent)
    assert f"{nights[1].path}: a sealed manifest is missing" in named(verify(installation.settings).altered)


def test_a_swapped_order_is_named(installation: Installation, nights: list[SealedManifest]) -> None:
    first, second, third = lines_of(installation)
    rewrite_chain(installation, [first, third, second])
    told = named(verify(installation.settings).altered)
    assert "chain.jsonl:2: seal 3 stands where seal 2 should" in told
    assert "chain.jsonl:3: seal 2 stands where seal 3 should" in told
    assert "chain.jsonl:2: the seal does not follow from the one before it" in told


def test_swapped_manifests_are_named(installation: Installation, nights: list[SealedManifest]) -> None:
    first, second = nights[0].path.read_bytes(), nights[1].path.read_bytes()
    nights[0].path.write_bytes(second)
    nights[1].path.write_bytes(first)
    told = named(verify(installation.settings).altered)
    assert f"{nights[0].path}: the manifest has been altered" in told
    assert f"{nights[1].path}: the manifest has been altered" in told


def test_an_edited_signature_is_named(installation: Installation, nights: list[SealedManifest]) -> None:
    path = nights[2].path
    envelope = json.loads(path.read_bytes())
    envelope["signatures"][0]["sig"] = base64.b64encode(bytes(64)).decode()
    path.write_text(json.dumps(envelope, sort_keys=True) + "\n")
    (problem,) = verify(installation.settings).altered
    assert problem == Problem("the signature is not that of this manifest by this key", str(path), RESTORE)
    path.write_text(json.dumps(envelope | {"signatures": []}, sort_keys=True) + "\n")
    (problem,) = verify(installation.settings).altered
    assert problem == Problem("the manifest's signature is missing", str(path), RESTORE)


def test_a_truncated_chain_is_named(installation: Installation, nights: list[SealedManifest]) -> None:
    rewrite_chain(installation, lines_of(installation)[:-1])
    told = named(verify(installation.settings).altered)
    assert f"{nights[2].path}: there is a manifest that the chain does not know" in told


def test_a_line_taken_out_of_the_middle_is_named(installation: Installation, nights: list[SealedManifest]) -> None:
    first, _, third = lines_of(installation)
    rewrite_chain(installation, [first, third])
    told = named(verify(installation.settings).altered)
    assert "chain.jsonl:2: the seal does not follow" in told
    assert f"{nights[1].path}: there is a manifest that the chain does not know" in told


def test_a_missing_chain_is_named(installation: Installation, nights: list[SealedManifest]) -> None:
    (installation.evidence / "chain.jsonl").unlink()
    told = named(verify(installation.settings).altered)
    assert all(f"{night.path}: there is a manifest that the chain does not know" in told for night in nights)


def test_an_edited_page_is_named(installation: Installation, nights: list[SealedManifest]) -> None:
    installation.page.write_text("지킨 약속 100건")
    (problem,) = verify(installation.settings).altered
    assert (problem.where, problem.what) == (
        str(installation.page),
        "the rendered file has been altered since it was sealed",
    )
    installation.page.unlink()
    (problem,) = verify(installation.settings).altered
    assert problem.what == "the rendered file is missing or cannot be read"


def test_a_page_made_anew_and_sealed_anew_is_no_tampering(installation: Installation) -> None:
    installation.seal()
    installation.render("site/index.html", "지킨 약속 13건")
    installation.seal()
    assert verify(installation.settings).altered == []


def test_edited_rows_are_named(installation: Installation, nights: list[SealedManifest]) -> None:
    (first, *_) = sorted(installation.settings.raw_dir.rglob("part-0.parquet"))
    first.write_bytes(first.read_bytes() + b"x")
    (problem,) = verify(installation.settings).altered
    assert (problem.where, problem.what) == (str(first), "the input file has been altered since it was sealed")


def test_rows_taken_back_by_a_later_sealed_run_are_no_tampering(installation: Installation) -> None:
    installation.seal()
    next(installation.settings.raw_dir.rglob("part-0.parquet")).unlink()
    assert len(verify(installation.settings).altered) == 1
    installation.seal()
    assert verify(installation.settings).altered == []


def test_a_chain_rebuilt_with_another_key_fails_against_the_key_the_reader_trusts(
    installation: Installation, nights: list[SealedManifest]
) -> None:
    trusted = (installation.evidence / "public_key.pem").read_bytes()
    forger = serialization.load_pem_private_key(generate_signing_key(), password=None)
    assert isinstance(forger, Ed25519PrivateKey)
    for night in nights:
        payload = base64.b64decode(json.loads(night.path.read_bytes())["payload"])
        night.path.write_bytes(wrapped(payload, [forger]))
    public = forger.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (installation.evidence / "public_key.pem").write_bytes(public)
    assert verify(installation.settings).altered == [], "whoever replaces all seals and the key is not seen from inside"
    assert len(verify(installation.settings, trusted).altered) == 3


def test_a_missing_public_key_is_named(installation: Installation, nights: list[SealedManifest]) -> None:
    (installation.evidence / "public_key.pem").unlink()
    (problem,) = verify(installation.settings).altered
    assert problem.where.endswith("public_key.pem")


def test_no_evidence_is_no_proof(installation: Installation) -> None:
    assert "nothing has been sealed" in named(verify(installation.settings).altered)


def test_a_manifest_put_in_is_named(installation: Installation, nights: list[SealedManifest]) -> None:
    stray = nights[0].path.with_name("manifest.r2.dsse.json")
    stray.write_bytes(nights[0].path.read_bytes())
    (problem,) = verify(installation.settings).altered
    assert problem.where == str(stray)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


GARBAGE: list[Callable[[Path], object]] = [
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"\xff\xfe\x00garbage\n\n\n"),
    lambda path: path.write_bytes(b"[" * 100_000),
    lambda path: path.write_bytes(b'{"sequence": 1e999, "as_of": "0001-01-01T00:00:00+14:00"}\n'),
    lambda path: path.write_bytes(path.read_bytes()[:-40]),
    lambda path: path.write_bytes(path.read_bytes() * 2),
    lambda path: path.unlink(),
    a_folder,
    a_link_to_itself,
]


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("place", ["chain.jsonl", "public_key.pem", "*-nightly/manifest.dsse.json"])
def test_whatever_lies_there_it_is_reported(
    installation: Installation, nights: list[SealedManifest], place: str, garbage: Callable[[Path], object]
) -> None:
    path = sorted(installation.evidence.glob(place))[-1]
    before = path.read_bytes()
    garbage(path)
    doubled_key = place == "public_key.pem" and path.is_file() and path.read_bytes() == before * 2
    assert verify(installation.settings).altered or doubled_key


def test_a_manifest_cannot_send_the_reader_outside_the_state_folder(
    installation: Installation, nights: list[SealedManifest]
) -> None:
    elsewhere = {"path": "../../../etc/hostname", "sha256": "0" * 64}

    def send_elsewhere(statement: dict[str, Any]) -> None:
        statement["predicate"]["rendered"] = [elsewhere]
        statement["subject"][-1] = {"name": elsewhere["path"], "digest": {"sha256": elsewhere["sha256"]}}

    forged = rewritten(nights[2].path, send_elsewhere)
    rewrite_chain(installation, [line.replace(nights[2].sha256, forged) for line in lines_of(installation)])
    assert "../../../etc/hostname: the rendered file named lies outside" in named(verify(installation.settings).altered)


def test_any_single_changed_byte_is_found(installation: Installation, nights: list[SealedManifest]) -> None:
    chance = random.Random(36)
    files = [path for path in installation.settings.var_dir.rglob("*") if path.is_file() and path.stat().st_size]
    sealed = [path for path in files if path.is_relative_to(installation.evidence) or "lake" in path.parts]
    sealed = [path for path in sealed if path.name != "standing.json"]
    assert len(nights) == 3
    for path in sorted(sealed):
        original = path.read_bytes()
        for _ in range(8):
            position = chance.randrange(len(original))
            changed = bytes([original[position] ^ (1 << chance.randrange(8))])
            path.write_bytes(original[:position] + changed + original[position + 1 :])
            assert verify(installation.settings).altered or _means_the_same(path, original), f"{path} at {position}"
        path.write_bytes(original)
    assert verify(installation.settings).altered == []


def _means_the_same(path: Path, original: bytes) -> bool:
    """White space in the chain or around the key can be written in more than one way."""
    if path.name == "public_key.pem":
        return serialization.load_pem_public_key(path.read_bytes()) == serialization.load_pem_public_key(original)
    if path.name == "chain.jsonl":
        now = [json.loads(line) for line in path.read_bytes().splitlines()]
        return now == [json.loads(line) for line in original.splitlines()]
    return False
