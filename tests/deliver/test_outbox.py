"""The outbox remembers: nothing enters twice, nothing changes unseen, nothing leaves without a trace."""

from __future__ import annotations

import sqlite3
import threading
from itertools import pairwise
from pathlib import Path

import pytest

from charter.deliver import Message, MessageState, Outbox, Sender, build_mime, enqueue
from charter.deliver.outbox import Claim, Enqueued, Outcome
from charter.errors import DeliveryError

from .builders import AS_OF, message, settings_in

SENDER = Sender(address="charter@kotra.example")


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.db")


def put(outbox: Outbox, *messages: Message) -> Enqueued:
    return outbox.enqueue(messages, sender=SENDER, as_of=AS_OF)


def claimed(outbox: Outbox) -> Claim:
    claim = outbox.claim(outbox.queued()[0])
    assert claim is not None
    return claim


def state(outbox: Outbox) -> MessageState:
    (record,) = outbox.records()
    return record.state


def test_the_same_message_enters_once(outbox: Outbox) -> None:
    assert put(outbox, message(), message("lee@kotra.example")) == Enqueued(new=2, already=0)
    assert put(outbox, message(), message("lee@kotra.example")) == Enqueued(new=0, already=2)
    assert len(outbox.queued()) == 2


def test_other_figures_under_the_same_key_need_a_new_revision(outbox: Outbox) -> None:
    put(outbox, message())
    with pytest.raises(DeliveryError, match="new revision"):
        put(outbox, message("lee@kotra.example"), message(html="<p>지킨 약속 11건</p>", fingerprint="figures-2"))
    assert len(outbox.records()) == 1, "all or none enter"


def test_another_wording_of_the_same_figures_is_told_apart(outbox: Outbox) -> None:
    put(outbox, message())
    with pytest.raises(DeliveryError, match="same figures but another wording"):
        put(outbox, message(subject="새 제목"))


def test_one_mailbox_for_two_departments_is_named_as_such(outbox: Outbox) -> None:
    with pytest.raises(DeliveryError, match="stands for two departments, audit and planning"):
        put(outbox, message(department_id="audit"), message(department_id="planning", html="<p>다른 부서</p>"))


def test_what_is_kept_is_what_will_be_sent(outbox: Outbox) -> None:
    put(outbox, message())
    assert outbox.mime(message().key) == build_mime(message(), SENDER, AS_OF).as_bytes() == claimed(outbox).mime


def test_figures_decide_the_revision(outbox: Outbox) -> None:
    def revision(fingerprint: str, recipient: str = "kim@kotra.example") -> int:
        return outbox.revision_for("weekly", "2026-W27", recipient, fingerprint)

    assert revision("figures-1") == 1
    put(outbox, message(fingerprint="figures-1"))
    assert revision("figures-1") == 1
    assert revision("figures-1", "Kim@KOTRA.example") == 1
    assert revision("figures-2") == 2
    put(outbox, message(fingerprint="figures-2", revision=2))
    assert revision("figures-2") == 2
    assert revision("figures-1") == 3, "going back to the first figures is told as a correction too"
    assert revision("figures-2", "lee@kotra.example") == 1


def test_a_message_is_claimed_once(outbox: Outbox) -> None:
    put(outbox, message())
    (row,) = outbox.queued()
    assert outbox.claim(row) is not None
    assert outbox.claim(row) is None


def test_many_claimants_at_once_get_each_message_once(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    with Outbox(path) as outbox:
        put(outbox, *(message(f"head{number}@kotra.example") for number in range(20)))
        rows = outbox.queued()
    claims: list[Claim] = []
    start = threading.Barrier(4)

    def claim_all() -> None:
        with Outbox(path) as mine:
            start.wait()
            claims.extend(claim for row in rows if (claim := mine.claim(row)))

    threads = [threading.Thread(target=claim_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claim.row for claim in claims) == rows


def test_a_claim_is_on_disk_before_anything_is_sent(tmp_path: Path) -> None:
    with Outbox(tmp_path / "outbox.db") as outbox:
        put(outbox, message())
        claimed(outbox)
        with Outbox(tmp_path / "outbox.db") as other:
            assert state(other) is MessageState.CLAIMED


def test_a_claim_left_behind_becomes_unknown_and_stays_so(outbox: Outbox) -> None:
    put(outbox, message())
    claimed(outbox)
    (record,) = outbox.recover()
    assert record.state is MessageState.UNKNOWN
    assert outbox.queued() == []
    assert outbox.recover() == []


def test_tries_that_certainly_failed_are_counted_and_end_as_failed(outbox: Outbox) -> None:
    put(outbox, message())
    states = [
        outbox.settle(claimed(outbox), Outcome(MessageState.QUEUED, "450 later"), max_attempts=3) for _ in range(3)
    ]
    assert [(record.state, record.attempts) for record in states] == [("queued", 1), ("queued", 2), ("failed", 3)]


def test_a_server_that_is_down_never_makes_a_message_failed(outbox: Outbox) -> None:
    put(outbox, message())
    for _ in range(30):
        (record,) = outbox.postpone(outbox.queued(), "connection refused")
    assert (record.state, record.attempts, record.server_reply) == ("queued", 30, "connection refused")


def test_a_person_decides_what_is_unknown(outbox: Outbox) -> None:
    put(outbox, message())
    claimed(outbox)
    outbox.recover()
    record = outbox.resolve_unknown(message().key, "requeue", by="audit office", reason="the recipient has nothing")
    assert record.state is MessageState.QUEUED
    last = outbox.history(message().key)[-1]
    assert (last.from_state, last.to_state, last.by) == ("unknown", "queued", "audit office")
    assert last.detail == "the recipient has nothing"


def test_a_decision_needs_a_name_a_reason_and_something_to_decide(outbox: Outbox) -> None:
    put(outbox, message())
    with pytest.raises(DeliveryError, match="queued, not unknown"):
        outbox.resolve_unknown(message().key, "sent", by="audit office", reason="seen")
    with pytest.raises(DeliveryError, match="no such message"):
        outbox.resolve_unknown(message("no@kotra.example").key, "sent", by="audit office", reason="seen")
    for by, reason in (("", "seen"), ("audit office", "  ")):
        with pytest.raises(DeliveryError, match="who took it and why"):
            outbox.resolve_unknown(message().key, "sent", by=by, reason=reason)


def test_a_refused_message_can_be_tried_again_by_a_person(outbox: Outbox) -> None:
    put(outbox, message())
    outbox.settle(claimed(outbox), Outcome(MessageState.REFUSED, "550 no such mailbox"), max_attempts=3)
    assert outbox.requeue(message().key, by="operator", reason="mailbox made").state is MessageState.QUEUED
    with pytest.raises(DeliveryError, match="queued, not failed or refused"):
        outbox.requeue(message().key, by="operator", reason="again")


def test_a_deliverer_that_was_given_up_changes_nothing_after_a_person_decided(outbox: Outbox) -> None:
    put(outbox, message())
    late = claimed(outbox)
    outbox.recover()
    outbox.resolve_unknown(message().key, "requeue", by="operator", reason="lost")
    record = outbox.settle(late, Outcome(MessageState.QUEUED, "450 later"), max_attempts=1)
    assert record.state is MessageState.QUEUED


def test_a_deliverer_given_up_too_early_can_still_say_that_the_message_arrived(outbox: Outbox) -> None:
    put(outbox, message())
    late = claimed(outbox)
    outbox.recover()
    assert outbox.settle(late, Outcome(MessageState.SENT, "250 kept"), max_attempts=1).state is MessageState.SENT


def test_every_transition_is_logged(outbox: Outbox) -> None:
    put(outbox, message())
    outbox.settle(claimed(outbox), Outcome(MessageState.QUEUED, "450 later"), max_attempts=9)
    outbox.settle(claimed(outbox), Outcome(MessageState.SENT, "250 kept"), max_attempts=9)
    steps = [(step.from_state, step.to_state.value) for step in outbox.history(message().key)]
    expected = ["new", "queued", "claimed", "queued", "claimed", "sent"]
    assert steps == list(pairwise(expected))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE attempts SET detail = 'nothing happened'",
        "DELETE FROM attempts",
        "DELETE FROM messages",
        "UPDATE messages SET mime = x'00'",
    ],
)
def test_neither_log_nor_content_can_be_rewritten(outbox: Outbox, statement: str) -> None:
    put(outbox, message())
    with sqlite3.connect(outbox.path) as database, pytest.raises(sqlite3.DatabaseError):
        database.execute(statement)


def test_records_can_be_asked_for_by_report_and_period(outbox: Outbox) -> None:
    put(outbox, message(), message(period="2026-W28"), message(report="nightly"))
    assert [record.key.period for record in outbox.records(report="weekly")] == ["2026-W27", "2026-W28"]
    assert len(outbox.records(report="weekly", period="2026-W28")) == 1
    assert len(outbox.records()) == 3


def test_a_file_that_is_no_outbox_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(DeliveryError, match="do not delete it"):
        Outbox(path)
    assert path.read_bytes().startswith(b"not a database")


def test_an_outbox_of_another_layout_is_refused(outbox: Outbox) -> None:
    with sqlite3.connect(outbox.path) as database:
        database.execute("PRAGMA user_version = 7")
    with pytest.raises(DeliveryError, match="layout 7"):
        Outbox(outbox.path)


def test_the_installations_outbox_takes_its_sender_from_the_settings(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    assert enqueue(settings, [message()], AS_OF) == Enqueued(new=1, already=0)
    with Outbox.open(settings) as outbox:
        assert b"charter@kotra.example" in outbox.mime(message().key)
    assert (tmp_path / "var" / "outbox" / "outbox.db").exists()
