"""Answers what a person asks for: a figure's name, a commitment's, or the key of a row."""

from __future__ import annotations

import re
from dataclasses import dataclass

from charter.base.errors import SettingError
from charter.base.figure_name import FigureName, is_figure_name, parse_figure_name
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.explain.commitment import CommitmentExplainer
from charter.explain.figure import MOST_COMMITMENTS, FigureExplainer
from charter.explain.ledger import Ledger
from charter.explain.models import Explanation, RowExplanation
from charter.explain.row import RowExplainer
from charter.report.facts.warehouse import open_warehouse

# So many commitments nobody lists; asked for all, there is no other end.
_ALL = 1_000_000
_REMEDY = (
    "name a figure as reports print it (2026-W27/STANDARD/DEPARTMENT), a commitment (STANDARD/PART/KEY), or a row's key"
    " (TABLE/KEY)"
)


@dataclass(frozen=True)
class Asked:
    """What is asked for, as a person typed it; ``shows_all`` lists every commitment of a figure."""

    name: str
    shows_all: bool = False


def explain(settings: Settings, agency: Agency, asked: Asked) -> Explanation:
    """What the figure, the commitment or the row that is asked for rests on, as the published night knows it.

    A name that is none of a figure or a commitment is taken for the key of a row: the answer says where it is, or that
    no row of that key has arrived. Raises SettingError for a figure that there can't be; ReportError without a
    published warehouse.
    """
    name = asked.name.strip()
    with open_warehouse(settings) as warehouse:
        ledger = Ledger(settings, agency, warehouse)
        if not name:
            raise SettingError("nothing is named", where="explain", remedy=_REMEDY)
        for told in ledger.commitments("commitment_id = ?", [name], 1):
            return CommitmentExplainer(settings, agency, ledger).explain(told)
        if (figure := _figure(name, agency)) is not None:
            most = _ALL if asked.shows_all else MOST_COMMITMENTS
            return FigureExplainer(settings, agency, ledger, most).explain(figure)
        return _row(name, agency, RowExplainer(settings, agency, ledger))


def _figure(name: str, agency: Agency) -> FigureName | None:
    """The figure that is meant; None where the name can be that of a row alone.

    Paper breaks a long name, and sentences end with a stop: neither is of the name. Raises SettingError for a name that
    is almost a figure's.
    """
    plain = re.sub(r"\s+", "", name).rstrip(".,;")
    period, slash, rest = plain.partition("/")
    plain = f"{period}{slash}{rest.lower()}"
    standards = {standard.id for standard in agency.charter.standards}
    if plain in standards:
        raise SettingError(
            f"'{plain}' is a standard, and each of its figures has a name",
            where="explain",
            remedy=f"say of when: W27/{plain}, 2026/{plain}, or of whom: W27/{plain}/DEPARTMENT",
        )
    if is_figure_name(plain) or (slash and rest.partition("/")[0].partition(".")[0].lower() in standards):
        return parse_figure_name(plain)
    return None


def _row(name: str, agency: Agency, explainer: RowExplainer) -> RowExplanation:
    """What became of the row of that key, perhaps with its table or source before it.

    Raises SettingError for a name with a slash under which there is nothing at all.
    """
    table, _, key = name.partition("/")
    is_table = key != "" and table in agency.subjects and agency.subjects[table].landed
    is_source = key != "" and table in {source.id for source in agency.sources}
    told = explainer.explain(key, table) if is_table else explainer.explain(key if is_source else name)
    if "/" in name and not is_table and not is_source and not (told.versions or told.refusals):
        raise SettingError(f"nothing is called '{name}'", where="explain", remedy=_REMEDY)
    return told
