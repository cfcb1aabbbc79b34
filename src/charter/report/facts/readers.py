"""Who gets a department's report of a week or a month.

Whom departments.yaml names for it (``heads``), and the addresses of reports.yaml, which get the whole agency's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from charter.definitions.models import Agency, Recipient, ReportDefinition


def readers_on(agency: Agency, definition: ReportDefinition | None, day: date) -> dict[str, tuple[Recipient, ...]]:
    """Who gets the reports that go out on ``day``, by department. Without a ``definition``: the heads."""
    heads = {each.id: each.recipients_on(day) for each in agency.organisation.departments}
    return _with_addresses(agency, definition, heads, day)


def all_readers(agency: Agency, definition: ReportDefinition | None) -> dict[str, tuple[Recipient, ...]]:
    """As ``readers_on``, of everybody who is named, whenever their time is."""
    heads = {each.id: each.recipients for each in agency.organisation.departments}
    return _with_addresses(agency, definition, heads, date.max)


def top_department(agency: Agency, day: date) -> str:
    """The department that is the whole agency, as it stands on ``day``."""
    tops = [each for each in agency.organisation.departments if any(place.parent is None for place in each.placements)]
    holding = [
        each.id for each in tops if any(place.parent is None and place.holds_on(day) for place in each.placements)
    ]
    return holding[0] if holding else tops[-1].id


def _with_addresses(
    agency: Agency, definition: ReportDefinition | None, heads: dict[str, list[Recipient]], day: date
) -> dict[str, tuple[Recipient, ...]]:
    if definition is None:
        return {name: tuple(people) for name, people in heads.items()}
    found = {name: tuple(people) if definition.goes_to_heads else () for name, people in heads.items()}
    top = top_department(agency, day)
    found[top] = (*found[top], *_unnamed(definition.addresses, found[top]))
    return found


def addresses_of(agency: Agency, definition: ReportDefinition, day: date) -> list[str]:
    """The mailboxes that get the whole agency's report on ``day`` by their address in reports.yaml. A digest of what is
    at risk comes beside that of the department; of a week or a month nobody gets the same report twice."""
    if definition.period == "working_day":
        return definition.addresses
    named = readers_on(agency, definition, day)[top_department(agency, day)]
    return [person.mailbox for person in named if not person.name]


def _unnamed(addresses: Sequence[str], already: Sequence[Recipient]) -> list[Recipient]:
    known = {person.mailbox for person in already}
    return [Recipient.model_construct(name="", address=each) for each in addresses if each not in known]
