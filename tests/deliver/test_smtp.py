"""Sending, seen from both ends: what the mail server accepted, and what the outbox says of it."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, example, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from pydantic import SecretStr

import charter.deliver.smtp as smtp
from charter.base.errors import DeliveryError, SettingError
from charter.base.lock import exclusive
from charter.base.settings import Settings
from charter.deliver import AllowedDomains, DeliveryReceipt, MessageState, Outbox, Pace, SmtpServer, deliver, enqueue
from charter.deliver.catcher import SmtpCatcher
from charter.deliver.records import Claim, DeliveryRecord, Outcome
from charter.deliver.server import mail_server, require_mail_server
from tests.effort import examples

from .builders import (
    AS_OF,
    Script,
    answering,
    clock_that_flies,
    free_port,
    message,
    scripted,
    server_at,
    settings_in,
    source_path,
)

HEADS = ("kim@kotra.example", "lee@kotra.example", "park@kotra.example")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


def queue(settings: Settings, *recipients: str) -> None:
    enqueue(settings, [message(recipient) for recipient in recipients or HEADS], AS_OF)


def run(settings: Settings, port: int, **options: float) -> DeliveryReceipt:
    return deliver(settings, AS_OF, server_at(port, **options), pace=Pace(patience_s=0))


def states(settings: Settings) -> dict[str, str]:
    with Outbox.open(settings) as outbox:
        return {record.key.recipient: record.state.value for record in outbox.records()}


# -- what is delivered ---------------------------------------------------------------------------------


def test_each_recipient_gets_one_message_and_the_receipt_says_so(settings: Settings, tmp_path: Path) -> None:
    queue(settings)
    with SmtpCatcher(tmp_path / "received") as catcher:
        receipt = run(settings, catcher.port)
    assert sorted(file.name.partition("__")[0] for file in catcher.folder.glob("*.eml")) == sorted(HEADS)
    assert receipt.counts[MessageState.SENT] == 3
    assert sum(receipt.counts.values()) == 3
    assert receipt.problems() == []
    assert [record.server_reply for record in receipt.records] == ["250 kept"] * 3
    assert receipt.as_of == AS_OF


def test_the_bytes_accepted_are_the_bytes_kept(settings: Settings, tmp_path: Path) -> None:
    enqueue(settings, [message(text=".\r\n..점으로 시작하는 줄\r\n.")], AS_OF)
    with SmtpCatcher(tmp_path / "received") as catcher:
        run(settings, catcher.port)
    (file,) = catcher.folder.glob("*.eml")
    with Outbox.open(settings) as outbox:
        assert file.read_bytes() == outbox.mime(message().key)


def test_a_second_run_sends_nothing_and_does_not_even_connect(settings: Settings, tmp_path: Path) -> None:
    script = Script()
    queue(settings)
    with scripted(script) as port:
        run(settings, port)
        sessions = script.sessions
        queue(settings)
        receipt = run(settings, port)
    assert receipt.records == ()
    assert script.sessions == sessions
    assert set(script.accepted.values()) == {1}
    assert run(settings, free_port()).server_problem is None


def test_a_correction_is_a_message_of_its_own(settings: Settings, tmp_path: Path) -> None:
    script = Script()
    queue(settings, HEADS[0])
    with scripted(script) as port:
        run(settings, port)
        enqueue(settings, [message(HEADS[0], revision=2, fingerprint="figures-2", subject="[정정] 이행 현황")], AS_OF)
        run(settings, port)
    assert len(script.accepted) == 2


# -- what goes wrong -----------------------------------------------------------------------------------


def test_a_server_that_is_down_leaves_everything_queued_for_the_next_run(settings: Settings) -> None:
    queue(settings)
    port = free_port()
    receipt = run(settings, port)
    assert receipt.server_problem is not None
    assert f"127.0.0.1:{port}" in receipt.server_problem
    assert [(record.state, record.attempts) for record in receipt.records] == [("queued", 1)] * 3
    script = Script()
    with scripted(script) as again:
        receipt = run(settings, again)
    assert [(record.state, record.attempts) for record in receipt.records] == [("sent", 2)] * 3
    assert set(script.accepted.values()) == {1}


def test_one_refused_recipient_stops_nobody_else(settings: Settings) -> None:
    script = Script()
    script.at_recipient = lambda recipient: "5xx" if recipient == HEADS[1] else "ok"
    queue(settings)
    with scripted(script) as port:
        receipt = run(settings, port)
    assert states(settings) == {HEADS[0]: "sent", HEADS[1]: "refused", HEADS[2]: "sent"}
    (problem,) = receipt.problems()
    assert "550 no such mailbox" in problem.what
    assert HEADS[1] in problem.where


def test_a_refused_message_is_told_by_every_run_until_a_person_settles_it(settings: Settings) -> None:
    script = Script()
    script.at_recipient = lambda recipient: "5xx" if recipient == HEADS[1] else "ok"
    queue(settings)
    with scripted(script) as port:
        run(settings, port)
        for _ in range(2):
            again = run(settings, port)
            assert again.records == ()
            assert [problem.where for problem in again.problems()] == [f"outbox, weekly/2026-W27/r1/{HEADS[1]}"]
            assert again.waiting() == []
        with Outbox.open(settings) as outbox:
            outbox.dismiss(message(HEADS[1]).key, by="operator", reason="left the agency")
        assert run(settings, port).problems() == []


@pytest.mark.parametrize("code", [250, 251, 252, 260])
def test_any_reply_that_begins_with_two_is_a_success(settings: Settings, code: int) -> None:
    queue(settings, HEADS[0])
    with answering({"MAIL": code, "RCPT": code, ".": code}) as port:
        receipt = run(settings, port)
    assert [record.state.value for record in receipt.records] == ["sent"]


@pytest.mark.parametrize(
    ("at_recipient", "at_data", "state", "reply"),
    [
        ("4xx", "accept", "queued", "450 mailbox busy"),
        ("drop", "accept", "queued", "closed"),
        ("5xx", "accept", "refused", "550 no such mailbox"),
        ("ok", "4xx", "queued", "452 disk full"),
        ("ok", "5xx", "refused", "554 looks like spam"),
        ("ok", "drop", "unknown", "no answer after the content was sent"),
        ("ok", "accept and drop", "unknown", "no answer after the content was sent"),
        ("ok", "babble", "unknown", "no verdict after the content was sent"),
    ],
)
def test_when_it_failed_decides_what_it_means(
    settings: Settings, at_recipient: str, at_data: str, state: str, reply: str
) -> None:
    script = Script()
    script.at_recipient = lambda recipient: at_recipient if recipient == HEADS[0] else "ok"
    script.at_data = lambda recipient: at_data if recipient == HEADS[0] else "accept"
    queue(settings, *HEADS[:2])
    with scripted(script) as port:
        receipt = run(settings, port)
    assert [record.state.value for record in receipt.records] == [state, "sent"]
    assert reply in receipt.records[0].server_reply
    with Outbox.open(settings) as outbox:
        assert reply in outbox.history(message(HEADS[0]).key)[-1].detail


def test_silence_after_the_content_is_unknown(settings: Settings) -> None:
    queue(settings, HEADS[0])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_answer_all_but_the_last, args=(listening,), daemon=True).start()
        receipt = run(settings, listening.getsockname()[1], acceptance_s=0.2)
    assert receipt.records[0].state is MessageState.UNKNOWN
    assert "timed out" in receipt.records[0].server_reply


def _answer_all_but_the_last(listening: socket.socket) -> None:
    line, _ = listening.accept()
    line.sendall(b"220 hello\r\n")
    for reply in (b"250 hello", b"250 sender ok", b"250 recipient ok", b"354 go on"):
        line.recv(4096)
        line.sendall(reply + b"\r\n")
    time.sleep(2)
    line.close()


def test_an_unknown_message_is_sent_again_by_a_persons_word_only(settings: Settings) -> None:
    script = Script()
    script.at_data = lambda recipient: "drop"
    queue(settings, HEADS[0])
    with scripted(script) as port:
        run(settings, port)
        script.at_data = lambda recipient: "accept"
        assert run(settings, port).records == ()
        with Outbox.open(settings) as outbox:
            outbox.resolve_unknown(message(HEADS[0]).key, "requeue", by="operator", reason="not in the server's log")
        run(settings, port)
    assert list(script.accepted.values()) == [1]
    assert states(settings) == {HEADS[0]: "sent"}


def test_a_server_that_asks_for_encryption_it_does_not_offer_is_not_used(settings: Settings) -> None:
    queue(settings, HEADS[0])
    script = Script()
    with scripted(script) as port:
        receipt = deliver(settings, AS_OF, server_at(port, security="starttls"))
    assert "STARTTLS" in (receipt.server_problem or "")
    assert script.accepted == Counter()
    assert states(settings) == {HEADS[0]: "queued"}


def test_many_messages_go_over_one_connection(settings: Settings) -> None:
    queue(settings, *(f"head{number}@kotra.example" for number in range(20)))
    script = Script()
    with scripted(script) as port:
        receipt = run(settings, port)
    assert receipt.counts[MessageState.SENT] == 20
    assert script.sessions == 1


def test_a_connection_that_the_server_has_ended_takes_no_message_with_it(settings: Settings) -> None:
    queue(settings)
    script = Script()
    script.ends_after_each = True
    with scripted(script) as port:
        receipt = run(settings, port)
    assert [(record.state, record.attempts) for record in receipt.records] == [("sent", 1)] * 3
    assert script.sessions == 3
    assert set(script.accepted.values()) == {1}


def test_a_connection_that_ends_between_its_answer_and_the_next_message_takes_no_message_with_it(
    settings: Settings,
) -> None:
    queue(settings)
    script = Script()
    script.ends_at_the_second = True
    with scripted(script) as port:
        receipt = run(settings, port)
    assert [(record.state, record.attempts) for record in receipt.records] == [("sent", 1)] * 3
    assert script.sessions == 3
    assert set(script.accepted.values()) == {1}


def test_what_is_turned_away_for_now_is_tried_again_in_the_same_run(settings: Settings) -> None:
    queue(settings)
    busy = ["4xx", "4xx"]
    script = Script()
    script.at_recipient = lambda recipient: busy.pop() if busy and recipient == HEADS[0] else "ok"
    clock = clock_that_flies()
    with scripted(script) as port:
        receipt = deliver(settings, AS_OF, server_at(port), clock=clock)
    records = {record.key.recipient: (record.state.value, record.attempts) for record in receipt.records}
    assert records == {HEADS[0]: ("sent", 3), HEADS[1]: ("sent", 1), HEADS[2]: ("sent", 1)}
    assert clock.seconds() >= 5 + 10, "it was left in peace for a while, and then for twice as long"
    assert set(script.accepted.values()) == {1}


def test_a_domain_that_turns_everything_away_is_left_for_the_next_run(settings: Settings) -> None:
    queue(settings, *HEADS, "one@other.example")
    script = Script()
    script.at_recipient = lambda recipient: "4xx" if recipient.endswith("kotra.example") else "ok"
    with scripted(script) as port:
        receipt = deliver(settings, AS_OF, server_at(port), pace=Pace(patience_s=60), clock=clock_that_flies())
        assert states(settings) == {**dict.fromkeys(HEADS, "queued"), "one@other.example": "sent"}
        assert len(receipt.waiting()) == 3
        script.at_recipient = lambda recipient: "ok"
        run(settings, port)
    assert set(states(settings).values()) == {"sent"}
    assert sorted(script.accepted.values()) == [1] * 4


# -- where mails may go --------------------------------------------------------------------------------


def test_a_message_to_a_domain_that_is_not_allowed_is_refused_and_no_server_hears_of_it(settings: Settings) -> None:
    queue(settings, HEADS[0], "kim@elsewhere.example")
    script = Script()
    allowed = AllowedDomains(installation=frozenset({"kotra.example"}))
    with scripted(script) as port:
        receipt = deliver(settings, AS_OF, server_at(port), allowed=allowed)
    assert states(settings) == {HEADS[0]: "sent", "kim@elsewhere.example": "refused"}
    assert len(script.accepted) == 1
    (problem,) = receipt.problems()
    assert "no mail may go to elsewhere.example (CHARTER_MAIL_DOMAINS names kotra.example)" in problem.what
    assert "allow its domain" in problem.remedy
    with Outbox.open(settings) as outbox:
        (_, refused) = outbox.history(message("kim@elsewhere.example").key)
    assert (refused.from_state, refused.to_state) == ("queued", "refused")


def test_what_was_refused_for_its_domain_goes_out_once_it_is_allowed_and_a_person_says_so(settings: Settings) -> None:
    queue(settings, HEADS[0])
    script = Script()
    with scripted(script) as port:
        deliver(settings, AS_OF, server_at(port), allowed=AllowedDomains(agency=frozenset({"town.example"})))
        run(settings, port)
        assert script.accepted == Counter()
        with Outbox.open(settings) as outbox:
            outbox.requeue(message(HEADS[0]).key, by="operator", reason="the domain is ours")
        deliver(settings, AS_OF, server_at(port), allowed=AllowedDomains(agency=frozenset({"kotra.example"})))
    assert list(script.accepted.values()) == [1]


# -- crashes and company -------------------------------------------------------------------------------

KILLED_WHILE_SENDING = """
import sys
from pathlib import Path
from charter.deliver import SmtpServer, deliver
from charter.base.moments import parse_as_of
from charter.base.settings import Settings
from zoneinfo import ZoneInfo
folder, port = Path(sys.argv[1]), int(sys.argv[2])
settings = Settings(home=folder, charter_dir=folder, var_dir=folder / "var", environment={})
server = SmtpServer(host="127.0.0.1", port=port, security="none")
deliver(settings, parse_as_of("2026-07-05", ZoneInfo("Asia/Seoul")), server)
"""


def _deliver_in_a_process(folder: Path, port: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": source_path()}
    return subprocess.Popen([sys.executable, "-c", KILLED_WHILE_SENDING, str(folder), str(port)], env=environment)


def test_a_deliverer_killed_before_the_answer_leaves_unknown_and_no_second_copy(
    settings: Settings, tmp_path: Path
) -> None:
    queue(settings, *HEADS[:2])
    script = Script()
    arrived = threading.Event()

    def kill_the_sender(recipient: str) -> str:
        child.send_signal(signal.SIGKILL)
        child.wait()
        arrived.set()
        return "accept"

    script.at_data = kill_the_sender
    with scripted(script) as port:
        child = _deliver_in_a_process(tmp_path, port)
        assert arrived.wait(20)
        assert states(settings) == {HEADS[0]: "claimed", HEADS[1]: "queued"}
        script.at_data = lambda recipient: "accept"
        receipt = run(settings, port)
    assert [record.state.value for record in receipt.records] == ["unknown", "sent"]
    assert sorted(script.accepted.values()) == [1, 1]


def test_deliverers_in_several_processes_send_each_message_once(settings: Settings, tmp_path: Path) -> None:
    queue(settings, *(f"head{number}@kotra.example" for number in range(12)))
    script = Script()
    with scripted(script) as port:
        children = [_deliver_in_a_process(tmp_path, port) for _ in range(2)]
        assert [child.wait(30) for child in children] == [0, 0]
    assert sorted(script.accepted.values()) == [1] * 12


def test_deliverers_in_several_threads_send_each_message_once(settings: Settings) -> None:
    queue(settings, *(f"head{number}@kotra.example" for number in range(12)))
    script = Script()
    receipts: list[DeliveryReceipt] = []
    with scripted(script) as port:
        threads = [threading.Thread(target=lambda: receipts.append(run(settings, port))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(script.accepted.values()) == [1] * 12
    assert sorted(len(receipt.records) for receipt in receipts) == [0, 0, 12]


def test_a_run_that_never_ends_is_named(settings: Settings) -> None:
    queue(settings)
    with exclusive(settings.outbox_dir / "deliver.lock", wait_s=1), pytest.raises(DeliveryError, match="lock"):
        deliver(settings, AS_OF, server_at(free_port()), wait_s=0)


class _Crash(BaseException):
    """The deliverer's sudden end."""


class _CrashingOutbox(Outbox):
    """Ends the deliverer right after a claim, or after the server's answer and before writing it down."""

    plan: list[str]

    def claim(self, row: int, sign: Callable[[bytes], bytes] | None = None) -> Claim | None:
        claim = super().claim(row, sign)
        if self.plan and self.plan[0] == "crash after the claim":
            self.plan.pop(0)
            raise _Crash
        return claim

    def settle(self, claim: Claim, outcome: Outcome, *, max_attempts: int) -> DeliveryRecord:
        if self.plan and self.plan[0] == "crash after the answer":
            self.plan.pop(0)
            raise _Crash
        return super().settle(claim, outcome, max_attempts=max_attempts)


AT_DATA = ("accept", "4xx", "5xx", "drop", "accept and drop", "babble")
AT_RECIPIENT = {"rcpt 4xx": "4xx", "rcpt 5xx": "5xx", "rcpt drop": "drop"}
EVENTS = st.lists(
    st.sampled_from([*AT_DATA, *AT_RECIPIENT, "down", "crash after the claim", "crash after the answer"]),
    min_size=3,
    max_size=10,
)


@pytest.mark.slow
@effort(max_examples=examples(12, 30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(events=["accept and drop"], patience_s=60)
@example(events=["crash after the claim"], patience_s=60)
@example(events=["crash after the answer"], patience_s=60)
@example(events=["down", "rcpt 4xx", "4xx", "rcpt drop", "drop"], patience_s=60)
@given(events=EVENTS, patience_s=st.sampled_from([0, 60]))
def test_no_sequence_of_failures_doubles_or_loses_a_message(
    events: list[str], patience_s: float, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_in(tmp_path_factory.mktemp("installation"))
    plan = list(events)
    monkeypatch.setattr(_CrashingOutbox, "plan", plan, raising=False)
    monkeypatch.setattr(smtp, "Outbox", _CrashingOutbox)
    queue(settings)
    script = Script()
    script.at_recipient = lambda recipient: AT_RECIPIENT[plan.pop(0)] if plan and plan[0] in AT_RECIPIENT else "ok"
    script.at_data = lambda recipient: plan.pop(0) if plan and plan[0] in AT_DATA else "accept"
    with scripted(script) as port:
        for _ in range(len(events) + 2):
            down = bool(plan) and plan[0] == "down"
            server = server_at(free_port() if down else port)
            try:
                deliver(settings, AS_OF, server, pace=Pace(patience_s=patience_s), clock=clock_that_flies())
            except _Crash:
                pass
            finally:
                if down:
                    plan.pop(0)
    assert all(copies == 1 for copies in script.accepted.values()), "nobody has two copies"
    with Outbox.open(settings) as outbox:
        records = outbox.records()
    assert len(records) == 3
    for record in records:
        assert record.state in {"sent", "refused", "unknown"}, "everything ended where a person sees it"
        if record.state is MessageState.SENT:
            assert script.accepted[record.message_id] == 1
        if record.state is MessageState.REFUSED:
            assert script.accepted[record.message_id] == 0


# -- settings ------------------------------------------------------------------------------------------


def test_the_server_comes_from_the_environment(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("quiet word\n")
    password.chmod(0o600)
    settings = settings_in(
        tmp_path,
        CHARTER_SMTP_HOST="mail.kotra.example",
        CHARTER_SMTP_PORT="587",
        CHARTER_SMTP_SECURITY="starttls",
        CHARTER_SMTP_USER="charter",
        CHARTER_SMTP_PASSWORD_FILE=str(password),
    )
    server = SmtpServer.from_settings(settings)
    assert (server.host, server.port) == ("mail.kotra.example", 587)
    assert (server.security, server.user) == ("starttls", "charter")
    assert server.password is not None
    assert server.password.get_secret_value() == "quiet word"
    assert "quiet word" not in repr(server) + str(server) + server.model_dump_json()


def test_everything_missing_is_named_at_once(settings: Settings) -> None:
    with pytest.raises(SettingError) as caught:
        SmtpServer.from_settings(settings)
    assert [problem.what.split()[0] for problem in caught.value.problems] == [
        "CHARTER_SMTP_HOST",
        "CHARTER_SMTP_PORT",
        "CHARTER_SMTP_SECURITY",
    ]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"CHARTER_SMTP_PORT": "smtp"}, "CHARTER_SMTP_PORT"),
        ({"CHARTER_SMTP_SECURITY": "tls"}, "CHARTER_SMTP_SECURITY"),
        ({"CHARTER_SMTP_USER": "charter"}, "CHARTER_SMTP_PASSWORD"),
        ({"CHARTER_SMTP_USER": "charter", "CHARTER_SMTP_PASSWORD": "비밀"}, "CHARTER_SMTP_PASSWORD"),
        (
            {"CHARTER_SMTP_USER": "charter", "CHARTER_SMTP_PASSWORD": "x", "CHARTER_SMTP_SECURITY": "none"},
            "in the clear",
        ),
    ],
)
def test_what_cannot_be_used_is_named_and_no_password_is_told(
    tmp_path: Path, changes: dict[str, str], named: str
) -> None:
    usable = {"CHARTER_SMTP_HOST": "mail.example", "CHARTER_SMTP_PORT": "587", "CHARTER_SMTP_SECURITY": "starttls"}
    with pytest.raises(SettingError, match=named) as caught:
        SmtpServer.from_settings(settings_in(tmp_path, **(usable | changes)))
    assert "비밀" not in str(caught.value)


# -- encryption ----------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody vouches for, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1))
        .not_valid_after(datetime(2100, 1, 1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = tmp_path / "certificate.pem", tmp_path / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, private


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_an_encrypted_server_that_asks_who_is_there(
    settings: Settings, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    encrypted = (
        {"tls_context": context, "require_starttls": True} if security == "starttls" else {"ssl_context": context}
    )

    def known(server: object, session: object, envelope: object, mechanism: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"charter", b"quiet word"), handled=False)

    script = Script()
    queue(settings, HEADS[0])
    options: dict[str, Any] = {
        "authenticator": known,
        "auth_required": True,
        "auth_require_tls": security == "starttls",
        **encrypted,
    }
    with scripted(script, **options) as port:
        server = server_at(port, security=security, user="charter", password="quiet word")
        stranger = deliver(settings, AS_OF, server)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        wrong = deliver(settings, AS_OF, server.model_copy(update={"password": SecretStr("loud word")}))
        right = deliver(settings, AS_OF, server)
    assert "CERTIFICATE_VERIFY_FAILED" in (stranger.server_problem or "")
    assert "SSL_CERT_FILE" in stranger.problems()[0].remedy
    assert "CHARTER_SMTP_PASSWORD" in wrong.problems()[0].remedy
    assert "535" in (wrong.server_problem or "")
    assert "loud word" not in str(wrong)
    assert [(record.state.value, record.attempts) for record in right.records] == [("sent", 3)]


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_certificate_for_another_name_is_not_taken(
    settings: Settings, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    queue(settings, HEADS[0])
    script = Script()
    with scripted(script, tls_context=context, require_starttls=True) as port:
        receipt = deliver(settings, AS_OF, server_at(port, host="localhost", security="starttls"))
    assert "localhost" in (receipt.server_problem or "")
    assert script.accepted == Counter()


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_no_password_is_told_to_a_server_that_offers_no_encryption(settings: Settings) -> None:
    asked: list[str] = []

    def known(server: object, session: object, envelope: object, mechanism: str, data: LoginPassword) -> AuthResult:
        asked.append(mechanism)
        return AuthResult(success=True)

    queue(settings, HEADS[0])
    with scripted(Script(), authenticator=known, auth_required=True, auth_require_tls=False) as port:
        server = server_at(port, security="starttls", user="charter", password="quiet word")
        receipt = deliver(settings, AS_OF, server)
    assert asked == [], "somebody on the way may have taken the offer out"
    assert states(settings) == {HEADS[0]: "queued"}
    assert "CHARTER_SMTP_SECURITY" in receipt.problems()[0].remedy


# -- a folder instead of a server ------------------------------------------------------------------------


def test_a_demonstration_keeps_its_mails_in_a_folder_and_needs_no_server(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, CHARTER_MAIL_FOLDER=str(tmp_path / "kept"))
    queue(settings)
    with mail_server(settings) as server:
        receipt = deliver(settings, AS_OF, server)
    assert receipt.counts[MessageState.SENT] == 3
    assert len(list((tmp_path / "kept").glob("*.eml"))) == 3
    require_mail_server(settings)


def test_without_a_folder_the_mail_servers_settings_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="CHARTER_SMTP_HOST is not set"), mail_server(settings_in(tmp_path)):
        pass
    with pytest.raises(SettingError, match="CHARTER_SMTP_HOST is not set"):
        require_mail_server(settings_in(tmp_path))
