"""What stands around the content of every page of the site."""

from __future__ import annotations

from charter.base.moments import closed_week
from charter.base.settings import Settings
from charter.report.facts.tables import is_synthetic
from charter.report.facts.warehouse import Run
from charter.report.site.blocks import Frame
from charter.report.site.editions import Edition
from charter.report.view.phrases import Phrases
from charter.report.view.proof import seal_lines


def frame_of(
    settings: Settings, edition: Edition, phrases: Phrases, run: Run, page: str, title: str, root: str = ""
) -> Frame:
    """The frame of a page that shows what the warehouse of ``run`` says.

    ``page`` is its name without ending, ``root`` the way from it to the first page's folder.
    """
    words = edition.words
    as_of = phrases.as_of(run.as_of)
    agency = words.pick(run.agency_name)
    week = closed_week(run.as_of, phrases.zone)
    synthetic = is_synthetic(settings)
    readme = next(iter(sorted(settings.demo_dir.glob("README*"))), None)
    return Frame(
        title=title,
        language=words.language,
        direction=edition.direction,
        switch=edition.switch(page),
        root=root,
        ending=edition.ending,
        agency=agency,
        as_of=words("site.as_of", as_of=as_of, week=phrases.week(week.start), span=phrases.span(week.start, week.end)),
        synthetic=words("site.synthetic") if synthetic else "",
        synthetic_place=f"demo/{readme.name}" if readme else "",
        footer=words("site.footer", agency=agency, version=run.charter_version, as_of=as_of, zone=phrases.zone_name),
        proof=tuple(seal_lines(words, phrases, run.as_of, edition.heads.get(run.as_of))),
    )
