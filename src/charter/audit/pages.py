"""What the audit's pages of the site share: the words, the warehouse's run, and the frame."""

from __future__ import annotations

from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.report.facts.warehouse import Run
from charter.report.render.templates import fill
from charter.report.site.blocks import Frame, Outcome
from charter.report.site.editions import Edition
from charter.report.site.frame import frame_of
from charter.report.view.phrases import Phrases


class AuditPage:
    """A page in one language, of what the warehouse of ``run`` says."""

    def __init__(self, settings: Settings, agency: Agency, edition: Edition, run: Run) -> None:
        self.settings = settings
        self.agency = agency
        self.edition = edition
        self.run = run
        self.words = edition.words
        self.phrases = Phrases(edition.words, agency.zone)

    def frame(self, page: str, title: str, root: str = "") -> Frame:
        """``page`` is its name without ending, ``root`` the way from it to the first page's folder."""
        return frame_of(self.settings, self.edition, self.phrases, self.run, page, title, root)

    def outcome(self, result: str) -> Outcome:
        return Outcome(self.words(f"result.{result}"), result, self.words(f"mark.{result}"))

    def fill(self, template: str, **values: object) -> str:
        return fill(self.settings, template, t=self.words, **values)
