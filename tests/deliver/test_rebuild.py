"""A lost outbox is made anew by a person's word: what was sent stays sent, what may have been waits for a person."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from charter.base.errors import DeliveryError
from charter.base.settings import Settings
from charter.deliver import Letterhead, MessageState, Outbox, Sender, build_mime, enqueue, mail_digest
from charter.deliver.rebuild import KnownMessage, rebuild

from .builders import AS_OF, message, settings_in

SENDER = Sender(address="charter@kotra.example")
SENDER_OF_ALL = Sender(address="charter@kotra.example", name="KOTRA 서비스헌장")
LETTERHEAD = Letterhead(agency="kotra", language="ko", names={"ko": "KOTRA 서비스헌장", "en": "KOTRA Service Charter"})
KNOWN = [
    KnownMessage(message("kim@kotra.example"), MessageState.SENT, AS_OF),
    KnownMessage(message("lee@kotra.example"), MessageState.REFUSED, AS_OF),
    KnownMessage(message("park@kotra.example"), MessageState.QUEUED, AS_OF),
]


@pytest.fixture
def lost(tmp_path: Path) -> Settings:
    settings = settings_in(tmp_path)
    enqueue(settings, [message()], AS_OF)
    shutil.rmtree(settings.outbox_dir)
    return settings


def test_nobody_is_sent_again_what_was_sent_or_may_have_been(lost: Settings) -> None:
    rebuild(lost, KNOWN, by="kim", reason="the disk broke")
    with Outbox.open(lost) as outbox:
        states = {record.key.recipient: str(record.state) for record in outbox.records()}
        assert outbox.queued() == []
        assert outbox.revision_for("weekly", "2026-W27", "kim@kotra.example", "figures-1") == 1
        assert outbox.history(KNOWN[0].message.key)[-1].detail == "the disk broke"
    assert states == {"kim@kotra.example": "sent", "lee@kotra.example": "refused", "park@kotra.example": "unknown"}
    assert enqueue(lost, [each.message for each in KNOWN], AS_OF).new == 0


def test_a_person_may_send_what_had_not_arrived_with_its_content(lost: Settings) -> None:
    rebuild(lost, KNOWN, by="kim", reason="the disk broke")
    key = KNOWN[2].message.key
    with Outbox.open(lost) as outbox:
        outbox.resolve_unknown(key, "requeue", by="kim", reason="not in the mailbox")
        claim = outbox.claim(outbox.queued()[0])
    assert claim is not None
    assert claim.key == key
    assert b"multipart/mixed" in claim.mime


def test_rebuilding_that_was_cut_short_is_begun_again(lost: Settings) -> None:
    lost.outbox_dir.mkdir()
    with Outbox(lost.outbox_dir / "outbox-rebuilding.db") as half:
        first = message("half@kotra.example")
        mime = build_mime(first, SENDER).as_bytes()
        half.restore(first, mime, MessageState.SENT, sender=SENDER, as_of=AS_OF, by="kim", reason="first try")
    rebuild(lost, KNOWN, by="kim", reason="the disk broke")
    with Outbox.open(lost) as outbox:
        assert len(outbox.records()) == len(KNOWN)


def test_a_damaged_file_is_set_aside_and_not_deleted(lost: Settings) -> None:
    lost.outbox_dir.mkdir()
    (lost.outbox_dir / "outbox.db").write_bytes(b"half a file" * 400)
    rebuild(lost, KNOWN, by="kim", reason="the disk broke")
    (aside,) = lost.outbox_dir.glob("outbox-set-aside-*.db")
    assert aside.read_bytes().startswith(b"half a file")


@pytest.mark.parametrize("sealed_with", [None, LETTERHEAD], ids=["an earlier release", "this release"])
def test_a_rebuilt_message_is_the_mail_that_was_sealed(lost: Settings, sealed_with: Letterhead | None) -> None:
    sealed = build_mime(message(), SENDER_OF_ALL, sealed_with).as_bytes()
    known = KnownMessage(message(), MessageState.SENT, AS_OF, mail_digest(sealed))
    rebuild(lost, [known], by="kim", reason="the disk broke", letterhead=LETTERHEAD)
    with Outbox.open(lost) as outbox:
        assert outbox.mime(message().key) == sealed


@pytest.mark.parametrize(("by", "reason"), [("", "the disk broke"), ("kim", " ")])
def test_rebuilding_needs_a_name_and_a_reason(lost: Settings, by: str, reason: str) -> None:
    with pytest.raises(DeliveryError, match="who decided it and why"):
        rebuild(lost, KNOWN, by=by, reason=reason)
