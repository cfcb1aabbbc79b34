"""Notices by mail: through an outbox of their own, to a real server on loopback, once to each reader."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from charter.base.settings import Settings
from charter.deliver import Outbox
from charter.deliver.catcher import SmtpCatcher
from charter.health.finding import Finding, State
from charter.health.place import Place
from charter.notices.causes import Kind, Notice, Rhythm, step
from charter.notices.mail import MailChannel, outbox_path
from charter.notices.register import Register, Round
from tests.deliver.builders import free_port
from tests.health.builders import broken_place, kotra, place_in
from tests.notices.builders import NOW, QUARTER, Killed, finding, found, silent
from tests.report.golden import check_golden

GOLDEN = Path(__file__).parent / "golden"
MAIL_FROM = "KOTRA 서비스헌장 <charter@kotra.example>"


@contextmanager
def mailing(folder: Path, **environment: str) -> Iterator[tuple[Place, Path]]:
    with SmtpCatcher(folder / "inbox") as catcher:
        server = {"CHARTER_SMTP_HOST": "127.0.0.1", "CHARTER_SMTP_PORT": str(catcher.port)}
        values = {
            **server,
            "CHARTER_SMTP_SECURITY": "none",
            "CHARTER_MAIL_FROM": MAIL_FROM,
            "CHARTER_OPERATORS": "ops@kotra.example, Night desk <night@kotra.example>",
        }
        yield place_in(folder, **(values | environment)), folder / "inbox"


def tell(place: Place, *findings: Finding, now: datetime = NOW) -> None:
    """One look's notices, handed over."""
    with Register.open(place.settings) as register:
        after = step(register.open_causes(), found(*findings, at=now), Rhythm())
        register.keep(after, now, ["mail"])
        MailChannel(place).deliver(register, now)


def mails(inbox: Path) -> dict[str, list[EmailMessage]]:
    """What came, by mailbox."""
    came: dict[str, list[EmailMessage]] = {}
    for path in sorted(inbox.glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        came.setdefault(path.name.partition("__")[0], []).append(mail)
    return came


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def states(settings: Settings) -> list[tuple[str, str]]:
    with Register.open(settings) as register:
        return [(each.state, each.problem) for each in register.deliveries()]


def test_every_operator_gets_one_mail_for_all_that_one_look_found(tmp_path: Path) -> None:
    with mailing(tmp_path) as (place, inbox):
        tell(place, finding(), finding("disk/files", code="disk_files", values={"count": 12}))
        came = mails(inbox)
        assert {name: len(each) for name, each in came.items()} == {"ops@kotra.example": 1, "night@kotra.example": 1}
        told = text(came["ops@kotra.example"][0])
        assert "디스크 여유 1.2 GB" in told
        assert "12개뿐" in told
        assert states(place.settings) == [("done", "")]


def test_a_silent_sources_owner_is_told_of_it_and_of_nothing_else(tmp_path: Path) -> None:
    with mailing(tmp_path) as (place, inbox):
        tell(place, finding(), silent())
        came = mails(inbox)
        assert set(came) == {
            *("ops@kotra.example", "night@kotra.example"),
            *("voc-team@kotra.example", "voc-desk@kotra.example"),
        }
        told = text(came["voc-team@kotra.example"][0])
        assert "고객의 소리 시스템" in told
        assert "디스크" not in told
        assert "담당 시스템의 일이라 알려 드립니다" in told


def test_an_operator_who_owns_the_source_gets_one_mail(tmp_path: Path) -> None:
    with mailing(tmp_path, CHARTER_OPERATORS="voc-team@kotra.example") as (place, inbox):
        tell(place, finding(), silent())
        assert len(mails(inbox)["voc-team@kotra.example"]) == 1
        assert "디스크" in text(mails(inbox)["voc-team@kotra.example"][0])


def test_the_end_is_told_and_says_that_nothing_is_left_to_do(tmp_path: Path) -> None:
    with mailing(tmp_path) as (place, inbox):
        tell(place, finding())
        tell(place, now=NOW + QUARTER)
        tell(place, now=NOW + 2 * QUARTER)
        last = mails(inbox)["ops@kotra.example"][-1]
        assert str(last["Subject"]) == "해소: 디스크 여유 1.2 GB, 밤 작업 한 번에 약 0.6 GB 필요"
        assert "할 일이 없습니다" in text(last)
        assert len(mails(inbox)["ops@kotra.example"]) == 2


def test_a_round_that_is_handed_over_again_sends_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    with mailing(tmp_path) as (place, inbox):
        with monkeypatch.context() as at_the_end:
            at_the_end.setattr(Register, "done", killed)
            with pytest.raises(Killed):
                tell(place, finding())
        assert len(mails(inbox)["ops@kotra.example"]) == 1
        tell(place, finding(), now=NOW + QUARTER)
        assert len(mails(inbox)["ops@kotra.example"]) == 1
        assert states(place.settings) == [("done", "")]


def test_what_a_server_that_is_away_does_not_take_waits_and_goes_out_once(tmp_path: Path) -> None:
    with mailing(tmp_path) as (place, inbox):
        away = {**place.settings.environment, "CHARTER_SMTP_PORT": str(free_port())}
        tell(replace(place, settings=replace(place.settings, environment=away)), finding())
        ((state, problem),) = states(place.settings)
        assert state == "waiting"
        assert "refused" in problem
        tell(place, finding(), now=NOW + QUARTER)
        assert len(mails(inbox)["ops@kotra.example"]) == 1


def test_without_a_mail_servers_settings_the_notice_waits_and_says_why(tmp_path: Path) -> None:
    place = place_in(tmp_path, CHARTER_OPERATORS="ops@kotra.example")
    tell(place, finding())
    assert states(place.settings) == [("waiting", "CHARTER_MAIL_FROM is not set")]


def test_a_mailbox_that_no_mail_may_go_to_is_told_as_not_delivered(tmp_path: Path) -> None:
    with mailing(tmp_path, CHARTER_MAIL_DOMAINS="elsewhere.example") as (place, inbox):
        tell(place, finding())
        ((state, problem),) = states(place.settings)
        assert (state, mails(inbox)) == ("failed", {})
        assert "no mail may go to kotra.example" in problem


def test_notices_are_in_no_outbox_of_reports(tmp_path: Path) -> None:
    with mailing(tmp_path) as (place, _):
        tell(place, finding())
        assert not place.settings.outbox_dir.exists()
        with Outbox(outbox_path(place.settings)) as outbox:
            assert {record.key.report for record in outbox.records()} == {"notice"}


def test_where_the_charter_cannot_be_read_operators_are_told_in_their_language(tmp_path: Path) -> None:
    with mailing(tmp_path, CHARTER_NOTICE_LANGUAGE="de") as (place, inbox):
        broken = Place(place.settings, None, broken_place(tmp_path).problems)
        tell(broken, finding())
        assert "was jemanden braucht" in text(mails(inbox)["ops@kotra.example"][0])


@pytest.mark.parametrize("language", ["ko", "en", "de"])
def test_a_notice_as_people_read_it(tmp_path: Path, language: str) -> None:
    place = place_in(tmp_path, CHARTER_OPERATORS="ops@kotra.example", CHARTER_NOTICE_LANGUAGE=language)
    given = [
        Notice(kind=Kind.OPENED, finding=silent(), opened_at=NOW),
        Notice(kind=Kind.WORSE, finding=finding(state=State.FAILURE, where="var", since=NOW), opened_at=NOW),
        Notice(kind=Kind.ENDED, finding=finding("disk/files", code="disk_files", values={"count": 12}), opened_at=NOW),
    ]
    told = Round(1, NOW + timedelta(hours=1), tuple(given))
    message = next(iter(MailChannel(place).messages(told)))
    assert kotra().charter.language == "ko"
    check_golden(f"notice.{language}.txt", f"{message.subject}\n\n{message.text}", GOLDEN)
    if language == "ko":
        check_golden("notice.ko.html", message.html, GOLDEN)
