"""departments.yaml: the departments that promised it, and the people who get their reports."""

from __future__ import annotations

from datetime import date

from pydantic import ConfigDict, Field, field_validator, model_validator

from charter.base.mail_address import MailAddress, MailDomain
from charter.definitions.models.common import (
    Identifier,
    Language,
    Name,
    OneLine,
    Strict,
    ZoneName,
)


class Recipient(Strict):
    """Someone who gets a department's reports, in ``language`` (the agency's own when not given).

    ``from`` and ``to`` are the first and the last day on which reports that go out are theirs; without them there is
    no first, or no last. ``instead_of`` is the mailbox of the one whom they stand in for in that time: reports go to
    them alone. With ``digest`` their mailbox gets one mail a week, with a section for each department that says so.
    """

    model_config = ConfigDict(populate_by_name=True)

    name: OneLine
    address: str = Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+$")
    language: Language | None = None
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None
    instead_of: str | None = None
    digest: bool = False

    @property
    def mailbox(self) -> str:
        """The address in the one spelling by which the outbox knows it."""
        return self.address.lower()

    def gets_reports_on(self, day: date) -> bool:
        """Whether the day lies in their time."""
        return (self.from_ is None or self.from_ <= day) and (self.to is None or day <= self.to)

    def meets(self, other: Recipient) -> bool:
        """Whether there is a day in the time of both."""
        first = max(self.from_ or date.min, other.from_ or date.min)
        return first <= min(self.to or date.max, other.to or date.max)

    @model_validator(mode="after")
    def _in_order(self) -> Recipient:
        if self.from_ is not None and self.to is not None and self.from_ > self.to:
            raise ValueError("'from' is later than 'to'")
        return self


class Placement(Strict):
    """Where a department stood in the hierarchy from ``effective_from`` to ``effective_to`` (included).

    ``name`` and ``kind`` are what it was called, and was, in that time, where that is not the department's.
    """

    effective_from: date
    effective_to: date | None = None
    parent: Identifier | None = None
    name: Name | None = None
    kind: Identifier | None = None

    def holds_on(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


class Department(Strict):
    """A unit of the agency. ``aliases`` are the names under which source systems know it.

    Of the ``catch_all`` are all names that no department has, and that resemble none of theirs.
    """

    id: Identifier
    name: Name
    kind: Identifier
    time_zone: ZoneName
    placements: list[Placement] = Field(min_length=1)
    aliases: list[OneLine] = Field(default_factory=list)
    catch_all: bool = False
    recipients: list[Recipient] = Field(default_factory=list)

    def recipients_on(self, day: date) -> list[Recipient]:
        """Who gets the reports that go out on ``day``: those whose time it is, but for those whom somebody else stands
        in for."""
        present = [person for person in self.recipients if person.gets_reports_on(day)]
        away = {person.instead_of.lower() for person in present if person.instead_of is not None}
        return [person for person in present if person.mailbox not in away]

    @property
    def kinds(self) -> frozenset[str]:
        """What it is, was or will be, over all its placements."""
        return frozenset(placed.kind or self.kind for placed in self.placements)

    def every_name(self) -> list[str]:
        """Every name that it has or had, in any language, and its aliases; each once."""
        names = [self.name, *(placed.name for placed in self.placements if placed.name is not None)]
        return list(dict.fromkeys([*(text for name in names for text in name.root.values()), *self.aliases]))


class Approver(Strict):
    """Someone who may approve waivers. Figures know them by their ``role``; the register by their mailbox, too."""

    role: OneLine
    address: str = Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+$")


class MailRules(Strict):
    """From whom mails with reports come, and where they may go.

    ``from_name`` is the name that recipients see, in the language of their mail. Answers go to ``reply_to``. Whoever
    wants no further mails writes to ``unsubscribe``; or presses a button that asks ``one_click`` (RFC 8058), an address
    of https in which ``{token}`` stands for the recipient. Mails go to the ``domains`` alone; to every one when there
    are none.
    """

    from_name: Name | None = None
    reply_to: MailAddress | None = None
    unsubscribe: MailAddress | None = None
    one_click: str | None = None
    domains: list[MailDomain] = Field(default_factory=list)

    @field_validator("one_click")
    @classmethod
    def _names_the_recipient(cls, address: str | None) -> str | None:
        if address is None:
            return None
        is_plain = address.isascii() and address.isprintable() and not any(sign in address for sign in ' <>,"')
        if not is_plain or not address.startswith("https://") or address.count("{token}") != 1:
            raise ValueError(f"'{address}' is not an address such as https://agency.example/unsubscribe/{{token}}")
        return address


class Organisation(Strict):
    """departments.yaml: the departments that promised it, the people who get their reports, those who may approve
    that a standard does not apply for a time, and what holds for all mails. Where nobody may approve,
    ``charter waive`` writes no waivers."""

    departments: list[Department] = Field(min_length=1)
    approvers: list[Approver] = Field(default_factory=list)
    mail: MailRules = MailRules()
