"""A backup is what the state was at one instant, whole or not at all, and holds no key that anybody could read."""

from __future__ import annotations

import os
import signal
import tarfile
import threading
import time
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from charter.base.errors import EvidenceError, SettingError, StateError
from charter.base.lock import exclusive
from charter.base.settings import Settings
from charter.deliver import Outbox
from charter.deliver.messages import Sender
from charter.keep.backup import back_up
from charter.keep.encryption import is_encrypted, make_identity, read_identities, read_recipients
from charter.keep.manifest import FIRST, LAST
from charter.keep.restore import Trust, check
from tests.deliver.builders import message
from tests.evidence.builders import MONDAY
from tests.servers.disks import small_disk

from .conftest import AT


def names_in(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        return tar.getnames()


def test_it_holds_what_nothing_else_can_give_back_and_names_the_rest(here: Settings, tmp_path: Path) -> None:
    made = back_up(here, tmp_path, AT)
    names = names_in(made.path)

    assert made.path.name == "kotra-20260708T030000Z.tar.gz"
    assert (names[0], names[-1]) == (FIRST, LAST)
    assert {"evidence/chain.jsonl", "outbox/outbox.db", "site/index.html", "warehouse.duckdb", "charter.json"} < {
        *names
    }
    assert not [
        name for name in names if name.startswith(("secrets", "work", "demo", "logs")) or "part-0.parquet-" in name
    ]
    assert {left.kind: left.files for left in made.manifest.left_out} == {
        "demonstration": 1,
        "logs": 1,
        "secrets": 1,
        "work": 2,
    }
    assert (made.manifest.seals, made.unknown) == (3, ())


def test_anybody_can_read_what_it_is_without_us(here: Settings, tmp_path: Path) -> None:
    made = back_up(here, tmp_path, AT)
    with tarfile.open(made.path) as tar:
        member = tar.extractfile(FIRST)
        assert member is not None
        text = member.read().decode()

    assert "the charter 'kotra'" in text and "2026-07-08 03:00:00 UTC" in text and "charter restore" in text
    assert made.path.stat().st_mode & 0o077 == 0


def test_what_a_night_makes_anew_is_in_it_when_asked_for(here: Settings, tmp_path: Path) -> None:
    assert "work/warehouse.duckdb" in names_in(back_up(here, tmp_path, AT, with_rebuildable=True).path)


def test_keys_go_into_an_encrypted_backup_only_and_it_can_be_opened(here: Settings, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="encrypted backup only"):
        back_up(here, tmp_path, AT, with_secrets=True)

    public = make_identity(tmp_path / "keys" / "age.key")
    (tmp_path / "recipients").write_text(f"# the safe\n{public}\n")
    made = back_up(here, tmp_path, AT, recipients=read_recipients(tmp_path / "recipients"), with_secrets=True)

    assert made.path.suffix == ".age" and is_encrypted(made.path)
    assert (tmp_path / "keys" / "age.key").stat().st_mode & 0o077 == 0
    with pytest.raises(SettingError, match="is encrypted"):
        check(made.path, Trust())
    opened = check(made.path, Trust(read_identities(tmp_path / "keys" / "age.key")))
    assert "secrets/signing.key" in {file.path for file in opened.manifest.files}
    make_identity(tmp_path / "keys" / "other.key")
    with pytest.raises(SettingError, match="no key given opens it"):
        check(made.path, Trust(read_identities(tmp_path / "keys" / "other.key")))


def test_a_key_is_never_overwritten_and_a_wrong_line_is_named_without_its_text(tmp_path: Path) -> None:
    make_identity(tmp_path / "age.key")
    with pytest.raises(SettingError, match="never overwritten"):
        make_identity(tmp_path / "age.key")
    # The private key where the public one belongs.
    with pytest.raises(SettingError) as raised:
        read_recipients(tmp_path / "age.key")

    assert "age.key:2" in str(raised.value) and "AGE-SECRET" not in str(raised.value)


def test_a_backup_is_never_overwritten_nor_put_into_what_it_copies(here: Settings, tmp_path: Path) -> None:
    made = back_up(here, tmp_path, AT)
    with pytest.raises(SettingError, match="never overwritten"):
        back_up(here, tmp_path, AT)
    with pytest.raises(SettingError, match="none"):
        back_up(here, here.var_dir / "copy.tar.gz", AT)

    assert check(made.path, Trust()).manifest == made.manifest


def test_a_folder_of_nobody_is_no_state(tmp_path: Path) -> None:
    empty = Settings(home=tmp_path, charter_dir=tmp_path, var_dir=tmp_path / "var", environment={})
    with pytest.raises(SettingError, match="holds no charter's state"):
        back_up(empty, tmp_path / "x.tar.gz", AT)


def test_messages_that_come_meanwhile_are_wholly_in_it_or_not_at_all(here: Settings, tmp_path: Path) -> None:
    """The outbox is written to all the time; the copy is sound, and no older than its mark."""
    stop = threading.Event()

    def write() -> None:
        with Outbox.open(here) as outbox:
            for number in range(10_000):
                if stop.is_set():
                    return
                new = message(f"kim{number}@kotra.example")
                outbox.enqueue([new], sender=Sender(address="charter@agency.example"), as_of=MONDAY)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = back_up(here, tmp_path, AT)
    finally:
        stop.set()
        writer.join()

    with tarfile.open(made.path) as tar:
        tar.extractall(tmp_path / "copy", filter="data")
    with Outbox.open(replace(here, var_dir=tmp_path / "copy")) as outbox:
        assert outbox.records()


def test_what_is_written_and_not_sealed_yet_is_waited_for(
    here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    page = here.site_dir / "index.html"
    sealed = page.read_bytes()
    page.unlink()
    page.write_text("the next night's page, which no seal names yet")
    told = []

    def seal(problem: object) -> None:
        told.append(str(problem))
        page.write_bytes(sealed)

    made = back_up(here, tmp_path, AT, waiting=seal)

    assert len(told) == 1 and str(page) in told[0]
    assert made.manifest.differs == ()


def test_a_state_that_is_not_as_sealed_is_refused_or_copied_with_a_word_of_it(here: Settings, tmp_path: Path) -> None:
    (here.site_dir / "index.html").write_text("altered")
    with pytest.raises(EvidenceError, match="altered since it was sealed"):
        back_up(here, tmp_path, AT, wait_s=0)
    made = back_up(here, tmp_path, AT, wait_s=0, as_it_is=True)

    assert "site/index.html" in made.manifest.differs[0]
    with pytest.raises(EvidenceError):
        check(made.path, Trust())
    assert check(made.path, Trust(as_it_is=True)).manifest.differs == made.manifest.differs


def test_two_backups_at_once_are_one_too_many(here: Settings, tmp_path: Path) -> None:
    with exclusive(here.var_dir / "backup.lock", wait_s=0), pytest.raises(StateError, match="lock"):
        back_up(here, tmp_path, AT)


def test_a_backup_that_is_killed_leaves_nothing_that_looks_whole(here: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    # Bytes that can't be packed small: it takes a while to write them.
    here.lake_dir.joinpath("raw/inquiries/source=voc/as_of=20260709T150000Z").mkdir(parents=True)
    place = here.lake_dir / "raw/inquiries/source=voc/as_of=20260709T150000Z/part-0.parquet"
    place.write_bytes(os.urandom(20_000_000))
    started = get_context("fork").Process(target=back_up, args=(here, folder, AT))
    started.start()
    while not (growing := [path for path in folder.iterdir() if path.stat().st_size]) and started.is_alive():
        time.sleep(0.002)
    started.kill()
    started.join()

    assert started.exitcode == -signal.SIGKILL and growing[0].name.startswith(".kotra-")
    assert [path for path in folder.iterdir() if not path.name.startswith(".")] == []
    with pytest.raises(EvidenceError, match=r"cut short|damaged"):
        check(growing[0], Trust())
    # The next one clears away what was left in the state folder.
    back_up(here, folder, AT)
    assert [path.name for path in here.var_dir.glob(".backup-*")] == []


def test_a_full_disk_is_told_and_leaves_nothing(here: Settings, tmp_path: Path) -> None:
    here.lake_dir.joinpath("raw/inquiries/source=voc/as_of=20260709T150000Z").mkdir(parents=True)
    place = here.lake_dir / "raw/inquiries/source=voc/as_of=20260709T150000Z/part-0.parquet"
    place.write_bytes(os.urandom(3_000_000))
    make_identity(tmp_path / "age.key")
    recipients = [identity.to_public() for identity in read_identities(tmp_path / "age.key")]
    with small_disk(tmp_path / "small", "1m"):
        for encrypted in (False, True):
            with pytest.raises(StateError, match="disk is full"):
                back_up(here, tmp_path / "small", AT, recipients=recipients if encrypted else ())
            assert list((tmp_path / "small").iterdir()) == []
