"""The page that finds things: an index in a script, made when the site is built, which works from a folder, too."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from charter.base.moments import Period
from charter.report.render.templates import fill
from charter.report.site.checks import ChecksPage
from charter.report.site.departments import department_page
from charter.report.site.permanent import figure_folder, newest_page
from charter.report.site.record_facts import ClosedWeek, JudgedNight

KINDS = ("standard", "department", "source", "figure", "week", "night", "check")

# What is found: its kind, its title, what else it is found by (ids, titles in other languages), and its page.
Entry = tuple[str, str, str, str]


class SearchPage(ChecksPage):
    """The page that searches, and the index that it reads."""

    def html(self) -> str:
        """The page."""
        frame = self.frame("search", self.words("site.search"))
        return fill(self.settings, "site_search.html.j2", frame=frame, t=self.words, index=self.index_name)

    @property
    def index_name(self) -> str:
        """The index's place in the site's folder."""
        return f"search-index{self.edition.ending.removesuffix('.html')}.js"

    def index(self, nights: Sequence[JudgedNight], weeks: Sequence[ClosedWeek]) -> str:
        """The index as a script: a page that is opened from a folder may read scripts, and no other files."""
        entries = [
            *self._of_standards(),
            *self._of_departments(),
            *self._of_sources(),
            *self._of_figures(),
            *self._of_weeks(weeks),
            *self._of_nights(nights),
            *self._of_checks(),
        ]
        kinds = {kind: self.words(f"site.found.{kind}") for kind in KINDS}
        told = json.dumps({"kinds": kinds, "entries": entries}, ensure_ascii=False, separators=(",", ":"))
        return f"window.charterIndex = {told};\n"

    def _of_standards(self) -> Iterator[Entry]:
        for standard in self.tables.standards.values():
            also = self._also(standard.id, standard.citation, texts=standard.text)
            yield "standard", self.maker.title(standard.id), also, f"standards/{standard.id}{self.edition.ending}"

    def _of_departments(self) -> Iterator[Entry]:
        for each in self.tables.departments.values():
            name, also = self.words.pick(each.name), self._also(each.id, texts=each.name)
            yield "department", name, also, department_page(each.id, self.edition.ending)

    def _of_sources(self) -> Iterator[Entry]:
        for source in self.tables.agency.sources:
            also = self._also(source.id, texts=source.text.root)
            yield "source", self.maker.source(source.id), also, f"sources{self.edition.ending}#{source.id}"

    def _of_figures(self) -> Iterator[Entry]:
        """The closed week's figures by their names, as people copy them from a report: of a standard, and of a
        department."""
        for standard_id in self.tables.standards:
            page = newest_page(
                figure_folder(self.settings.site_dir, self.tables.week, standard_id), self.edition.ending
            )
            href = self._place(page) if page else f"standards/{standard_id}{self.edition.ending}"
            title = self.maker.title(standard_id)
            yield "figure", self.maker.figure(standard_id, None), title, href
            for item in self.extra.by_department.get(standard_id, ()):
                name = self.maker.name(item.department_id)
                yield "figure", self.maker.figure(standard_id, item.department_id), f"{title} {name}", href

    def _of_weeks(self, weeks: Sequence[ClosedWeek]) -> Iterator[Entry]:
        for each in weeks:
            week = Period("week", each.start, each.start + timedelta(days=6))
            page = newest_page(self.settings.site_dir / "weeks" / week.key(), self.edition.ending)
            if page:
                title = f"{self.phrases.week(each.start)} ({self.phrases.span(week.start, week.end)})"
                yield "week", title, week.key(), self._place(page)

    def _of_nights(self, nights: Sequence[JudgedNight]) -> Iterator[Entry]:
        for night in nights:
            page = newest_page(self.settings.site_dir / "nights" / night.day.isoformat(), self.edition.ending)
            if page:
                yield "night", self.phrases.full_day(night.day), night.day.isoformat(), self._place(page)

    def _of_checks(self) -> Iterator[Entry]:
        for check in self.extra.checks:
            also = self._also(check.suite, check.expectation, "" if self.edition.is_own else check.description)
            yield "check", self.described(check), also, self.page_of(check)

    def _also(self, *names: str, texts: Mapping[str, str] | None = None) -> str:
        others = (text for language, text in (texts or {}).items() if language != self.words.language)
        return " ".join(filter(None, (*names, *others)))

    def _place(self, page: Path) -> str:
        return page.relative_to(self.settings.site_dir).as_posix()
