"""A finding in words, of any language that has a catalogue; and of none, so that it can be told when all is broken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from charter.base.agencies import in_own_commands, in_own_names
from charter.base.errors import CharterError
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.health.finding import Finding
from charter.words import Words


@dataclass(frozen=True)
class Said:
    """What is wrong, and what to do; ``since`` on the agency's clocks. Texts that do not apply are empty."""

    what: str
    remedy: str = ""
    since: str = ""
    where: str = ""


def words_or_none(settings: Settings, language: str, own: tuple[str, ...] = ()) -> Words | None:
    """The catalogue of a language; None where there is none to be had."""
    try:
        return Words.load(settings, language, own)
    except (CharterError, OSError):
        return None


def said(words: Words | None, finding: Finding, zone: ZoneInfo, agency: Agency | None = None) -> Said:
    """The finding in words; without a catalogue (``words``), or a text in it, by its code and values."""
    since = f"{finding.since.astimezone(zone):%Y-%m-%d %H:%M %Z}" if finding.since else ""
    where = in_own_names(finding.where)
    if not finding.code:
        return Said(finding.value, where=where)
    values: Mapping[str, str | int] = {**finding.values, **_named(words, finding, agency)}
    try:
        if words is None:
            raise KeyError(finding.code)
        what = words(f"notice.{finding.code}.what", **values)
        remedy = words(f"notice.{finding.code}.remedy", **values)
        if more := int(finding.values.get("more", 0)):
            what = f"{what} ({words('notice.more', count=more)})"
    except (CharterError, KeyError):
        shown = [f"{name} {value}" for name, value in finding.values.items() if name not in ("problem", "remedy")]
        what = str(finding.values.get("problem", "")) or ", ".join([finding.code.replace("_", " "), *shown])
        remedy = str(finding.values.get("remedy", ""))
    return Said(in_own_names(what), in_own_names(in_own_commands(remedy)), since, where)


def _named(words: Words | None, finding: Finding, agency: Agency | None) -> dict[str, str]:
    """How people call the source that a finding is of."""
    known = {source.id: source.text.root for source in agency.sources} if agency is not None else {}
    source = str(finding.values.get("source", ""))
    if words is not None and source in known:
        return {"name": words.pick(known[source])}
    return {"name": source} if source and "name" not in finding.values else {}
