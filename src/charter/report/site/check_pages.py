"""A page for each check: what it asserts, what it came to night after night, and the cases that broke it last."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from charter import __version__
from charter.base.settings import Settings
from charter.report.facts.filed import write_pages
from charter.report.render.templates import fill, template_files
from charter.report.site.blocks import Link
from charter.report.site.check_blocks import Failing, MonthLine, NightLine, Square, WeekOfNights
from charter.report.site.check_history import CheckHistory, CheckName, CheckNight
from charter.report.site.checks import ChecksPage, check_page
from charter.report.site.editions import Edition
from charter.report.site.facts import CheckRow
from charter.report.site.frame import frame_of
from charter.report.site.page import OUTCOMES, SiteFacts
from charter.report.site.sealed import SealedPages
from charter.report.view.phrases import from_source

_TEMPLATES = ("site_check.html.j2", "site_base.html.j2", "site_parts.html.j2")
_TOLD = re.compile(rb'<meta name="told" content="([0-9a-f]{64})">')
_HEAD = 2_000
_PASSED = ("kept", "nothing_due")
_DAYS = 7


class CheckPages(ChecksPage):
    """The pages of all checks in one language."""

    def __init__(
        self,
        settings: Settings,
        facts: SiteFacts,
        edition: Edition,
        descriptions: Mapping[CheckName, str],
    ) -> None:
        super().__init__(settings, facts, edition, descriptions)
        # A thousand pages show the same days, weeks and outcomes.
        self._day = cache(self.phrases.day)
        self._week = cache(self.phrases.week)
        self._month = cache(self.phrases.month)
        self._counts_of = cache(self._counted)
        self._number = cache(self._shown)
        self._of_outcome = cache(self.outcome)
        self._no_night = self.words("site.no_night")

    def write(self, histories: Mapping[CheckName, CheckHistory], sealed: SealedPages) -> Iterator[Path]:
        """Writes the page of each check of the night whose page tells something else, and gives these.

        A page is written anew in a night that changed something, and when a week has ended: that one check passed once
        more, of some more rows, waits until then. So a night costs what changed in it. One that is not as it was sealed
        is written anew, too: a run was cut short, or somebody altered it.
        """
        return write_pages(self.settings.site_dir, self._changed(histories, sealed))

    def _changed(self, histories: Mapping[CheckName, CheckHistory], sealed: SealedPages) -> Iterator[tuple[str, str]]:
        made_of = self._made_of()
        for check in self.extra.checks:
            history = histories[check.suite, check.expectation]
            told = self._told(check, history, made_of)
            place = self.page_of(check)
            path = self.settings.site_dir / place
            if _told_by(path) != told or not sealed.holds(path):
                yield place, self._html(check, history, told)

    def _made_of(self) -> str:
        """What the pages look like beside what they tell: release, templates and words."""
        digest = hashlib.sha256(json.dumps([__version__, dict(self.words.texts)], sort_keys=True).encode())
        for template in template_files(self.settings, _TEMPLATES):
            digest.update(template.read_bytes())
        return digest.hexdigest()

    def _told(self, check: CheckRow, history: CheckHistory, made_of: str) -> str:
        closed = _closed_until(history.nights)
        failure = history.failure
        told = (
            made_of,
            self.edition.languages,
            self._facts(check),
            [(str(night.day), night.outcome, night.unexpected) for night in history.nights if night.day <= closed],
            _changes([night for night in history.nights if night.day > closed]),
            [(str(month.month), sorted(month.outcomes.items())) for month in history.months],
            (str(failure.day) if failure and failure.day <= closed else "", failure.ids if failure else ()),
        )
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()

    def _html(self, check: CheckRow, history: CheckHistory, told: str) -> str:
        title = self.described(check)
        root = "../../"
        switch = check_page(check.suite, check.expectation).rpartition("/")[2]
        return fill(
            self.settings,
            "site_check.html.j2",
            frame=frame_of(self.settings, self.edition, self.phrases, self.tables.run, switch, title, root),
            t=self.words,
            told=told,
            line=self.line(check),
            facts=self._facts(check),
            failing=self._failing(history),
            weeks=tuple(self._weeks(history.nights)),
            nights=tuple(self._night(night) for night in reversed(history.nights)),
            months=tuple(
                MonthLine(self._month(each.month), self._counts_of(tuple(each.outcomes.items())))
                for each in history.months
            ),
            legend=tuple(self.outcome(each) for each in OUTCOMES),
        )

    def _facts(self, check: CheckRow) -> tuple[tuple[str, Link], ...]:
        """What the check belongs to, each with the page that tells more of it, where there is one."""
        words, ending, root = self.words, self.edition.ending, "../../"
        facts: list[tuple[str, Link]] = []
        if check.standard_id in self.tables.standards and check.standard_id is not None:
            title = self.maker.title(check.standard_id)
            facts.append((words("label.standard"), Link(title, f"{root}standards/{check.standard_id}{ending}")))
            facts.append((words("site.clause"), Link(self.tables.standards[check.standard_id].citation, "")))
        if check.source_id in self.maker.sources and check.source_id is not None:
            source = self.maker.source(check.source_id)
            facts.append((words("label.source"), Link(source, f"{root}sources{ending}#{check.source_id}")))
        kind = words(f"site.expectation_kind_{check.kind}")
        facts.append((words("site.check_suite"), Link(f"{check.suite} ({kind})", "")))
        facts.append((words("site.expectation"), Link(check.expectation, "")))
        if check.table_name:
            facts.append((words("site.row_table"), Link(check.table_name, "")))
        severity = words.or_else(f"site.severity_{check.severity}", check.severity)
        facts.append((words("site.severity"), Link(severity, "")))
        return tuple(facts)

    def _failing(self, history: CheckHistory) -> Failing | None:
        failure = history.failure
        if failure is None:
            return None
        heading = self.words("site.check_failing", day=self.phrases.full_day(failure.day))
        shown, count = self.phrases.whole(len(failure.ids)), self.phrases.whole(failure.unexpected)
        if not failure.ids:
            said = self.words("site.check_failing_no_ids", count=count)
        elif len(failure.ids) < failure.unexpected:
            said = self.words("site.check_failing_some", shown=shown, count=count)
        else:
            said = self.words("site.check_failing_all", count=count)
        return Failing(heading, said, tuple(from_source(each) for each in failure.ids))

    def _weeks(self, nights: Sequence[CheckNight]) -> Iterator[WeekOfNights]:
        """A row for each week from the first of the nights on, the newest first."""
        if not nights:
            return
        by_day = {night.day: night for night in nights}
        first, last = nights[0].day, nights[-1].day
        monday = last - timedelta(days=last.weekday())
        while monday > first - timedelta(days=_DAYS):
            days = [monday + timedelta(days=number) for number in range(_DAYS)]
            squares = tuple(self._square(day, by_day.get(day), first <= day <= last) for day in days)
            yield WeekOfNights(self._week(monday), squares)
            monday -= timedelta(days=_DAYS)

    def _square(self, day: date, night: CheckNight | None, judged: bool) -> Square:
        if night is not None:
            outcome = self._of_outcome(night.outcome)
            return Square(outcome, str(day.day), f"{self._day(day)}: {outcome.text}")
        return Square(None, str(day.day), f"{self._day(day)}: {self._no_night}" if judged else "")

    def _night(self, night: CheckNight) -> NightLine:
        return NightLine(
            day=self._day(night.day),
            outcome=self._of_outcome(night.outcome),
            evaluated=self._number(night.evaluated),
            unexpected=self._number(night.unexpected),
            reason=self.reason(night.outcome, night.error),
        )

    def _shown(self, number: int | None) -> str:
        return self.words("rate.none") if number is None else self.phrases.whole(number)

    def _counted(self, counts: tuple[tuple[str, int], ...]) -> str:
        outcomes = dict(counts)
        return self.phrases.list(
            [self.counted(f"result.{each}", outcomes[each]) for each in OUTCOMES if each in outcomes]
        )


def _closed_until(nights: Sequence[CheckNight]) -> date:
    """The last day of the newest week that has ended."""
    last = nights[-1].day if nights else date.min + timedelta(days=_DAYS)
    return last if last.weekday() == _DAYS - 1 else last - timedelta(days=last.weekday() + 1)


def _changes(nights: Sequence[CheckNight]) -> list[tuple[str, str, int | None, str]]:
    """The nights in which something changed: not those that passed as the one before did."""
    changed: list[tuple[str, str, int | None, str]] = []
    before: tuple[str, int | None, str] | None = None
    for night in nights:
        # Passed, or passed with nothing due, is the same; the first night of a week may pass as the last week's did.
        passed = night.outcome in _PASSED
        state = ("passed", 0, "") if passed else (night.outcome, night.unexpected, night.error)
        if state != before and not (before is None and passed):
            changed.append((str(night.day), *state))
        before = state
    return changed


def _told_by(path: Path) -> str | None:
    """What a page says that it tells; None when there is no such page."""
    try:
        with path.open("rb") as file:
            found = _TOLD.search(file.read(_HEAD))
    except OSError:
        return None
    return found[1].decode() if found else None
