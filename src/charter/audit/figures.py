"""A permanent page for each figure of a closed week: what it counts, down to its rows, its rule and its seal.

figures/2026-W27/first-answer/index.html has the whole agency's figure, and below it those of the departments. Other
figures of the week are a new page, which links back (see ``charter.report.site.permanent``). Only weeks whose figures
may have changed are looked at: the newest, and those of which something became known tonight.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path

from charter.base.figure_name import figure_name
from charter.base.moments import Period, closed_week, naive_utc
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.explain import said
from charter.explain.figure import FigureExplainer
from charter.explain.ledger import Ledger
from charter.explain.models import FigureExplanation
from charter.report.facts.warehouse import Warehouse
from charter.report.render.templates import fill
from charter.report.site.editions import Edition
from charter.report.site.frame import frame_of
from charter.report.site.permanent import Revision, figure_folder, write_once
from charter.report.site.sealed import SealedPages
from charter.report.view.phrases import Phrases


class FigurePages:
    """The pages of figures, in every one of the agency's languages."""

    def __init__(self, settings: Settings, agency: Agency, warehouse: Warehouse, editions: Sequence[Edition]) -> None:
        self._settings = settings
        self._agency = agency
        self._warehouse = warehouse
        self._editions = editions
        self._told: dict[tuple[str, str], FigureExplanation] = {}

    @cached_property
    def _explainer(self) -> FigureExplainer:
        return FigureExplainer(self._settings, self._agency, Ledger(self._settings, self._agency, self._warehouse))

    def write(self, sealed: SealedPages) -> Iterator[Path]:
        """Writes what is not written yet, and gives it, with what was written and is not ``sealed``."""
        for week in self._weeks():
            for standard_id, figures in self._figures(week).items():
                folder = figure_folder(self._settings.site_dir, week, standard_id)
                for edition in self._editions:
                    page = partial(self._page, week, standard_id, figures, edition)
                    yield from write_once(folder, edition.ending, figures, page, sealed.names)

    def _weeks(self) -> list[Period]:
        """The newest closed week, and those of which something became known tonight."""
        newest = closed_week(self._warehouse.run.as_of, self._agency.zone)
        rows = self._warehouse.rows(
            "SELECT DISTINCT week_start FROM marts.restatements WHERE known_at = ? ORDER BY 1",
            [naive_utc(self._warehouse.run.as_of)],
        )
        changed = [Period("week", start, start + timedelta(days=6)) for (start,) in rows]
        return [week for week in changed if week.start < newest.start] + [newest]

    def _figures(self, week: Period) -> Mapping[str, str]:
        """A hash of what each standard came to in the week: its results, and the commitments behind them."""
        rows = self._warehouse.rows(
            """
            WITH told AS (
                SELECT standard_id, CAST(to_json(r) AS VARCHAR) AS line FROM marts.standard_results AS r
                WHERE period_kind = 'week' AND period_start = $first
                UNION ALL
                SELECT standard_id, CAST(to_json(f) AS VARCHAR) AS line FROM marts.fct_commitments AS f
                WHERE decided_on BETWEEN $first AND $last
            )
            SELECT standard_id, string_agg(md5(line), '' ORDER BY line) FROM told GROUP BY 1 ORDER BY 1
            """,
            {"first": week.start, "last": week.end},
        )
        known = {standard.id for standard in self._agency.charter.standards}
        return {name: hashlib.sha256(lines.encode()).hexdigest() for name, lines in rows if name in known}

    def _page(self, week: Period, standard_id: str, figures: str, edition: Edition, revision: Revision) -> str:
        key = (week.key(), standard_id)
        if key not in self._told:
            self._told[key] = self._explainer.explain(figure_name(week, standard_id, None))
        document = said(self._told[key], edition.words)
        run, phrases = self._warehouse.run, Phrases(edition.words, self._agency.zone)
        frame = frame_of(self._settings, edition, phrases, run, "index", document.title, root=f"../{revision.root}")
        return fill(
            self._settings,
            "site_figure.html.j2",
            t=edition.words,
            frame=frame,
            document=document,
            figures=figures,
            revision=revision,
            standard_id=standard_id,
        )
