"""Sealing: what a manifest tells, that it tells it once, and that a change is a further revision."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import stat
import subprocess
import threading
from pathlib import Path
from typing import Any

import duckdb
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement

from charter.base.errors import EvidenceError, SettingError
from charter.base.settings import Settings
from charter.evidence import SealedManifest, generate_signing_key, seal, verify

from .builders import MONDAY, SUNDAY, Installation, delivery, rewritten, said_in, statement_in


def content(sealed: SealedManifest) -> dict[str, Any]:
    return said_in(sealed.path)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def with_key(installation: Installation, key: str) -> Settings:
    settings = installation.settings
    return Settings(settings.home, settings.charter_dir, settings.var_dir, {"CHARTER_SIGNING_KEY": key})


def test_a_manifest_tells_what_the_figures_rest_on_and_where_they_went(installation: Installation) -> None:
    manifest = content(installation.seal(deliveries=[delivery()]))
    assert (manifest["kind"], manifest["as_of"], manifest["known_at"]) == (
        "weekly",
        "2026-07-05T15:00:00Z",
        "2026-07-05T15:00:00Z",
    )
    assert manifest["charter"]["id"] == "kotra"
    assert manifest["charter"]["version"] == "2026-1"
    (definition,) = manifest["charter"]["files"]
    assert definition == {"path": "charter.yaml", "sha256": hashlib.sha256(b"id: kotra\n").hexdigest()}
    (landed,) = manifest["inputs"]
    file = installation.settings.var_dir / landed["path"]
    assert (landed["source"], landed["table"], landed["rows"]) == ("voc", "inquiries", 3)
    assert landed["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert [receipt["source"] for receipt in manifest["receipts"]] == ["voc"]
    assert [(table["table"], table["rows"]) for table in manifest["warehouse"]] == [
        ("compliance_weekly", 3),
        ("expectation_results", 4),
        ("run", 1),
    ]
    assert manifest["dbt"] == [
        {"status": "success", "unique_id": "model.charter.run"},
        {"status": "pass", "unique_id": "test.charter.unique"},
    ]
    assert manifest["expectations"]["outcomes"] == {"broken": 1, "kept": 2}, "this run's results only"
    assert [file["path"] for file in manifest["rendered"]] == ["site/index.html"]
    assert manifest["deliveries"] == [
        {
            "log": 0,
            "log_sha256": None,
            "message_id": "<weekly.2026-W27.r1.00@kotra.example>",
            "period": "2026-W27",
            "recipient": "kim@kotra.example",
            "report": "weekly",
            "revision": 1,
            "sha256": None,
            "state": "sent",
        }
    ]
    assert manifest["previous"] is None


def test_it_lies_in_a_folder_named_for_the_run(installation: Installation) -> None:
    sealed = installation.seal()
    assert sealed.path == installation.evidence / "20260705T150000Z-weekly" / "manifest.dsse.json"
    payload = base64.b64decode(json.loads(sealed.path.read_bytes())["payload"])
    assert sealed.sha256 == hashlib.sha256(payload).hexdigest()
    assert sealed.created


def test_the_same_run_elsewhere_gives_the_same_manifest(tmp_path: Path) -> None:
    one, other = Installation.build(tmp_path / "one"), Installation.build(tmp_path / "other")
    assert one.seal().path.read_bytes() == other.seal().path.read_bytes()


def test_sealing_a_second_time_changes_nothing(installation: Installation) -> None:
    first = installation.seal()
    before = everything(installation.evidence)
    second = installation.seal()
    assert everything(installation.evidence) == before
    assert (second.created, second.path, second.sha256) == (False, first.path, first.sha256)


def test_what_says_the_same_compares_as_the_same(installation: Installation) -> None:
    installation.seal(deliveries=[delivery(), delivery(recipient="a@b.kr")])
    installation.transform(SUNDAY, met=12, reverse=True)
    installation.dbt_results(elapsed=99.5)
    (installation.settings.home / "dbt_project/target").mkdir()
    (installation.settings.home / "dbt_project/target/compiled.sql").write_text("made by dbt")
    again = installation.seal(
        deliveries=[
            delivery(recipient="a@b.kr"),
            delivery(),
        ]
    )
    assert not again.created, "neither order nor timings make a difference"


def change_a_figure(installation: Installation) -> dict[str, Any]:
    installation.transform(SUNDAY, met=11)
    return {}


def change_a_dbt_result(installation: Installation) -> dict[str, Any]:
    file = installation.settings.work_dir / "dbt_target/run_results.json"
    file.write_text(file.read_text().replace('"pass"', '"warn"'))
    return {}


def change_an_input(installation: Installation) -> dict[str, Any]:
    installation.land(SUNDAY, "inquiries", 4)
    return {}


def change_a_page(installation: Installation) -> dict[str, Any]:
    installation.render("site/index.html", "지킨 약속 120건")
    return {}


def change_a_definition(installation: Installation) -> dict[str, Any]:
    (installation.settings.charter_dir / "charter.yaml").write_text("id: kotra\nversion: 2\n")
    return {}


def change_the_code(installation: Installation) -> dict[str, Any]:
    (installation.settings.home / "reports/templates/weekly.html").write_text("<p>always kept</p>")
    return {}


@pytest.mark.parametrize(
    "change",
    [
        change_a_figure,
        change_a_dbt_result,
        change_an_input,
        change_a_page,
        change_a_definition,
        change_the_code,
    ],
)
def test_a_change_is_sealed_as_a_further_revision(installation: Installation, change: Any) -> None:
    first = installation.seal()
    kept = first.path.read_bytes()
    second = installation.seal(**change(installation))
    assert (second.path.name, second.revision, second.created) == ("manifest.r2.dsse.json", 2, True)
    assert content(second)["previous"] == first.sha256
    assert first.path.read_bytes() == kept
    assert not installation.seal(**change(installation)).created
    assert verify(installation.settings).altered == []


def test_another_state_of_a_message_is_sealed_as_a_further_revision(installation: Installation) -> None:
    installation.seal(deliveries=[delivery(state="unknown")])
    assert not installation.seal(deliveries=[delivery(state="unknown")]).created
    assert installation.seal(deliveries=[delivery(state="sent")]).revision == 2


def test_a_build_that_ran_fewer_tests_adds_nothing_one_that_ran_more_does(installation: Installation) -> None:
    installation.dbt_results(1.0, "test.charter.whole_ledger")
    installation.seal()
    installation.dbt_results(1.0)
    assert not installation.seal().created
    installation.dbt_results(1.0, "test.charter.whole_ledger", "test.charter.another")
    assert installation.seal().revision == 2


def test_going_back_to_earlier_figures_is_a_revision_too(installation: Installation) -> None:
    installation.seal()
    installation.transform(SUNDAY, met=11)
    installation.seal()
    installation.transform(SUNDAY, met=12)
    assert installation.seal().revision == 3
    assert verify(installation.settings).altered == []


def test_only_what_was_known_is_an_input(installation: Installation) -> None:
    installation.land(MONDAY, "inquiries", 5)
    assert len(content(installation.seal())["inputs"]) == 1
    installation.transform(SUNDAY, met=12, known_at=MONDAY)
    later = content(installation.seal(known_at=MONDAY))
    assert len(later["inputs"]) == len(later["receipts"]) == 2


def test_refused_rows_are_inputs_too(installation: Installation) -> None:
    file = installation.land(SUNDAY, "inquiries", 2)
    refused = installation.settings.lake_dir / "quarantine" / file.parent.parent.name / file.parent.name / file.name
    refused.parent.mkdir(parents=True)
    shutil.copy(file, refused)
    assert [entry["table"] for entry in content(installation.seal())["inputs"]] == ["quarantine", "inquiries"]


def test_runs_of_every_kind_stand_in_one_chain(installation: Installation) -> None:
    nightly = installation.seal(kind="nightly")
    weekly = installation.seal(kind="weekly")
    assert content(weekly)["previous"] == nightly.sha256
    lines = [json.loads(line) for line in (installation.evidence / "chain.jsonl").read_text().splitlines()]
    assert [(line["sequence"], line["kind"], line["revision"]) for line in lines] == [
        (1, "nightly", 1),
        (2, "weekly", 1),
    ]


def test_several_processes_at_once_make_one_chain(installation: Installation) -> None:
    kinds = ["nightly", "weekly"] * 3
    threads = [threading.Thread(target=installation.seal, kwargs={"kind": kind}) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len((installation.evidence / "chain.jsonl").read_text().splitlines()) == 2
    assert verify(installation.settings).altered == []


def test_a_warehouse_of_another_run_is_not_sealed(installation: Installation) -> None:
    with pytest.raises(EvidenceError, match="another run"):
        installation.seal(MONDAY)
    with pytest.raises(EvidenceError, match="another run"):
        installation.seal(SUNDAY, known_at=MONDAY)
    assert not installation.evidence.exists()


def test_what_is_missing_or_broken_is_named(installation: Installation) -> None:
    with pytest.raises(EvidenceError, match=r"no-such-page\.html"):
        installation.seal(rendered=[installation.settings.var_dir / "site/no-such-page.html"])
    with pytest.raises(EvidenceError, match="outside the state folder"):
        installation.seal(rendered=[installation.settings.charter_dir / "charter.yaml"])
    results = installation.settings.work_dir / "dbt_target/run_results.json"
    results.write_text("[]")
    with pytest.raises(EvidenceError, match=r"run_results\.json"):
        installation.seal()
    results.unlink()
    installation.land(SUNDAY, "inquiries", 3).write_bytes(b"no parquet")
    with pytest.raises(EvidenceError, match=r"part-0\.parquet"):
        installation.seal()
    installation.settings.warehouse.write_bytes(b"no database")
    with pytest.raises(EvidenceError, match="is damaged"):
        installation.seal()
    installation.settings.warehouse.unlink()
    with pytest.raises(EvidenceError, match="no published warehouse"):
        installation.seal()


def test_a_run_without_expectation_results_says_so(installation: Installation) -> None:
    with duckdb.connect(str(installation.settings.warehouse)) as writer:
        writer.execute("DROP TABLE marts.expectation_results")
    assert content(installation.seal())["expectations"] is None


@pytest.mark.parametrize("key", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
def test_without_a_usable_key_nothing_is_sealed(installation: Installation, key: str) -> None:
    with pytest.raises(SettingError, match="CHARTER_SIGNING_KEY"):
        seal(with_key(installation, key), "weekly", SUNDAY, SUNDAY)
    assert not installation.evidence.exists()


def test_a_key_of_another_kind_is_refused(installation: Installation) -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(SettingError, match="another kind"):
        seal(with_key(installation, pem.decode()), "weekly", SUNDAY, SUNDAY)


def test_a_chain_goes_on_with_the_key_it_was_begun_with(installation: Installation) -> None:
    installation.seal()
    with pytest.raises(EvidenceError, match="signed with another key"):
        seal(with_key(installation, generate_signing_key().decode()), "nightly", SUNDAY, SUNDAY)


def test_the_private_key_is_nowhere_in_the_evidence(installation: Installation) -> None:
    installation.seal()
    for file, stored in everything(installation.evidence).items():
        assert b"PRIVATE" not in stored, file


def test_others_may_read_the_evidence(installation: Installation) -> None:
    sealed = installation.seal()
    for file in (sealed.path, installation.evidence / "chain.jsonl"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_a_seal_is_an_in_toto_statement_that_others_read(installation: Installation) -> None:
    sealed = installation.seal()
    written = statement_in(sealed.path)
    subjects = [ResourceDescriptor(name=each["name"], digest=each["digest"]).pb for each in written["subject"]]
    Statement(subjects, written["predicateType"], {"kind": written["predicate"]["kind"]}).validate()
    assert written["_type"] == "https://in-toto.io/Statement/v1"
    assert [each["name"] for each in written["subject"]] == [
        "charter/kotra",
        "warehouse/marts.compliance_weekly",
        "warehouse/marts.expectation_results",
        "warehouse/marts.run",
        "site/index.html",
    ]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program")
def test_an_auditor_can_check_a_signature_without_our_code(installation: Installation, tmp_path: Path) -> None:
    sealed = installation.seal()
    command = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-rawin",
        "-pubin",
        "-inkey",
        str(installation.evidence / "public_key.pem"),
    ]
    envelope = json.loads(sealed.path.read_bytes())
    payload, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"].encode()
    # What is signed, by the specification of DSSE: the type and the payload, each after its length.
    (tmp_path / "signed").write_bytes(b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload))
    (tmp_path / "signature").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    files = ["-in", str(tmp_path / "signed"), "-sigfile", str(tmp_path / "signature")]
    assert subprocess.run([*command, *files], capture_output=True, check=False).returncode == 0


# -- sealing that was cut short, or meets altered evidence ---------------------------------------------


def drop_last_line(installation: Installation) -> None:
    chain = installation.evidence / "chain.jsonl"
    chain.write_bytes(b"".join(chain.read_bytes().splitlines(keepends=True)[:-1]))


def test_a_seal_cut_short_before_it_was_chained_is_completed(installation: Installation) -> None:
    sealed = installation.seal()
    before = everything(installation.evidence)
    drop_last_line(installation)
    assert not installation.seal().created
    assert everything(installation.evidence) == before
    assert installation.seal().sha256 == sealed.sha256


def test_a_seal_cut_short_is_completed_by_the_next_run(installation: Installation) -> None:
    installation.seal(kind="nightly")
    drop_last_line(installation)
    installation.seal(kind="weekly")
    assert verify(installation.settings).altered == []
    assert len((installation.evidence / "chain.jsonl").read_text().splitlines()) == 2


def test_a_manifest_that_we_did_not_sign_is_never_taken_into_the_chain(installation: Installation) -> None:
    sealed = installation.seal()
    drop_last_line(installation)
    rewritten(sealed.path, lambda statement: statement["predicate"].update(as_of="2026-07-04T15:00:00Z"))
    with pytest.raises(EvidenceError, match="the chain does not know"):
        installation.seal()


def test_sealing_does_not_go_on_over_altered_evidence(installation: Installation) -> None:
    sealed = installation.seal()
    original = sealed.path.read_bytes()
    sealed.path.write_bytes(original + b" ")
    with pytest.raises(EvidenceError, match="altered"):
        installation.seal()
    sealed.path.unlink()
    with pytest.raises(EvidenceError, match="missing"):
        installation.seal()
    sealed.path.write_bytes(original)
    chain = installation.evidence / "chain.jsonl"
    lines = chain.read_bytes()
    for broken in (b"{}\n", lines.replace(b'"sequence": 1', b'"sequence": 2')):
        chain.write_bytes(broken)
        with pytest.raises(EvidenceError, match="chain"):
            installation.seal()
    chain.write_bytes(lines)
    (installation.evidence / "public_key.pem").unlink()
    with pytest.raises(EvidenceError, match="public key"):
        installation.seal()
