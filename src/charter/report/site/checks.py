"""The page of the checks: what each found, what went wrong first."""

from __future__ import annotations

import re
from datetime import date

from charter.report.render.templates import fill
from charter.report.site.blocks import CheckGroup, CheckLine
from charter.report.site.facts import CheckRow
from charter.report.site.page import KINDS, OUTCOMES, SitePage
from charter.report.view.phrases import from_source

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class ChecksPage(SitePage):
    """Every check's outcome, by kind."""

    def html(self) -> str:
        # What went wrong first, then by suite.
        ordered = sorted(
            self.extra.checks, key=lambda check: (OUTCOMES.index(check.outcome), check.suite, check.expectation)
        )
        groups = tuple(
            CheckGroup(
                title=self.words(f"site.expectation_kind_{kind}"),
                counts=self.outcome_counts(kind),
                checks=tuple(self.line(check) for check in ordered if check.kind == kind),
            )
            for kind in KINDS
            if any(check.kind == kind for check in self.extra.checks)
        )
        frame = self.frame("expectations", self.words("site.expectations"))
        return fill(self.settings, "site_expectations.html.j2", frame=frame, t=self.words, groups=groups)

    def line(self, check: CheckRow) -> CheckLine:
        words = self.words
        period = ""
        if check.period_kind and check.period_start and check.period_end:
            kind = words(f"period.{check.period_kind}")
            first, last = self.phrases.day(check.period_start), self.phrases.day(check.period_end)
            span = first if first == last else words("date.span", start=first, end=last)
            period = f"{kind}: {span}"
        return CheckLine(
            anchor=_anchor(check),
            expectation=f"{check.suite} / {check.expectation}",
            description=self._described(check),
            standard_id=check.standard_id if check.standard_id in self.tables.standards else "",
            severity=words.or_else(f"site.severity_{check.severity}", check.severity),
            period=period,
            evaluated=words("rate.none") if check.evaluated is None else self.phrases.whole(check.evaluated),
            unexpected=words("rate.none") if check.unexpected is None else self.phrases.whole(check.unexpected),
            outcome=self.outcome(check.outcome),
            error=self._unanswered(check.error) if check.outcome == "no_data" else from_source(check.error),
        )

    def _described(self, check: CheckRow) -> str:
        """What a check says, with its standard's title in place of its id."""
        own = self.words.pick({self.edition.languages[0]: check.description})
        text = self.descriptions.get((check.suite, check.expectation), own)
        prefix, _, rest = text.partition(": ")
        if prefix == check.standard_id and prefix in self.tables.standards:
            return f"{self.maker.title(prefix)}: {rest}"
        return text

    def _unanswered(self, error: str) -> str:
        """What kept a check from an answer (``<source> <days>``, ``in_doubt:<rows>``) in words."""
        return self.phrases.titles([self._one_unanswered(part) for part in error.split("; ") if part])

    def _one_unanswered(self, part: str) -> str:
        code, _, count = part.partition(":")
        if code == "in_doubt" and count.isdigit():
            return self.words("site.check_in_doubt", count=self.phrases.whole(int(count)))
        source_id, _, days = part.partition(" ")
        if source_id not in self.maker.sources:
            return from_source(part)
        shown = _ISO_DAY.sub(lambda found: self.phrases.day(date.fromisoformat(found[0])), days)
        return self.words("site.check_silent", source=self.maker.source(source_id), days=shown)


def _anchor(check: CheckRow) -> str:
    """A name for a check's line that can stand in an address."""
    text = f"{check.suite}.{check.expectation}"
    return "".join(character if character.isalnum() or character in "._-" else "-" for character in text)
