"""Who is told: the operators, and of a silent source the people of the department that owns it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from email.utils import getaddresses

from pydantic import TypeAdapter, ValidationError

from charter.base.errors import Problem, SettingError
from charter.base.mail_address import MailAddress
from charter.base.settings import Settings
from charter.definitions import Agency

OPERATORS = "CHARTER_OPERATORS"
LANGUAGE = "CHARTER_NOTICE_LANGUAGE"


@dataclass(frozen=True)
class Person:
    """A mailbox that is written to, in ``language`` (None: the usual one). ``department`` is whose sources they are
    told of, None of an operator, who is told of all."""

    address: str
    name: str = ""
    language: str | None = None
    department: str | None = None


def operators(settings: Settings) -> list[Person]:
    """The operators that CHARTER_OPERATORS names: mailboxes, with commas between. Raises SettingError."""
    text = settings.environment.get(OPERATORS, "")
    people, problems = [], []
    for name, address in getaddresses([text]) if text.strip() else []:
        try:
            mailbox = TypeAdapter(MailAddress).validate_python(address.lower())
        except ValidationError:
            remedy = "give mailboxes with commas between: ops@agency.example, Night desk <night@agency.example>"
            problems.append(Problem(f"'{address}' is no mailbox", OPERATORS, remedy))
        else:
            people.append(Person(mailbox, name))
    if problems:
        raise SettingError.of(problems)
    return people


def owners(agency: Agency, department: str, day: date) -> list[Person]:
    """The people of a department who get what is told on ``day``."""
    return [
        Person(each.mailbox, each.name, each.language, department)
        for unit in agency.organisation.departments
        if unit.id == department
        for each in unit.recipients_on(day)
    ]


def told_of_sources(agency: Agency, day: date) -> dict[str, tuple[str | None, list[Person]]]:
    """Of each source the department that owns it, and its people who are told on ``day`` that it is silent."""
    return {
        source.id: (source.owner, owners(agency, source.owner, day) if source.owner is not None else [])
        for source in agency.sources
    }


def owners_of_nobody(agency: Agency, day: date) -> list[str]:
    """The sources whose owner has nobody who could be told on ``day``."""
    return [
        source_id
        for source_id, (owner, people) in told_of_sources(agency, day).items()
        if owner is not None and not people
    ]
