"""The register of exceptions as a page of the site: what to look at, the waivers by their state, the charter's rules,
who approved, and what was refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from charter.audit.exceptions.rows import Exception_, Register, Tally, WaiverEntry
from charter.audit.pages import AuditPage
from charter.report.site.blocks import Link
from charter.report.view.phrases import from_source

# What needs a person's attention first.
_STATES = ("expiring", "in_force", "not_yet", "gone", "withdrawn", "expired")


@dataclass(frozen=True)
class WaiverBlock:
    id: str
    standard: Link
    whom: str
    days: str
    reason: str
    approved: str
    excused: str
    findings: tuple[str, ...]


@dataclass(frozen=True)
class StateBlock:
    title: str
    waivers: tuple[WaiverBlock, ...]


@dataclass(frozen=True)
class RuleBlock:
    name: str
    reason: str
    approver: str
    excused: str
    uses: tuple[str, ...]


class ExceptionsPage(AuditPage):
    """The page of the register in one language."""

    def html(self, register: Register, workbook: str, data: str) -> str:
        """``workbook`` and ``data`` are the names of the files beside it."""
        return self.fill(
            "site_exceptions.html.j2",
            frame=self.frame("exceptions", self.words("exceptions.title")),
            counts=self.words(
                "exceptions.counts",
                commitments=self.phrases.whole(register.commitments),
                waivers=self.phrases.whole(len(register.waivers)),
                rules=self.phrases.whole(len(register.rules)),
            ),
            look_at=tuple(self._look_at(register)),
            files=(Link(self.words("audit.workbook"), workbook), Link(self.words("audit.data"), data)),
            states=tuple(self._states(register)),
            rules=tuple(self._rule(each) for each in register.rules),
            approvers=tuple(self._tally(each) for each in register.approvers),
            reasons=tuple(self._tally(each) for each in register.reasons if each.waivers > 1),
            refused=tuple(
                self.words(
                    "exceptions.refused_row",
                    source=from_source(each.origin),
                    because=from_source(each.because),
                    day=self.phrases.full_day(each.first_on),
                )
                for each in register.refused
            ),
        )

    def _look_at(self, register: Register) -> Iterator[str]:
        expiring = [each.waiver_id for each in register.waivers if each.state == "expiring"]
        if expiring:
            yield self._named("exceptions.expiring", expiring)
        for finding in ("gone", "approved_after_its_days", "changed", "excused_nothing"):
            found = [each.waiver_id for each in register.waivers if finding in each.findings]
            if found:
                yield f"{self.words(f'exceptions.finding.{finding}')}: {self._list(found)}"
        if register.refused:
            yield self.words("exceptions.refused_count", count=self.phrases.whole(len(register.refused)))

    def _named(self, key: str, names: list[str]) -> str:
        return self.words(key, count=self.phrases.whole(len(names)), names=self._list(names))

    def _list(self, names: list[str]) -> str:
        return self.phrases.list([from_source(name) for name in names])

    def _states(self, register: Register) -> Iterator[StateBlock]:
        for state in _STATES:
            waivers = tuple(self._waiver(each) for each in register.waivers if each.state == state)
            if waivers:
                yield StateBlock(self.words(f"exceptions.state.{state}"), waivers)

    def _waiver(self, each: WaiverEntry) -> WaiverBlock:
        case = from_source(each.subject_id) if each.subject_id else self.words("exceptions.all_cases")
        return WaiverBlock(
            id=from_source(each.waiver_id),
            standard=Link(each.standard, f"standards/{each.standard_id}{self.edition.ending}"),
            whom=f"{each.department} · {case}",
            days=self._days(each.from_on, each.to_on),
            reason=from_source(each.reason),
            approved=f"{from_source(each.approver)}, {self.phrases.as_of(each.decided_at)}",
            excused=self._excused(each),
            findings=tuple(self._findings(each)),
        )

    def _findings(self, each: WaiverEntry) -> Iterator[str]:
        yield from (self.words(f"exceptions.finding.{name}") for name in each.findings)
        if each.ended_at is not None:
            yield self.words(
                "exceptions.ended",
                night=self.phrases.as_of(each.ended_at),
                count=self.phrases.whole(each.judged_again),
            )

    def _excused(self, each: Exception_) -> str:
        if each.first_on is None or each.last_on is None:
            return self.phrases.whole(0)
        days = self._days(each.first_on, each.last_on)
        return self.words("exceptions.excused", count=self.phrases.whole(each.commitments), days=days)

    def _days(self, first: date, last: date) -> str:
        start, end = self.phrases.full_day(first), self.phrases.full_day(last)
        return start if first == last else self.words("date.span", start=start, end=end)

    def _rule(self, each: Exception_) -> RuleBlock:
        uses = tuple(
            self.words(
                "exceptions.use",
                standard=use.standard,
                department=use.department,
                count=self.phrases.whole(use.commitments),
            )
            for use in each.uses
        )
        return RuleBlock(each.rule, from_source(each.reason), from_source(each.approver), self._excused(each), uses)

    def _tally(self, each: Tally) -> tuple[str, str, str, str]:
        counts = (each.waivers, each.rules, each.commitments)
        waivers, rules, commitments = (self.phrases.whole(count) for count in counts)
        return from_source(each.name), waivers, rules, commitments
