"""What a backup holds is checked before anything is put in place, and what is put back goes on."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from charter.base.errors import EvidenceError, SettingError, StateError
from charter.base.lock import exclusive
from charter.base.settings import Settings
from charter.deliver import MessageState, Outbox
from charter.deliver.messages import Sender
from charter.deliver.records import Outcome
from charter.evidence import generate_signing_key, verify
from charter.keep.backup import back_up
from charter.keep.manifest import LAST
from charter.keep.restore import Trust, check, restore
from charter.state_owner import FORMATS, RESTORING, require_own_state
from tests.deliver.builders import message
from tests.evidence.builders import MONDAY

from .conftest import AT, contents

Member = tuple[str, bytes]


@pytest.fixture
def archive(here: Settings, tmp_path: Path) -> Path:
    return back_up(here, tmp_path / "backup.tar.gz", AT).path


@pytest.fixture
def elsewhere(here: Settings, tmp_path: Path) -> Settings:
    """Another folder, on what may be another machine."""
    return replace(here, var_dir=tmp_path / "elsewhere" / "state")


def rewritten(archive: Path, change: Callable[[list[Member]], list[Member]]) -> Path:
    """The archive with other members."""
    with tarfile.open(archive) as tar:
        members = [(each.name, tar.extractfile(each).read()) for each in tar]  # type: ignore[union-attr]
    path = archive.with_name("changed.tar.gz")
    with gzip.open(path, "wb") as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in change(members):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def test_it_is_put_back_as_it_was_and_verified(here: Settings, archive: Path, elsewhere: Settings) -> None:
    restored = restore(elsewhere, "kotra", archive, Trust(), AT, replacing=False)

    assert (restored.aside, restored.notes) == (None, ())
    found = contents(elsewhere.var_dir)
    # Nothing else, but for who had the right to write.
    assert (found.pop("writer.lock"), found.pop("writer.json") is not None) == (b"", True)
    backed = {file.path for file in restored.checked.manifest.files}
    assert found.keys() == backed
    assert {place: found[place] for place in backed if place != "outbox/outbox.db"} == {
        place: content
        for place, content in contents(here.var_dir).items()
        if place in backed and place != "outbox/outbox.db"
    }
    # Files are as old as they were: by that they are pruned.
    old = "lineage/20260705T150000Z.ndjson"
    assert (elsewhere.var_dir / old).stat().st_mtime == int((here.var_dir / old).stat().st_mtime)
    assert verify(elsewhere, here=False).altered == []
    with Outbox.open(elsewhere) as outbox:
        assert len(outbox.records()) == 1
    # Only pages and seals may be looked at by others.
    assert {path.name for path in elsewhere.var_dir.iterdir() if path.is_dir() and path.stat().st_mode & 0o077} == {
        "site",
        "evidence",
    }


def test_a_folder_that_holds_state_is_replaced_only_when_asked_and_then_kept(
    here: Settings, archive: Path, elsewhere: Settings
) -> None:
    shutil.copytree(here.var_dir, elsewhere.var_dir)
    (elsewhere.site_dir / "index.html").write_text("altered")
    before = contents(elsewhere.var_dir)
    with pytest.raises(SettingError, match="--replace"):
        restore(elsewhere, "kotra", archive, Trust(), AT, replacing=False)
    assert contents(elsewhere.var_dir) == before

    restored = restore(elsewhere, "kotra", archive, Trust(), AT, replacing=True)

    assert restored.aside is not None
    assert (restored.aside / "site/index.html").read_text() == "altered"
    assert verify(elsewhere, here=False).altered == []
    # Keys, logs and other programs' folders are no part of what was copied: they stay.
    for place in ("secrets/signing.key", "logs/nightly.log", "demo/voc.csv"):
        assert (elsewhere.var_dir / place).read_text() == f"{place}\n"


def test_a_damaged_archive_is_refused_with_the_place_and_nothing_is_put_there(
    archive: Path, elsewhere: Settings
) -> None:
    def one_page_altered(members: list[Member]) -> list[Member]:
        return [(name, b"altered" if name == "site/index.html" else content) for name, content in members]

    def one_page_missing(members: list[Member]) -> list[Member]:
        return [member for member in members if member[0] != "site/index.html"]

    def one_more(members: list[Member]) -> list[Member]:
        return [*members[:-1], ("site/more.html", b"more"), members[-1]]

    def without_list(members: list[Member]) -> list[Member]:
        return members[:-1]

    def outside(members: list[Member]) -> list[Member]:
        return [members[0], ("site/../../stolen", b"x"), *members[1:]]

    def behind(members: list[Member]) -> list[Member]:
        return [*members, ("site/late.html", b"late")]

    for change, place in (
        (one_page_altered, "site/index.html"),
        (one_page_missing, "site/index.html"),
        (one_more, "site/more.html"),
        (without_list, "list of its files is missing"),
        (outside, "site/../../stolen"),
        (behind, "site/late.html"),
    ):
        with pytest.raises(EvidenceError) as raised:
            restore(elsewhere, "kotra", rewritten(archive, change), Trust(), AT, replacing=False)
        assert place in str(raised.value), change.__name__
    assert contents(elsewhere.var_dir).keys() == {"writer.lock", "writer.json"}


@pytest.mark.parametrize("part", [0.02, 0.3, 0.7, 0.999])
def test_an_archive_that_is_cut_short_is_refused_wherever(archive: Path, part: float, tmp_path: Path) -> None:
    content = archive.read_bytes()
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(content[: int(len(content) * part)])

    with pytest.raises(EvidenceError, match=r"damaged|cut short"):
        check(cut, Trust())


def test_a_file_of_something_else_is_no_backup(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html>")
    with pytest.raises(EvidenceError, match="damaged"):
        check(page, Trust())
    other = tmp_path / "other.tar.gz"
    with tarfile.open(other, "w:gz") as tar:
        tar.add(page, "page.html")
    with pytest.raises(EvidenceError, match="no backup of ours"):
        check(other, Trust())


def test_a_list_that_somebody_else_wrote_is_refused(archive: Path, here: Settings, tmp_path: Path) -> None:
    """Whoever changes a file and the list with it has not the key."""

    def unsigned(members: list[Member]) -> list[Member]:
        envelope = json.loads(members[-1][1]) | {"signatures": []}
        return [*members[:-1], (LAST, json.dumps(envelope).encode())]

    def another(members: list[Member]) -> list[Member]:
        stranger = replace(here, environment={"CHARTER_SIGNING_KEY": generate_signing_key().decode()})
        other = back_up(stranger, tmp_path / "other.tar.gz", AT).path
        with tarfile.open(other) as tar:
            return [(each.name, tar.extractfile(each).read()) for each in tar]  # type: ignore[union-attr]

    bare = rewritten(archive, unsigned)
    with pytest.raises(EvidenceError, match="not signed"):
        check(bare, Trust())
    assert not check(bare, Trust(unsigned=True)).is_signed
    with pytest.raises(EvidenceError, match="signature is not that"):
        check(rewritten(archive, another), Trust())


def test_a_key_from_elsewhere_is_what_proves_it(archive: Path, here: Settings) -> None:
    assert not check(archive, Trust()).trusted
    assert check(archive, Trust(public_key=(here.evidence_dir / "public_key.pem").read_bytes())).trusted


def test_another_charters_backup_is_refused_with_both_names(archive: Path, elsewhere: Settings) -> None:
    with pytest.raises(SettingError, match=r"'kotra'.*'library'"):
        restore(elsewhere, "library", archive, Trust(), AT, replacing=False)


def test_a_later_releases_backup_is_refused(here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as later:
        later.setattr("charter.keep.backup.formats_written", lambda _: {**FORMATS, "lake": FORMATS["lake"] + 1})
        later.setattr("charter.keep.backup.this_release", lambda: "9.0.0")
        made = back_up(here, tmp_path / "later.tar.gz", AT)

    with pytest.raises(StateError, match=r"later release \(9.0.0\)"):
        check(made.path, Trust())


def test_a_restore_that_is_cut_short_is_no_state_and_can_be_done_again(
    archive: Path, elsewhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, moved = Path.rename, []

    def cut_short(path: Path, target: Path) -> Path:
        moved.append(path)
        if len(moved) == 3:
            raise KeyboardInterrupt
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", cut_short)
        with pytest.raises(KeyboardInterrupt):
            restore(elsewhere, "kotra", archive, Trust(), AT, replacing=False)

    assert (elsewhere.var_dir / RESTORING).exists()
    with pytest.raises(StateError, match="cut short"):
        require_own_state(elsewhere, None)  # type: ignore[arg-type]  # it is refused before anybody asks whose it is
    restore(elsewhere, "kotra", archive, Trust(), AT, replacing=False)
    assert not (elsewhere.var_dir / RESTORING).exists()
    assert verify(elsewhere, here=False).altered == []


def sends_one_more(here: Settings) -> None:
    with Outbox.open(here) as outbox:
        outbox.enqueue([message("lee@kotra.example")], sender=Sender(address="charter@agency.example"), as_of=MONDAY)
        claim = outbox.claim(outbox.queued()[-1])
        assert claim is not None
        outbox.settle(claim, Outcome(state=MessageState.SENT, reply="250 ok"), max_attempts=3)


def test_what_was_sent_since_is_known_and_does_not_go_out_again(archive: Path, here: Settings) -> None:
    sends_one_more(here)
    restored = restore(here, "kotra", archive, Trust(), AT, replacing=True)

    # Entered, claimed, sent.
    assert (restored.newer, restored.notes) == (3, ())
    with Outbox.open(here) as outbox:
        assert [record.state for record in outbox.records()] == [MessageState.QUEUED, MessageState.SENT]
    assert verify(here, here=False).altered == []


def test_it_waits_until_nobody_sends(archive: Path, here: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("charter.keep.newest_outbox._PATIENCE_S", 0)
    with exclusive(here.outbox_dir / "deliver.lock", wait_s=0), pytest.raises(StateError, match=r"deliver\.lock"):
        restore(here, "kotra", archive, Trust(), AT, replacing=True)

    assert verify(here, here=False).altered == []
    assert not list(here.var_dir.glob(".restoring*"))


def test_an_outbox_that_is_not_whole_does_not_go_on_and_what_it_knew_is_told(archive: Path, here: Settings) -> None:
    sends_one_more(here)
    with sqlite3.connect(here.outbox_dir / "outbox.db") as damaged:
        damaged.execute("DROP TRIGGER attempts_kept")
        damaged.execute("DELETE FROM attempts WHERE id = 1")

    restored = restore(here, "kotra", archive, Trust(), AT, replacing=True)

    assert restored.newer == 0
    assert [note.what for note in restored.notes] == ["1 message was sent since the backup"]


def test_another_outbox_is_not_mixed_with_that_of_the_backup(archive: Path, here: Settings) -> None:
    for path in [*here.outbox_dir.glob("outbox.db*"), here.evidence_dir / "outbox.json"]:
        path.unlink()
    sends_one_more(here)
    restored = restore(here, "kotra", archive, Trust(), AT, replacing=True)

    assert restored.newer == 0 and len(restored.notes) == 1
    with Outbox.open(here) as outbox:
        assert [record.state for record in outbox.records()] == [MessageState.QUEUED]
