"""The page of the checks: what needs a look first, all others folded, by standard and by source."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from charter.base.moments import PERIOD_KINDS
from charter.report.render.templates import fill
from charter.report.site.blocks import CheckLine, Link
from charter.report.site.check_blocks import CheckGroup, CheckSection, Choice, LookGroup, LookLine, ShortCheck
from charter.report.site.facts import CheckRow
from charter.report.site.page import OUTCOMES, SitePage
from charter.report.view.phrases import from_source

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# What a person should look at, the gravest first.
LOOK_AT = ("check_error", "broken", "no_data")


def check_page(suite: str, expectation: str) -> str:
    """The place of a check's page in the site's folder, without its ending (``.html``, ``.de.html``)."""
    name = _plain(expectation.replace("/", "--")).replace(".", "-")
    return f"checks/{suite}/{name}"


class ChecksPage(SitePage):
    """Every check's outcome: short enough to read, with a way to each."""

    def html(self) -> str:
        sections = tuple(section for section in self._sections() if section.groups)
        return fill(
            self.settings,
            "site_expectations.html.j2",
            frame=self.frame("expectations", self.words("site.expectations")),
            t=self.words,
            counts=self._counts(self.extra.checks),
            has_data_docs=(self.settings.site_dir / "data-docs" / "index.html").exists(),
            look=tuple(self._look()),
            sections=sections,
            standards=tuple(Choice(each, self.maker.title(each)) for each in self._standards()),
            sources=tuple(Choice(each, self.maker.source(each)) for each in self._sources()),
            looked_at=LOOK_AT,
            outcomes=tuple(Choice(each, self.words(f"result.{each}")) for each in self._outcomes()),
        )

    def _outcomes(self) -> list[str]:
        found = {check.outcome for check in self.extra.checks}
        return [outcome for outcome in OUTCOMES if outcome in found]

    def _standards(self) -> list[str]:
        """The standards that checks are about, in the charter's order."""
        found = {check.standard_id for check in self.extra.checks}
        return [standard_id for standard_id in self.tables.standards if standard_id in found]

    def _sources(self) -> list[str]:
        found = {check.source_id for check in self.extra.checks}
        return [source_id for source_id in self.maker.sources if source_id in found]

    def _counts(self, checks: Sequence[CheckRow]) -> str:
        counts: Counter[str] = Counter(check.outcome for check in checks)
        return self.phrases.list([self.counted(f"result.{each}", counts[each]) for each in OUTCOMES if counts[each]])

    def _look(self) -> Iterator[LookGroup]:
        for outcome in LOOK_AT:
            checks = [check for check in self.extra.checks if check.outcome == outcome]
            if checks:
                heading = self.counted(f"result.{outcome}", len(checks))
                yield LookGroup(self.outcome(outcome), heading, tuple(self._look_lines(checks)))

    def _look_lines(self, checks: Sequence[CheckRow]) -> Iterator[LookLine]:
        by_standard: dict[str, list[CheckRow]] = defaultdict(list)
        for check in checks:
            if check.kind == "threshold" and check.standard_id in self.tables.standards:
                by_standard[check.standard_id or ""].append(check)
            else:
                line = self.line(check)
                yield LookLine("", (Link(f"{line.description} {self._share(check)}", line.page),), line.error)
        for standard_id in [each for each in self.tables.standards if each in by_standard]:
            ordered = sorted(by_standard[standard_id], key=lambda check: _order_of_period(check.period_kind))
            links = tuple(Link(self._period_share(check), self.page_of(check)) for check in ordered)
            reasons = dict.fromkeys(self.line(check).error for check in ordered)
            yield LookLine(self.maker.title(standard_id), links, self.phrases.titles(list(filter(None, reasons))))

    def _period_share(self, check: CheckRow) -> str:
        return f"{self.words(f'period.{check.period_kind}')} {self._share(check)}"

    def _share(self, check: CheckRow) -> str:
        """How many of how many do not hold; empty when none was counted."""
        if not check.evaluated or check.unexpected is None:
            return ""
        return f"{self.phrases.whole(check.unexpected)}/{self.phrases.whole(check.evaluated)}"

    def _sections(self) -> Iterator[CheckSection]:
        checks, words = self.extra.checks, self.words
        of_standard, of_source, others = defaultdict(list), defaultdict(list), defaultdict(list)
        for check in checks:
            if check.standard_id in self.tables.standards:
                of_standard[check.standard_id].append(check)
            elif check.source_id in self.maker.sources:
                of_source[check.source_id].append(check)
            else:
                others[check.suite].append(check)
        yield CheckSection(
            words("site.checks_by_standard"),
            tuple(
                self._group(f"standard-{each}", self.maker.title(each), of_standard[each], standard_id=each)
                for each in self._standards()
            ),
        )
        yield CheckSection(
            words("site.checks_by_source"),
            tuple(
                self._group(f"source-{each}", self.maker.source(each), of_source[each], source_id=each)
                for each in self._sources()
            ),
        )
        yield CheckSection(
            words("site.checks_of_the_whole"),
            tuple(self._group(f"suite-{name}", self._suite(rows), rows) for name, rows in sorted(others.items())),
        )

    def _suite(self, checks: Sequence[CheckRow]) -> str:
        return f"{self.words(f'site.expectation_kind_{checks[0].kind}')}: {checks[0].suite}"

    def _group(
        self, anchor: str, title: str, checks: Sequence[CheckRow], *, standard_id: str = "", source_id: str = ""
    ) -> CheckGroup:
        ordered = sorted(checks, key=lambda each: (OUTCOMES.index(each.outcome), each.suite, each.expectation))
        bad = any(check.outcome in LOOK_AT for check in checks)
        lines = tuple(self._short(check, title) for check in ordered)
        return CheckGroup(anchor, title, self._counts(checks), bad, lines, standard_id, source_id)

    def _short(self, check: CheckRow, title: str) -> ShortCheck:
        """A check under its group's ``title``, which it need not repeat. Its own page tells the rest."""
        line = self.line(check)
        said = line.description.removeprefix(title).removeprefix(":").strip() or line.description
        return ShortCheck(
            line.anchor,
            line.page,
            line.source_id,
            said,
            line.outcome,
            self._share(check) if check.outcome in LOOK_AT else "",
            line.error,
        )

    def page_of(self, check: CheckRow) -> str:
        """The place of the check's page, in the language of this edition."""
        return f"{check_page(check.suite, check.expectation)}{self.edition.ending}"

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
            page=self.page_of(check),
            source_id=check.source_id or "",
            expectation=f"{check.suite} / {check.expectation}",
            description=self.described(check),
            standard_id=check.standard_id if check.standard_id in self.tables.standards else "",
            severity=words.or_else(f"site.severity_{check.severity}", check.severity),
            period=period,
            evaluated=words("rate.none") if check.evaluated is None else self.phrases.whole(check.evaluated),
            unexpected=words("rate.none") if check.unexpected is None else self.phrases.whole(check.unexpected),
            outcome=self.outcome(check.outcome),
            error=self.reason(check.outcome, check.error),
        )

    def described(self, check: CheckRow) -> str:
        """What a check says, with its standard's title in place of its id."""
        own = self.words.pick({self.edition.languages[0]: check.description})
        text = self.descriptions.get((check.suite, check.expectation), own)
        prefix, _, rest = text.partition(": ")
        if prefix == check.standard_id and prefix in self.tables.standards:
            return f"{self.maker.title(prefix)}: {rest}"
        return text

    def reason(self, outcome: str, error: str) -> str:
        """Why nothing could be judged, in words."""
        return self._unanswered(error) if outcome == "no_data" else from_source(error)

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


def _order_of_period(kind: str | None) -> int:
    return PERIOD_KINDS.index(kind) if kind in PERIOD_KINDS else len(PERIOD_KINDS)


def _anchor(check: CheckRow) -> str:
    """A name for a check's line that can stand in an address."""
    return _plain(f"{check.suite}.{check.expectation}")


def _plain(text: str) -> str:
    return "".join(character if character.isalnum() or character in "._-" else "-" for character in text)
