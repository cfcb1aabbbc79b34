"""One message to one recipient, and its MIME form, which is the same bytes every time."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, formataddr, parseaddr
from typing import Annotated, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from charter.base.errors import SettingError
from charter.base.mail_address import MailAddress
from charter.base.settings import Settings


def _one_line(text: str) -> str:
    # Every text that reaches a header passes here: without line breaks, no header can be injected.
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
        raise ValueError("holds a line break or another control character")
    return text


def _file_name(text: str) -> str:
    if "/" in text or "\\" in text or text.startswith("."):
        raise ValueError("is not a plain file name")
    return _one_line(text)


# What phones open without a further program. None of them runs anything.
_ON_A_PHONE = (
    *("application/pdf", "image/png", "image/jpeg", "image/gif", "text/plain", "text/csv", "text/html"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)


def _opened_by_a_phone(media_type: str) -> str:
    if media_type not in _ON_A_PHONE:
        raise ValueError(f"'{media_type}' is nothing that every phone opens: {', '.join(_ON_A_PHONE)} are")
    return media_type


OneLine = Annotated[str, AfterValidator(_one_line)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]


class Sender(BaseModel):
    """The mailbox that reports come from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: MailAddress
    name: OneLine = ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @classmethod
    def from_settings(cls, settings: Settings) -> Sender:
        """Reads CHARTER_MAIL_FROM: ``name@domain`` or ``Display name <name@domain>``.

        Raises SettingError when it is missing or malformed.
        """
        remedy = "set CHARTER_MAIL_FROM to the mailbox reports come from, e.g. 'Charter <charter@agency.example>'"
        text = settings.environment.get("CHARTER_MAIL_FROM", "")
        if not text:
            raise SettingError("CHARTER_MAIL_FROM is not set", where="environment", remedy=remedy)
        name, address = parseaddr(text)
        try:
            _one_line(text)
            return cls(address=address, name=name)
        except ValueError as error:
            raise SettingError(f"{text!r} is not a mailbox", where="CHARTER_MAIL_FROM", remedy=remedy) from error


class MessageKey(BaseModel):
    """What a message is known by: nobody gets the same report of the same period and revision twice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    report: Name
    period: Name
    revision: int = Field(ge=1)
    recipient: MailAddress

    def __str__(self) -> str:
        return f"{self.report}/{self.period}/r{self.revision}/{self.recipient}"

    def digest(self) -> str:
        """A name for the key that tells nothing of the recipient: 64 hexadecimal digits."""
        return hashlib.sha256(str(self).encode()).hexdigest()

    def message_id(self, domain: str) -> str:
        """The Message-ID, the same for the same key: receivers can recognise a copy by it."""
        return f"<{self.report}.{self.period}.r{self.revision}.{self.digest()[:16]}@{domain}>"

    def earlier(self) -> tuple[MessageKey, ...]:
        """The keys of the revisions before this one, the oldest first."""
        return tuple(self.model_copy(update={"revision": number}) for number in range(1, self.revision))

    def thread_id(self, domain: str) -> str:
        """The Message-ID that all periods of a report to one recipient refer to. No mail has it."""
        thread = hashlib.sha256(f"{self.report}/{self.recipient}".encode()).hexdigest()
        return f"<{self.report}.thread.{thread[:16]}@{domain}>"


class Attachment(BaseModel):
    """A file in a message, of a kind that every phone opens. With ``content_id`` it is a picture that the HTML shows by
    ``cid:``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    filename: Annotated[str, Field(min_length=1, max_length=150), AfterValidator(_file_name)]
    media_type: Annotated[str, AfterValidator(_opened_by_a_phone)]
    content: bytes = Field(repr=False)
    content_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")] | None = None


class Section(BaseModel):
    """What a digest carries of one department: the ``revision`` of its report that the recipient is told, and the
    ``fingerprint`` of the figures in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    department_id: Annotated[str, Field(min_length=1)]
    revision: int = Field(ge=1)
    fingerprint: str = Field(min_length=1)


class Message(BaseModel):
    """One report for one recipient, or one digest of several departments' reports (``sections``).

    ``period`` is ``Period.key()``. ``fingerprint`` is the caller's hash of the figures shown: it decides
    whether a later run tells something new (``Outbox.revision_for``). ``department_id`` is empty in a digest.
    ``language`` is that of the texts (the agency's own when not given), ``list_name`` the report that recipients know
    it as, where that is not ``report``: both tell how it is addressed, and are no content.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    report: Name
    period: Name
    revision: int = Field(ge=1)
    recipient: MailAddress
    recipient_name: OneLine
    department_id: str
    subject: Annotated[str, Field(min_length=1), AfterValidator(_one_line)]
    html: str = Field(repr=False)
    text: str = Field(repr=False)
    attachments: tuple[Attachment, ...] = ()
    fingerprint: str = Field(min_length=1)
    sections: tuple[Section, ...] = ()
    language: str | None = None
    list_name: Name | None = None

    @property
    def key(self) -> MessageKey:
        return MessageKey(report=self.report, period=self.period, revision=self.revision, recipient=self.recipient)

    def content_sha256(self) -> str:
        """Hash of everything the recipient sees, 64 hexadecimal digits."""
        # What carries one report is hashed as before there were digests: it may be in an outbox already.
        left_out = {"attachments", "language", "list_name"} | (set() if self.sections else {"sections"})
        content = self.model_dump(mode="json", exclude=left_out)
        content["attachments"] = [
            attachment.model_dump(exclude={"content"}) | {"sha256": hashlib.sha256(attachment.content).hexdigest()}
            for attachment in self.attachments
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class _MailPolicy(EmailPolicy):
    """The standard library's mail policy, with its folding replaced where it goes wrong.

    Folding a long Korean subject it loses or doubles spaces between encoded words (Python 3.11), and it
    breaks the line before a long Message-ID, which some receivers read as an empty one.
    """

    def fold(self, name: str, value: str) -> str:
        if (kind := name.lower()) in {"from", "to", "reply-to", "subject"}:
            return f"{name}: {_mailboxes(value) if kind != 'subject' else _encoded(value, used=9)}\r\n"
        if kind in {"message-id", "in-reply-to", "list-id", "list-unsubscribe-post"}:
            return f"{name}: {value}\r\n"
        if kind in {"references", "list-unsubscribe"}:
            return f"{name}: {_SPACE_BETWEEN.sub(_NEXT_LINE, value)}\r\n"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


# Between identifiers in angle brackets, of which none holds a blank.
_SPACE_BETWEEN, _NEXT_LINE = re.compile(r" (?=<)"), "\r\n "
# A field and the lines that it goes on in.
_ADDED = re.compile(rb"(?im)^(?:date|dkim-signature):[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*")
_MAIL = _MailPolicy(linesep="\r\n")


def _encoded(text: str, used: int) -> str:
    """``text`` for a header line on which ``used`` columns are taken; folded, as encoded words where needed."""
    if text.isascii() and "=?" not in text:
        return Header(text, "us-ascii", maxlinelen=76 - used).encode(linesep="\r\n")
    return Header(text, "utf-8", maxlinelen=76 - used).encode(linesep="\r\n")


def _mailboxes(value: str) -> str:
    boxes = getattr(value, "addresses", ())
    return ",\r\n ".join(_mailbox(box) for box in boxes)


def _mailbox(box: Address) -> str:
    if box.display_name.isascii() and "=?" not in box.display_name:
        return formataddr((box.display_name, box.addr_spec))
    return f"{_encoded(box.display_name, used=6)}\r\n <{box.addr_spec}>"


class _Letterhead(Protocol):
    """What ``deliver.letterhead`` adds to a mail."""

    def sender(self, sender: Sender, language: str | None) -> Sender: ...

    def headers(self, message: Message, sender: Sender) -> Iterable[tuple[str, str | Address]]: ...


def build_mime(message: Message, sender: Sender, letterhead: _Letterhead | None = None) -> EmailMessage:
    """The message as mail, without its Date: text and HTML as alternatives, then the attachments.

    The same arguments give the same bytes: identifiers and boundaries come from the message's key. The Date is that
    of sending, and ``dated`` adds it. Without a ``letterhead`` it is the mail that releases before 0.4.0 made.
    """
    mail = EmailMessage(policy=_MAIL)
    shown = letterhead.sender(sender, message.language) if letterhead is not None else sender
    mail["From"] = Address(display_name=shown.name, addr_spec=shown.address)
    mail["To"] = Address(display_name=message.recipient_name, addr_spec=message.recipient)
    mail["Subject"] = message.subject
    mail["Message-ID"] = message.key.message_id(sender.domain)
    earlier = [key.message_id(sender.domain) for key in message.key.earlier()]
    if earlier:
        mail["In-Reply-To"] = earlier[-1]
    if letterhead is not None:
        mail["References"] = " ".join([message.key.thread_id(sender.domain), *earlier])
        for name, value in letterhead.headers(message, sender):
            mail[name] = value
    elif earlier:
        mail["References"] = earlier[-1]
    mail["Auto-Submitted"] = "auto-generated"
    # Base64 for both texts: Korean triples in quoted-printable, and no line of ours can start with a dot.
    mail.set_content(message.text, charset="utf-8", cte="base64")
    mail.add_alternative(message.html, subtype="html", charset="utf-8", cte="base64")
    _show_pictures(mail, [item for item in message.attachments if item.content_id])
    mail.make_mixed()
    for item in message.attachments:
        if not item.content_id:
            mail.add_attachment(item.content, *item.media_type.split("/"), filename=item.filename)
    _fix_boundaries(mail, message.key)
    return mail


def dated(mime: bytes, at: datetime) -> bytes:
    """The bytes of a mail with ``at`` (aware) as its Date, in place of any that it had. Raises ValueError for a naive
    instant."""
    if at.tzinfo is None:
        raise ValueError("the time of sending has no time zone")
    return f"Date: {format_datetime(at.astimezone(UTC))}\r\n".encode("ascii") + unsent(mime)


def unsent(mime: bytes) -> bytes:
    """The bytes of a mail (its lines end with CRLF) without what sending adds to it: its Date, and its signature."""
    head, end, body = mime.partition(b"\r\n\r\n")
    return _ADDED.sub(b"", head + b"\r\n").removesuffix(b"\r\n") + end + body


def _show_pictures(mail: EmailMessage, pictures: list[Attachment]) -> None:
    html = mail.get_body(("html",))
    if not isinstance(html, EmailMessage):
        raise TypeError("the mail has no HTML part")
    for picture in pictures:
        main, sub = picture.media_type.split("/")
        html.add_related(
            picture.content, main, sub, cid=f"<{picture.content_id}>", filename=picture.filename, disposition="inline"
        )


def _fix_boundaries(mail: EmailMessage, key: MessageKey) -> None:
    # "=_" occurs in no base64 or quoted-printable line, so a boundary cannot occur in the content.
    multiparts = [part for part in mail.walk() if part.is_multipart()]
    for number, part in enumerate(multiparts):
        part.set_boundary(f"=_{key.digest()[:32]}_{number}")
