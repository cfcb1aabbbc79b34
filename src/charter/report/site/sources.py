"""The page of the sources: which days each covers, and what became of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from charter.extract.night.fates import FeedFates
from charter.report.render.templates import fill
from charter.report.site.blocks import FatesLine, RowFateLine, SourceBlock, SourceLine
from charter.report.site.facts import FateRow, SourceDay
from charter.report.site.page import SitePage
from charter.report.view.models import RowView
from charter.report.view.phrases import from_source

# What landed and was never judged, though it may have had to be.
_TO_LOOK_AT = ("undecided", "unjudged", "orphan", "ahead")


class SourcesPage(SitePage):
    """Every source's days and rows."""

    def html(self) -> str:
        blocks = tuple(self._source(source.id) for source in self.tables.agency.sources)
        frame = self.frame("sources", self.words("site.sources"))
        return fill(self.settings, "site_sources.html.j2", frame=frame, t=self.words, sources=blocks)

    def _source(self, source_id: str) -> SourceBlock:
        last = self.extra.last_covered.get(source_id)
        return SourceBlock(
            id=source_id,
            name=self.maker.source(source_id),
            last_covered=self.phrases.day(last) if last else self.words("rate.none"),
            fates=tuple(self._fates(each) for each in self.fates if each.source_id == source_id),
            gaps=tuple(self._gap_spans(self.extra.gaps.get(source_id, ()))),
            row_fates=tuple(self._row_fate(fate) for fate in self.extra.row_fates if fate.source_id == source_id),
            look_at=self._look_at(source_id),
            days=tuple(self._source_day(day) for day in self.extra.source_days if day.source_id == source_id),
        )

    def _fates(self, fates: FeedFates) -> FatesLine:
        return FatesLine(
            table=fates.table,
            night=self.phrases.day(fates.night),
            read=self.phrases.whole(fates.read),
            landed=self.phrases.whole(fates.landed),
            unchanged=self.phrases.whole(fates.unchanged),
            refused=self.phrases.whole(fates.refused),
            waiting=self.phrases.whole(fates.waiting),
            left_out=self.phrases.whole(fates.left_out),
            merged=self.phrases.whole(fates.merged),
            deleted=self.phrases.whole(fates.deleted),
            withheld=self.phrases.whole(sum(found.missed for found in fates.withheld)),
            notes=tuple(self._fate_notes(fates)),
        )

    def _fate_notes(self, fates: FeedFates) -> Iterator[str]:
        words = self.words
        if fates.waiting_until is not None:
            moment = self.phrases.moment(fates.waiting_until)
            yield words(
                "site.fate_waiting",
                count=self.phrases.whole(fates.waiting),
                moment=moment,
                year=fates.waiting_until.year,
            )
        if fates.of_other_days:
            yield words("site.fate_of_other_days", count=self.phrases.whole(fates.of_other_days))
        if fates.caught:
            yield words("site.fate_caught", count=self.phrases.whole(fates.caught))
        for left in fates.left_out_rows or ():
            if left.why == "not_told":
                yield words("site.fate_not_told", count=self.phrases.whole(left.rows))
                continue
            reason = words(f"fate.{left.why}") if left.because is None else words.pick(left.because.root)
            places = f" ({self.phrases.list([from_source(place) for place in left.examples])})" if left.examples else ""
            yield words("site.fate_left_out", count=self.phrases.whole(left.rows), reason=reason, places=places)
        for found in fates.withheld:
            day = self.phrases.day(found.day) if found.day is not None else fates.table
            reason = words(f"fate.{found.because}")
            missed, known = self.phrases.whole(found.missed), self.phrases.whole(found.known)
            yield words("site.fate_withheld", place=day, missed=missed, known=known, reason=reason)
        if fates.corrected:
            yield words("site.fate_corrected", count=self.phrases.whole(fates.corrected))

    def _row_fate(self, fate: FateRow) -> RowFateLine:
        standard = self.maker.title(fate.standard_id) if fate.standard_id in self.tables.standards else fate.standard_id
        ahead = ""
        if fate.dated_ahead and fate.furthest_on:
            day = self.phrases.full_day(fate.furthest_on)
            ahead = self.words("site.row_fates_ahead", rows=self.phrases.whole(fate.dated_ahead), day=day)
        return RowFateLine(
            table=fate.table,
            fate=self.words(f"row_fate.{fate.fate}"),
            tone="no_data" if fate.fate in _TO_LOOK_AT else "",
            rows=self.phrases.whole(fate.rows),
            why=": ".join(filter(None, [standard, self.phrases.row_reason(fate.condition)])),
            ahead=ahead,
            example=from_source(fate.example_key),
        )

    def _look_at(self, source_id: str) -> str:
        """How many rows of a source ended where somebody should look; empty when there are none."""
        counts: Counter[str] = Counter()
        for fate in self.extra.row_fates:
            if fate.source_id == source_id and fate.fate in _TO_LOOK_AT:
                counts[fate.fate] += fate.rows
        return self.phrases.list([self.counted(f"row_fate.{fate}", count) for fate, count in sorted(counts.items())])

    def _source_day(self, day: SourceDay) -> SourceLine:
        return SourceLine(
            day=self.phrases.day(day.day),
            covered=day.covered,
            arrived=self.phrases.whole(day.arrived),
            landed=self.phrases.whole(day.landed),
            unchanged=self.phrases.whole(day.unchanged),
            quarantined=self.phrases.whole(day.quarantined),
            reason=self.phrases.reason(day.reason),
        )

    def _gap_spans(self, days: Sequence[SourceDay]) -> Iterator[RowView]:
        """Days without data, those in a row and with the same reason taken together."""
        start: SourceDay | None = None
        for number, day in enumerate(days):
            start = start or day
            following = days[number + 1] if number + 1 < len(days) else None
            if following is None or following.day != day.day + timedelta(days=1) or following.reason != start.reason:
                text = self.phrases.day(day.day) if start == day else self.phrases.span(start.day, day.day)
                yield RowView(text, self.phrases.reason(start.reason), "")
                start = None
