"""Where mails may go: a message to any other domain is refused before a server hears of it."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from charter.base.errors import Problem, SettingError
from charter.base.mail_address import MailDomain, domain_of
from charter.base.settings import Settings
from charter.definitions import Agency

SETTING = "CHARTER_MAIL_DOMAINS"
NOT_ALLOWED = "not sent: no mail may go to "


@dataclass(frozen=True)
class AllowedDomains:
    """The domains that the ``agency`` (departments.yaml) and the ``installation`` (CHARTER_MAIL_DOMAINS) allow; None
    where one of them names none, and allows all."""

    agency: frozenset[str] | None = None
    installation: frozenset[str] | None = None

    @classmethod
    def of(cls, settings: Settings, agency: Agency) -> AllowedDomains:
        """What holds for the agency in this installation. Raises SettingError for what is no domain."""
        named = settings.environment.get(SETTING, "").replace(",", " ").split()
        return cls(
            agency=frozenset(agency.organisation.mail.domains) or None,
            installation=frozenset(_domains(named)) or None,
        )

    def objection(self, address: str) -> str | None:
        """Why nothing may be sent to an address; None when it may."""
        domain = domain_of(address)
        for allowed, where in ((self.agency, "departments.yaml, mail: domains"), (self.installation, SETTING)):
            if allowed is not None and domain not in allowed:
                return f"{NOT_ALLOWED}{domain} ({where} names {', '.join(sorted(allowed))})"
        return None


def _domains(named: list[str]) -> list[str]:
    problems, domains = [], []
    for each in named:
        try:
            domains.append(TypeAdapter(MailDomain).validate_python(each))
        except ValidationError:
            problems.append(
                Problem(f"'{each}' is no mail domain", SETTING, "name domains such as agency.example, in ASCII")
            )
    if problems:
        raise SettingError.of(problems)
    return domains
