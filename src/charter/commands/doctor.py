"""`charter doctor`: how the installation stands, read at 3 a.m. by whoever was woken."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.text import Text

from charter.commands.terminal import BAD, GOOD, LANGUAGE, NOTE, counted, out, say

if TYPE_CHECKING:
    from charter.health.examine import Examination
    from charter.health.finding import Finding, State
    from charter.health.place import Place
    from charter.health.say import Said

_NOT_KNOWN = "[yellow]?[/yellow]"
# As monitoring systems read an exit status (Nagios and its heirs): warning, critical, unknown.
_STATUS = {"ok": 0, "warning": 1, "failure": 2, "unknown": 3}
_NAMES = {"failure": ("failure", "failures"), "unknown": ("not known", "not known"), "warning": ("warning", "warnings")}


@click.command(short_help="How the installation stands: what is wrong, where, and what to do.")
@click.option("--json", "as_json", is_flag=True, help="For programs: everything that was found, as JSON.")
@click.option("--quick", is_flag=True, help="Ask no other machine, and read little: what `charter watch` looks at.")
@click.option("--at", "at", metavar="WHEN", help="As if it were that time: an instant with its offset.")
def doctor(as_json: bool, quick: bool, at: str | None) -> None:
    """Look at everything that keeps the nights going, the gravest first, and change nothing.

    The exit status is as monitoring systems read it: 0 in order, 1 a warning, 2 a failure, 3 something could not be
    looked at.
    """
    from charter.base.errors import SettingError
    from charter.base.settings import Settings
    from charter.health.examine import Examination
    from charter.health.finding import gravest, of_problems
    from charter.health.place import open_place
    from charter.notices.examined import examined

    now = _instant(at)
    place: Place | None = None
    try:
        place = open_place(Settings.from_environment())
        found = examined(place, now, everything=not quick, is_now=at is None)
    except SettingError as error:
        # There is no installation: all that can be said is why.
        found = Examination(now, (of_problems("settings/installation", "setting_wrong", error.problems),), frozenset())
    (_as_json if as_json else _as_table)(place, found)
    state: State = gravest(finding.state for finding in found.findings)
    raise click.exceptions.Exit(_STATUS[state.value])


def _instant(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("write an instant such as 2026-07-06T10:00:00+09:00", param_hint="--at") from error
    if instant.tzinfo is None:
        raise click.BadParameter("give the offset from UTC: 2026-07-06T10:00:00+09:00", param_hint="--at")
    return instant.astimezone(UTC)


def _in_words(place: Place | None, finding: Finding) -> Said:
    from zoneinfo import ZoneInfo

    from charter.health.say import said, words_or_none

    if place is None:
        return said(None, finding, ZoneInfo("UTC"))
    own = tuple(place.charter.charter.languages) if place.charter is not None else ()
    return said(words_or_none(place.settings, LANGUAGE, own), finding, place.zone, place.charter)


def _gravest_first(found: Examination) -> list[Finding]:
    return sorted(found.findings, key=lambda finding: -finding.state.gravity)


def _as_json(place: Place | None, found: Examination) -> None:
    from charter.health.finding import gravest

    findings = []
    for finding in _gravest_first(found):
        words = _in_words(place, finding)
        findings.append(
            {
                "cause": finding.cause,
                "state": finding.state.value,
                "code": finding.code,
                "what": words.what,
                "where": words.where,
                "remedy": words.remedy,
                "since": finding.since.isoformat() if finding.since else None,
                "amount": finding.amount,
                "values": finding.values,
            }
        )
    state = gravest(finding.state for finding in found.findings)
    content = {"now": found.now.isoformat(), "state": state.value, "findings": findings}
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


def _as_table(place: Place | None, found: Examination) -> None:
    width = max((len(finding.probe) for finding in found.findings), default=0)
    for finding in _gravest_first(found):
        words = _in_words(place, finding)
        _row(_mark(finding.state), finding.probe.ljust(width), words.what)
        if finding.code:
            for line in filter(None, (_place_of(words), words.remedy and f"→ {words.remedy}")):
                _row(" ", " " * width, line)
    say(_summary(found))


def _place_of(words: Said) -> str:
    return " · ".join(filter(None, (words.where, words.since and f"since {words.since}")))


def _mark(state: State) -> str:
    return {"ok": GOOD, "warning": NOTE, "unknown": _NOT_KNOWN, "failure": BAD}[state.value]


def _row(mark: str, name: str, text: str) -> None:
    """A row of the table, whose last cell goes on below itself where the terminal is too narrow."""
    indent = 2 + len(name) + 2
    lines = [text]
    if out.is_terminal and out.width > indent + 20:
        lines = [line.plain.rstrip() for line in Text(text).wrap(out, out.width - indent)]
    for number, line in enumerate(lines):
        start = f"{mark} {name}  " if number == 0 else " " * indent
        out.print(f"{start}{escape(line)}", soft_wrap=True)


def _summary(found: Examination) -> str:
    count = Counter(finding.state.value for finding in found.findings)
    parts = [counted(count[state], one, many) for state, (one, many) in _NAMES.items() if count[state]]
    well = f"{count['ok']} in order"
    return f"{', '.join(parts)}; {well}" if parts else f"all {well}"
