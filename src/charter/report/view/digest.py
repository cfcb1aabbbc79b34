"""A digest as ready texts: several departments' reports of a week in one mail, the gravest named in its subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from charter.report.facts.models import Department
from charter.report.view.models import Page, ReportView
from charter.words import Words

_GRAVITY = {"bad": 0, "warn": 1, "quiet": 2, "good": 3}


@dataclass(frozen=True)
class SectionView:
    """One department's report in a digest, and the name of the PDF that goes with it; ``breached`` is how many promises
    of it were."""

    id: str
    file: str
    file_note: str
    breached: int
    report: ReportView

    @property
    def gravity(self) -> tuple[int, int]:
        """Sorts sections, the gravest first."""
        return _GRAVITY[self.report.tone], -self.breached


@dataclass(frozen=True)
class DigestView(Page):
    """``left_out`` names the departments whose report could not be made, ``lists_elsewhere`` says where the lists of
    cases are, if not in the mail."""

    subject: str
    title: str
    agency: str
    heading: str
    period: str
    synthetic: str
    further: str
    contents: str
    sections: tuple[SectionView, ...]
    left_out: tuple[str, ...]
    left_out_note: str
    lists_elsewhere: str
    labels: dict[str, str]
    notes: tuple[str, ...]
    proof: tuple[str, ...]


def section_view(words: Words, department_id: str, breached: int, report: ReportView, file: str) -> SectionView:
    """A department's report as a section of a digest; ``file`` is the PDF that goes with it."""
    return SectionView(department_id, file, words("digest.file", file=file), breached, report)


def digest_view(
    words: Words,
    sections: Sequence[SectionView],
    left_out: Sequence[Department],
    *,
    is_further: bool,
    is_brief: bool = False,
) -> DigestView:
    """The digest of ``sections`` (one at least), the gravest first. A further one of the same week says so; a brief one
    leaves the lists of cases to the PDFs."""
    sections = sorted(sections, key=lambda section: section.gravity)
    first = sections[0].report
    return DigestView(
        language=words.language,
        subject=_subject(words, sections, len(left_out)),
        title=words("digest.title"),
        agency=first.agency,
        heading=words("digest.heading", week=first.week, count=len(sections)),
        period=first.period,
        synthetic=first.synthetic,
        further=words("digest.further") if is_further else "",
        contents=words("digest.contents"),
        sections=tuple(sections),
        left_out=tuple(_called(words, department) for department in left_out),
        left_out_note=words("digest.left_out"),
        lists_elsewhere=words("digest.lists_elsewhere") if is_brief else "",
        labels=first.labels,
        notes=(words("digest.pdfs_enclosed"),),
        proof=first.proof,
    )


def _subject(words: Words, sections: Sequence[SectionView], left_out: int) -> str:
    gravest, count = sections[0].report, len(sections)
    kept = all(section.report.tone in ("good", "quiet") for section in sections)
    form = "only" if count == 1 else "kept" if kept else "gravest"
    state = words(f"digest.{form}", department=gravest.department, count=count, week=gravest.week_of_year)
    return words(
        "digest.subject",
        synthetic=words("report.subject_synthetic") if gravest.synthetic else "",
        correction=words("digest.correction") if any(section.report.correction for section in sections) else "",
        counts=words("digest.all_kept") if kept and count > 1 else gravest.counts,
        state=words("digest.state_left_out", state=state, count=left_out) if left_out else state,
    )


def _called(words: Words, department: Department) -> str:
    return words("report.whole_agency") if department.parent_id is None else words.pick(department.name)
