"""The outbox remembers: nothing enters twice, nothing changes unseen, nothing leaves without a trace."""

from __future__ import annotations

import email
import email.policy
import shutil
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from charter.base.errors import DeliveryError
from charter.base.settings import Settings
from charter.deliver import Message, MessageState, Outbox, Section, Sender, build_mime, enqueue
from charter.deliver.mark import mark_path
from charter.deliver.records import Claim, Enqueued, Outcome

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


def test_other_figures_under_the_same_key_need_a_new_revision_and_hold_up_nobody_else(outbox: Outbox) -> None:
    put(outbox, message())
    changed = message(html="<p>지킨 약속 11건</p>", fingerprint="figures-2")
    entered = put(outbox, changed, message("lee@kotra.example"))
    (problem,) = entered.problems
    assert "new revision" in problem.remedy
    assert (entered.new, entered.already) == (1, 0)
    assert outbox.mime(message().key) == build_mime(message(), SENDER).as_bytes(), "what entered first stays"


def test_another_wording_of_the_same_figures_is_told_apart(outbox: Outbox) -> None:
    put(outbox, message())
    (problem,) = put(outbox, message(subject="새 제목")).problems
    assert "same figures but another wording" in problem.what


def test_one_mailbox_for_two_departments_is_named_as_such(outbox: Outbox) -> None:
    both = (message(department_id="audit"), message(department_id="planning", html="<p>다른 부서</p>"))
    (problem,) = put(outbox, *both).problems
    assert "stands for two departments, audit and planning" in problem.what


def test_what_is_kept_is_what_is_sent_with_the_date_of_sending(outbox: Outbox) -> None:
    put(outbox, message())
    assert outbox.mime(message().key) == build_mime(message(), SENDER).as_bytes()
    before = datetime.now(UTC).replace(microsecond=0)
    sent = claimed(outbox).mime
    mail = email.message_from_bytes(sent, policy=email.policy.default)
    assert before <= mail["Date"].datetime <= datetime.now(UTC)
    assert outbox.mime(message().key) == sent
    assert outbox.history(message().key)[-1].detail == f"sha256 {sha256(sent).hexdigest()}"


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
    assert revision("figures-1") == 3, "going back to the first figures is a correction too"
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


@pytest.mark.parametrize("state", [MessageState.REFUSED, MessageState.UNKNOWN])
def test_what_a_person_dismissed_asks_nobody_again(outbox: Outbox, state: MessageState) -> None:
    put(outbox, message(), message("lee@kotra.example"))
    outbox.settle(claimed(outbox), Outcome(state, "550 gone"), max_attempts=3)  # type: ignore[arg-type]
    assert [record.key.recipient for record in outbox.unsettled()] == ["kim@kotra.example"]
    record = outbox.dismiss(message().key, by="operator", reason="left the agency")
    assert (record.state, record.dismissed) == (state, True)
    assert outbox.unsettled() == []
    last = outbox.history(message().key)[-1]
    assert (last.by, last.detail, last.from_state, last.to_state) == ("operator", "left the agency", state, state)
    with pytest.raises(DeliveryError, match="queued, not"):
        outbox.dismiss(message("lee@kotra.example").key, by="operator", reason="why not")


def test_a_dismissed_message_can_be_taken_up_again(outbox: Outbox) -> None:
    put(outbox, message())
    outbox.settle(claimed(outbox), Outcome(MessageState.REFUSED, "550 gone"), max_attempts=3)
    outbox.dismiss(message().key, by="operator", reason="left the agency")
    record = outbox.requeue(message().key, by="operator", reason="came back")
    assert (record.state, record.dismissed) == (MessageState.QUEUED, False)


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
        "UPDATE sections SET fingerprint = 'figures-9'",
        "DELETE FROM sections",
    ],
)
def test_neither_log_nor_content_can_be_rewritten(outbox: Outbox, statement: str) -> None:
    put(outbox, message(), DIGEST)
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


def sent_one(settings: Settings) -> None:
    enqueue(settings, [message()], AS_OF)
    with Outbox.open(settings) as outbox:
        outbox.settle(claimed(outbox), Outcome(MessageState.SENT, "250 kept"), max_attempts=3)


def lose_it(folder: Path) -> None:
    shutil.rmtree(folder)


def empty_it(folder: Path) -> None:
    lose_it(folder)
    folder.mkdir()
    (folder / "outbox.db").touch()


def put_another_in_its_place(folder: Path) -> None:
    lose_it(folder)
    Outbox(folder / "outbox.db").close()


@pytest.mark.parametrize(
    ("damage", "error"),
    [(lose_it, "is gone"), (empty_it, "is empty"), (put_another_in_its_place, "another outbox")],
)
def test_a_lost_outbox_is_refused_and_not_begun_anew(
    tmp_path: Path, damage: Callable[[Path], None], error: str
) -> None:
    settings = settings_in(tmp_path)
    sent_one(settings)
    damage(settings.outbox_dir)
    for _ in range(2):
        with pytest.raises(DeliveryError, match=error):
            enqueue(settings, [message()], AS_OF)


DIGEST = message(
    report="weekly-DIGEST",
    department_id="",
    sections=(
        Section(department_id="audit", revision=2, fingerprint="figures-2"),
        Section(department_id="planning", revision=1, fingerprint="figures-7"),
    ),
)


def test_a_digest_is_one_message_and_carries_the_figures_of_each_of_its_departments(outbox: Outbox) -> None:
    assert put(outbox, DIGEST, message("lee@kotra.example")) == Enqueued(new=2, already=0)
    posted = outbox.posted("weekly")
    assert [(each.key.report, each.department_id, each.revision, each.fingerprint) for each in posted] == [
        ("weekly-DIGEST", "audit", 2, "figures-2"),
        ("weekly-DIGEST", "planning", 1, "figures-7"),
        ("weekly", "lee", 1, "figures-1"),
    ]
    assert len(outbox.records(report="weekly")) == len(outbox.queued()) == 2
    assert put(outbox, DIGEST) == Enqueued(new=0, already=1)


def test_what_a_message_of_one_report_is_hashed_as_did_not_change_with_the_digests() -> None:
    """An outbox of an earlier release holds such hashes: the same message is known again."""
    assert message().content_sha256() == "744f176c6d9f1c7567d0f64dfd156076d30c3c9da4b0659de2cb4ba03f31818f"


UNGUARDED = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;" + "".join(
    f"DROP TRIGGER {name};"
    for name in (
        *("attempts_unchanged", "attempts_kept", "messages_kept", "content_unchanged"),
        *("sections_unchanged", "sections_kept"),
    )
)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM identity",
        "UPDATE identity SET id = ''",
        "INSERT INTO identity VALUES ('another')",
        "DROP TABLE identity",
        "DELETE FROM messages",
        "DELETE FROM messages WHERE id = 1",
        "DELETE FROM messages WHERE id = 2",
        "DROP TABLE messages",
        "DELETE FROM attempts WHERE id = 2",
        "DELETE FROM attempts WHERE id = 4",
        "DELETE FROM attempts",
        "DROP TABLE attempts",
        "UPDATE messages SET state = 'queued'",
        "UPDATE messages SET state = 'posted'",
        "UPDATE messages SET revision = 'first'",
        "UPDATE messages SET recipient = 'nobody' WHERE id = 1",
        "UPDATE messages SET report = '' WHERE id = 1",
        "UPDATE messages SET as_of = 'yesterday'",
        "UPDATE messages SET as_of = '2026-07-05T15:00:00'",
        "UPDATE messages SET as_of = x'00ff'",
        "UPDATE messages SET handed_over_at = 7",
        "UPDATE messages SET attempts = 'many'",
        "UPDATE messages SET mime = 'text'",
        "UPDATE messages SET dismissed = 'perhaps'",
        "UPDATE messages SET department_id = x'ff'",
        "UPDATE messages SET server_reply = CAST(x'ff' AS TEXT)",
        "UPDATE attempts SET at = 'then' WHERE id = 1",
        "UPDATE attempts SET to_state = 'lost' WHERE id = 1",
        "UPDATE attempts SET by = x'ff' WHERE id = 1",
        "DELETE FROM sections",
        "DELETE FROM sections WHERE id = 1",
        "UPDATE sections SET message = 99",
        "UPDATE sections SET revision = 'first'",
        "UPDATE sections SET fingerprint = x'ff'",
        "DROP TABLE sections",
        "ALTER TABLE messages DROP COLUMN content_known",
    ],
)
def test_an_outbox_with_a_row_missing_or_malformed_is_refused_with_its_place_and_a_remedy(
    tmp_path: Path, statement: str
) -> None:
    settings = settings_in(tmp_path)
    sent_one(settings)
    enqueue(settings, [message("lee@kotra.example"), DIGEST], AS_OF)
    with sqlite3.connect(settings.outbox_dir / "outbox.db") as database:
        database.executescript(UNGUARDED + statement)
    with pytest.raises(DeliveryError) as refused:
        Outbox.open(settings)
    (problem,) = refused.value.problems
    assert problem.where == str(settings.outbox_dir / "outbox.db")
    assert "copy" in problem.remedy or "charter outbox rebuild" in problem.remedy


def test_a_folder_in_the_place_of_the_outbox_or_its_mark_is_refused_as_a_damaged_outbox(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    sent_one(settings)
    for place in (settings.outbox_dir / "outbox.db", mark_path(settings)):
        place.unlink()
        place.mkdir()
        with pytest.raises(DeliveryError) as refused:
            Outbox.open(settings)
        assert refused.value.problems[0].where == str(place)


def test_an_old_copy_of_the_outbox_is_refused(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    enqueue(settings, [message()], AS_OF)
    copy = shutil.copytree(settings.outbox_dir, tmp_path / "copy")
    with Outbox.open(settings) as outbox:
        outbox.settle(claimed(outbox), Outcome(MessageState.SENT, "250 kept"), max_attempts=3)
    lose_it(settings.outbox_dir)
    shutil.copytree(copy, settings.outbox_dir)
    with pytest.raises(DeliveryError, match="older copy: 1 lines of its log, of 3"):
        Outbox.open(settings)


def test_an_outbox_ahead_of_its_mark_is_ours_a_crash_came_between(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    enqueue(settings, [message()], AS_OF)
    before = mark_path(settings).read_bytes()
    sent_one(settings)
    mark_path(settings).write_bytes(before)
    with Outbox.open(settings) as outbox:
        assert state(outbox) is MessageState.SENT


FIRST_LAYOUT = """
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        report TEXT NOT NULL, period TEXT NOT NULL, revision INTEGER NOT NULL CHECK (revision >= 1),
        recipient TEXT NOT NULL, department_id TEXT NOT NULL, subject TEXT NOT NULL, fingerprint TEXT NOT NULL,
        as_of TEXT NOT NULL, sender TEXT NOT NULL, message_id TEXT NOT NULL, content_sha256 TEXT NOT NULL,
        mime BLOB NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('queued', 'claimed', 'sent', 'refused', 'unknown', 'failed')),
        claim TEXT, attempts INTEGER NOT NULL DEFAULT 0, server_reply TEXT NOT NULL DEFAULT '',
        UNIQUE (report, period, revision, recipient));
    CREATE TABLE attempts (
        id INTEGER PRIMARY KEY AUTOINCREMENT, message INTEGER NOT NULL REFERENCES messages (id),
        at TEXT NOT NULL, from_state TEXT NOT NULL, to_state TEXT NOT NULL, by TEXT NOT NULL, detail TEXT NOT NULL);
    INSERT INTO messages (report, period, revision, recipient, department_id, subject, fingerprint, as_of, sender,
        message_id, content_sha256, mime, state)
    VALUES ('weekly', '2026-W26', 1, 'kim@kotra.example', 'voc-team', 's', 'figures-1', '2026-06-29T00:00:00+00:00',
        'charter@kotra.example', '<w26>', 'c', CAST('From: a@b.example' || char(13, 10) ||
        'Date: Mon, 29 Jun 2026 00:00:00 +0000' || char(13, 10, 13, 10) || 'text' || char(13, 10) AS BLOB), 'queued');
    INSERT INTO attempts VALUES (1, 1, '2026-06-29T00:00:01+00:00', 'new', 'queued', 'enqueue', '');
    PRAGMA user_version = 1;
"""


def test_an_outbox_of_release_0_1_is_taken_over_with_all_that_it_holds(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    settings.outbox_dir.mkdir(parents=True)
    with sqlite3.connect(settings.outbox_dir / "outbox.db") as database:
        database.executescript(FIRST_LAYOUT)
    with Outbox.open(settings) as outbox:
        assert outbox.revision_for("weekly", "2026-W26", "kim@kotra.example", "figures-1") == 1
        claim = claimed(outbox)
    assert claim.mime.lower().count(b"date:") == 1
    assert b"29 Jun 2026" not in claim.mime, "the date is that of sending"
    with Outbox.open(settings) as outbox:
        assert [(each.department_id, each.revision) for each in outbox.posted("weekly")] == [("voc-team", 1)]
        assert state(outbox) is MessageState.CLAIMED


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
