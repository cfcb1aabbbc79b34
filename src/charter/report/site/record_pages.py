"""The permanent page of each night and each closed week, and the page that leads to them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

from charter.base.moments import Period, end_of_day, stamp
from charter.report.facts.filed import write_file
from charter.report.facts.warehouse import Warehouse
from charter.report.render.templates import fill
from charter.report.site.blocks import Frame, Link
from charter.report.site.check_blocks import (
    NightLink,
    NightOutcome,
    NightSource,
    NightStandard,
    WeekLink,
    WeekStandard,
    YearOfWeeks,
)
from charter.report.site.checks import LOOK_AT, ChecksPage
from charter.report.site.facts import CheckRow, checks_of_night
from charter.report.site.frame import frame_of
from charter.report.site.page import OUTCOMES
from charter.report.site.permanent import Revision, newest_page, write_once
from charter.report.site.record_facts import ClosedWeek, JudgedNight, StandardWeek
from charter.report.site.sealed import SealedPages

# A backfill's nights are written a month a night, so that none takes long.
MOST_PAGES = 40
_DAYS = 7


class RecordPages(ChecksPage):
    """Nights and weeks in one language."""

    def write(
        self,
        warehouse: Warehouse,
        nights: Sequence[JudgedNight],
        weeks: Sequence[ClosedWeek],
        sealed: SealedPages,
    ) -> Iterator[Path]:
        """Writes what is not written yet of ``nights`` and ``weeks`` (the newest first), and gives it."""
        ending, folder = self.edition.ending, self.settings.site_dir
        yield from islice(self._write_nights(warehouse, nights, sealed), MOST_PAGES)
        yield from islice(self._write_weeks(weeks, sealed), MOST_PAGES)
        yield write_file(folder / f"record{ending}", self._record(nights, weeks).encode())

    def _write_nights(self, warehouse: Warehouse, nights: Sequence[JudgedNight], sealed: SealedPages) -> Iterator[Path]:
        for night in nights:
            page = partial(self._night_page, warehouse, night)
            yield from write_once(self._night_folder(night.day), self.edition.ending, night.figures, page, sealed.names)

    def _write_weeks(self, weeks: Sequence[ClosedWeek], sealed: SealedPages) -> Iterator[Path]:
        for week in weeks:
            page = partial(self._week_page, week)
            yield from write_once(self._week_folder(week.start), self.edition.ending, week.figures, page, sealed.names)

    def _night_folder(self, day: date) -> Path:
        return self.settings.site_dir / "nights" / day.isoformat()

    def _week_folder(self, start: date) -> Path:
        return self.settings.site_dir / "weeks" / _week(start).key()

    def _frame_as_of(self, as_of: datetime, title: str, root: str) -> Frame:
        """The frame of what was said as of another night: it names that night's seal."""
        run = replace(self.tables.run, as_of=as_of)
        return frame_of(self.settings, self.edition, self.phrases, run, "index", title, root)

    def _night_page(self, warehouse: Warehouse, night: JudgedNight, revision: Revision) -> str:
        checks = checks_of_night(warehouse, night.as_of, self.edition.languages[0])
        day = self.phrases.full_day(night.day)
        return fill(
            self.settings,
            "site_night.html.j2",
            frame=self._frame_as_of(night.as_of, self.words("site.night_title", day=day), revision.root),
            t=self.words,
            figures=night.figures,
            revision=revision,
            counts=self._counts(checks),
            periods=[(kind, self.words(f"period.{kind}")) for kind in self.tables.agency.charter.period_kinds],
            standards=tuple(self._night_standards(checks)),
            look=tuple(self.line(check) for check in checks if check.kind != "threshold" and check.outcome in LOOK_AT),
            sources=tuple(self._night_sources(checks)),
            evidence=f"evidence/{stamp(night.as_of)}-nightly/manifest.json",
            command=f"charter checks show {night.day}",
        )

    def _night_standards(self, checks: Sequence[CheckRow]) -> Iterator[NightStandard]:
        judged: dict[str, dict[str, CheckRow]] = defaultdict(dict)
        for check in checks:
            if check.kind == "threshold" and check.standard_id and check.period_kind:
                judged[check.standard_id][check.period_kind] = check
        order = [*self.tables.standards, *sorted(judged.keys() - self.tables.standards.keys())]
        for standard_id in [each for each in order if each in judged]:
            found = judged[standard_id]
            yield NightStandard(
                title=self._title(standard_id),
                outcomes={
                    kind: NightOutcome(self.outcome(check.outcome), self._share(check), self.line(check).error)
                    for kind, check in found.items()
                },
            )

    def _title(self, standard_id: str) -> str:
        """A standard that the charter has no more is called by its id."""
        return self.maker.title(standard_id) if standard_id in self.tables.standards else standard_id

    def _night_sources(self, checks: Sequence[CheckRow]) -> Iterator[NightSource]:
        for check in checks:
            source_id, _, asked = check.expectation.rpartition("/")
            if check.suite == "contract_sources" and asked == "last_day":
                name = self.maker.source(source_id) if source_id in self.maker.sources else source_id
                yield NightSource(name, self.outcome(check.outcome), self.line(check).error)

    def _week_page(self, week: ClosedWeek, revision: Revision) -> str:
        period = _week(week.start)
        as_of = end_of_day(period.end, self.tables.agency.zone)
        title = self.words(
            "site.week_title", week=self.phrases.week(week.start), span=self.phrases.span(week.start, period.end)
        )
        counts: Counter[str] = Counter(each.result for each in week.standards)
        found = {each.standard_id: each for each in week.standards}
        order = [*self.tables.standards, *sorted(found.keys() - self.tables.standards.keys())]
        return fill(
            self.settings,
            "site_week.html.j2",
            frame=self._frame_as_of(as_of, title, revision.root),
            t=self.words,
            figures=week.figures,
            revision=revision,
            known=self.phrases.as_of(self.tables.run.as_of),
            counts=self.phrases.list(
                [self.counted(f"result.{each}", counts[each]) for each in OUTCOMES if counts[each]]
            ),
            standards=tuple(self._week_standard(found[each]) for each in order if each in found),
            nights=tuple(self._week_nights(week, revision)),
        )

    def _week_standard(self, week: StandardWeek) -> WeekStandard:
        return WeekStandard(
            title=self._title(week.standard_id),
            result=self.outcome(week.result),
            nothing_counted=not week.components.any,
            components=self.maker.components(week.components),
            share=self.maker.share(week.components),
            no_data=self.words("standard.no_data_days", days=week.days_without_data) if week.days_without_data else "",
        )

    def _week_nights(self, week: ClosedWeek, revision: Revision) -> Iterator[Link]:
        judged = {night.day for night in week.nights}
        for day in (week.start + timedelta(days=number) for number in range(_DAYS)):
            href = f"{revision.root}nights/{day}/index{self.edition.ending}" if day in judged else ""
            yield Link(self.phrases.day(day), href)

    def _record(self, nights: Sequence[JudgedNight], weeks: Sequence[ClosedWeek]) -> str:
        """Every week, the newest first, with its nights; what is written already."""
        days = {night.day for night in nights}
        starts = {week.start for week in weeks} | {day - timedelta(days=day.weekday()) for day in days}
        years: dict[int, list[WeekLink]] = defaultdict(list)
        for start in sorted(starts, reverse=True):
            links = tuple(self._night_link(start + timedelta(days=number), days) for number in range(_DAYS))
            span = self.phrases.span(start, start + timedelta(days=_DAYS - 1))
            week = WeekLink(self._link(self.phrases.week(start), self._week_folder(start)), span, links)
            years[start.isocalendar().year].append(week)
        return fill(
            self.settings,
            "site_record.html.j2",
            frame=self.frame("record", self.words("site.record")),
            t=self.words,
            years=tuple(YearOfWeeks(str(year), tuple(found)) for year, found in years.items()),
        )

    def _night_link(self, day: date, judged: set[date]) -> NightLink:
        return NightLink(
            str(day.day), self.phrases.day(day), day in judged, self._link("", self._night_folder(day)).href
        )

    def _link(self, text: str, folder: Path) -> Link:
        page = newest_page(folder, self.edition.ending)
        return Link(text, page.relative_to(self.settings.site_dir).as_posix() if page else "")


def _week(start: date) -> Period:
    return Period("week", start, start + timedelta(days=_DAYS - 1))
