"""A message's mail form: the same bytes every time, readable Korean, no way into its headers."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from charter.base.errors import SettingError
from charter.deliver import Attachment, Message, Sender, build_mime
from charter.deliver.messages import dated

from .builders import AS_OF, message, settings_in

SENDER = Sender(address="charter@kotra.example", name="KOTRA 서비스헌장")
PDF = Attachment(filename="주간 이행 현황 2026-W27.pdf", media_type="application/pdf", content=b"%PDF-1.7 figures")
CHART = Attachment(filename="chart.png", media_type="image/png", content=b"\x89PNG", content_id="trend")


def received(sent: Message) -> EmailMessage:
    parsed = email.message_from_bytes(build_mime(sent, SENDER).as_bytes(), policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def header(sent: Message, name: str) -> str:
    """A header as a mail program shows it."""
    raw = email.message_from_bytes(build_mime(sent, SENDER).as_bytes())
    return str(make_header(decode_header(raw[name])))


def shape(part: EmailMessage) -> object:
    if not part.is_multipart():
        return part.get_content_type()
    return (part.get_content_type(), [shape(inner) for inner in part.iter_parts()])  # type: ignore[arg-type]


def test_text_and_html_are_alternatives_and_the_pdf_is_attached() -> None:
    mail = received(message(attachments=[PDF]))
    alternatives = ("multipart/alternative", ["text/plain", "text/html"])
    assert shape(mail) == ("multipart/mixed", [alternatives, "application/pdf"])
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "주간 이행 현황 2026-W27.pdf"
    assert attached.get_content() == b"%PDF-1.7 figures"
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content() == "지킨 약속 12건\r\n"


def test_a_picture_with_a_content_id_stands_beside_the_html_that_shows_it() -> None:
    mail = received(message(attachments=[CHART, PDF]))
    html = ("multipart/related", ["text/html", "image/png"])
    assert shape(mail) == ("multipart/mixed", [("multipart/alternative", ["text/plain", html]), "application/pdf"])
    assert [part["Content-ID"] for part in mail.walk() if part["Content-ID"]] == ["<trend>"]


def test_the_same_message_gives_the_same_bytes() -> None:
    sent = message(attachments=[PDF, CHART])
    assert build_mime(sent, SENDER).as_bytes() == build_mime(sent, SENDER).as_bytes()


def test_date_is_the_as_of_and_says_that_no_person_wrote_it() -> None:
    mail = received(message())
    assert mail["Date"] is None, "a mail is dated when it is sent"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_message_id_tells_report_period_and_revision_but_not_the_recipient() -> None:
    assert re.fullmatch(r"<weekly\.2026-W27\.r1\.[0-9a-f]{16}@kotra\.example>", received(message())["Message-ID"])
    others = [message("lee@kotra.example"), message(revision=2), message(period="2026-W28"), message(report="nightly")]
    assert len({received(one)["Message-ID"] for one in [message(), *others]}) == 5


def test_a_correction_refers_to_the_message_it_corrects() -> None:
    first, second = received(message()), received(message(revision=2))
    assert first["References"] is None
    assert second["References"] == second["In-Reply-To"] == first["Message-ID"]


def test_a_mail_is_dated_once_however_often_it_is_tried() -> None:
    undated = build_mime(message(text="Date: 기한"), SENDER).as_bytes()
    again = dated(dated(undated, AS_OF), AS_OF + timedelta(hours=1))
    assert again == dated(undated, AS_OF + timedelta(hours=1))
    mail = email.message_from_bytes(again, policy=email.policy.default)
    assert mail.get_all("Date") == ["Sun, 05 Jul 2026 16:00:00 +0000"]
    assert mail.get_body(("plain",)).get_content() == "Date: 기한\r\n"  # type: ignore[union-attr]


def test_every_line_is_ascii_and_within_the_limits_of_mail() -> None:
    long = message(subject="지사화사업 담당부서의 약속 이행 현황 " * 8, html="<p>긴 줄</p>" * 500, attachments=[PDF])
    wire = build_mime(long, SENDER).as_bytes()
    assert wire.isascii()
    assert max(len(line) for line in wire.split(b"\r\n")) <= 80
    assert b"\n" not in wire.replace(b"\r\n", b"")
    assert b"\r" not in wire.replace(b"\r\n", b"")


def test_no_line_of_the_content_ends_the_message_early() -> None:
    assert b"\r\n.\r\n" not in build_mime(message(text="앞\r\n.\r\n뒤", html=".\n.\n"), SENDER).as_bytes()


WORDS = ("서비스헌장", "이행", "(정정)", "·", "3건", "weekly", '"', "<a@b>", ",", "=?x?=", "😀")
words = st.lists(st.sampled_from(WORDS))


@given(words.map(" ".join).filter(str.strip))
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    assert header(message(subject=subject), "Subject") == subject


@given(words.map(" ".join))
def test_a_name_stays_a_name_whatever_signs_it_holds(name: str) -> None:
    sent = message(recipient_name=name)
    assert [box.addr_spec for box in received(sent)["To"].addresses] == ["kim@kotra.example"]
    raw = email.message_from_bytes(build_mime(sent, SENDER).as_bytes())["To"]
    shown, address = parseaddr(raw)
    assert (str(make_header(decode_header(shown))), address) == (name, "kim@kotra.example")


@pytest.mark.parametrize("field", ["subject", "recipient_name"])
@pytest.mark.parametrize("sign", ["\r\nBcc: x@evil.example", "\n", "\r", "\0", "\x0b", "\x85", "\u2028", "\u2029"])
def test_no_header_can_be_smuggled_in(field: str, sign: str) -> None:
    with pytest.raises(ValidationError, match="control character"):
        message(**{field: f"보고{sign}서"})


@pytest.mark.parametrize(
    "address",
    [
        *("", "kim", "kim@", "@kotra.example", "김@kotra.example", "a b@kotra.example"),
        *("kim@kotra.example\n", "kim@kotra.example>, <x@evil.example"),
        *("kim@kotra..example", ".kim@kotra.example", "x" * 250 + "@kotra.example"),
    ],
)
def test_what_is_not_a_mail_address_is_turned_away(address: str) -> None:
    with pytest.raises(ValidationError, match="mail address"):
        message(address)


def test_mailboxes_that_differ_in_case_are_one_recipient() -> None:
    assert message("Kim@KOTRA.example").key == message("kim@kotra.example").key


@pytest.mark.parametrize("filename", ["", "../report.pdf", "a\\b.pdf", ".profile", "a\r\nb.pdf"])
def test_an_attachment_has_a_plain_file_name(filename: str) -> None:
    with pytest.raises(ValidationError):
        Attachment(filename=filename, media_type="application/pdf", content=b"")


@pytest.mark.parametrize("media_type", ["image/svg+xml", "application/zip", "application/json", "text/html\r\nBcc: x"])
def test_an_attachment_is_of_a_kind_that_every_phone_opens(media_type: str) -> None:
    with pytest.raises(ValidationError, match="nothing that every phone opens"):
        Attachment(filename="report", media_type=media_type, content=b"")


def test_the_content_hash_sees_every_part_that_a_recipient_sees() -> None:
    changed = [
        message(subject="다른 제목"),
        message(html="<p>12</p>"),
        message(text="13"),
        message(attachments=[PDF]),
        message(attachments=[PDF.model_copy(update={"content": b"%PDF-1.7 other"})]),
    ]
    assert len({one.content_sha256() for one in [message(), *changed]}) == 6
    assert message().content_sha256() == message().content_sha256()


def test_the_sender_comes_from_the_settings(tmp_path: Path) -> None:
    assert Sender.from_settings(settings_in(tmp_path)) == SENDER
    for value in ("", "not a mailbox", "charter@kotra.example\r\nBcc: x@evil.example"):
        with pytest.raises(SettingError, match="CHARTER_MAIL_FROM"):
            Sender.from_settings(settings_in(tmp_path, CHARTER_MAIL_FROM=value))
