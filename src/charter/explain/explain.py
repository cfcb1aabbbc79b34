"""Answers what a person asks for: a figure's name, a commitment's, or the key of a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from charter.base.errors import SettingError
from charter.base.figure_name import is_figure_name, parse_figure_name
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.explain.commitment import CommitmentExplainer
from charter.explain.figure import MOST_COMMITMENTS, FigureExplainer
from charter.explain.ledger import Ledger
from charter.explain.models import Explanation
from charter.explain.row import RowExplainer
from charter.report.facts.warehouse import open_warehouse

# So many commitments nobody lists; asked for all, there is no other end.
_ALL = 1_000_000


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
        match _kind_of(name, agency, ledger):
            case "figure":
                most = _ALL if asked.shows_all else MOST_COMMITMENTS
                return FigureExplainer(settings, agency, ledger, most).explain(parse_figure_name(name))
            case "commitment":
                (told,) = ledger.commitments("commitment_id = ?", [name], 1)
                return CommitmentExplainer(settings, agency, ledger).explain(told)
        table, _, key = name.partition("/")
        if key and table in agency.subjects and agency.subjects[table].landed:
            return RowExplainer(settings, agency, ledger).explain(key, table)
        if key and table in {source.id for source in agency.sources}:
            return RowExplainer(settings, agency, ledger).explain(key)
        return RowExplainer(settings, agency, ledger).explain(name)


def _kind_of(name: str, agency: Agency, ledger: Ledger) -> Literal["figure", "commitment", "row"]:
    if not name:
        raise SettingError(
            "nothing is named",
            where="explain",
            remedy="name a figure (2026-W27/first-answer/north-desk), a commitment, or a row's key",
        )
    if ledger.count("commitment_id = ?", [name]) == 1:
        return "commitment"
    if is_figure_name(name):
        return "figure"
    if name in {standard.id for standard in agency.charter.standards}:
        raise SettingError(
            f"'{name}' is a standard, and each of its figures has a name",
            where="explain",
            remedy=f"say of when: W27/{name}, 2026/{name}, or of whom: W27/{name}/DEPARTMENT",
        )
    first = name.partition("/")[0]
    looks_like_period = "/" in name and first[:1].upper() in "0123456789WQFR" and len(first) <= 12
    is_table = first in agency.subjects or first in {source.id for source in agency.sources}
    if looks_like_period and not is_table and not is_figure_name(name) and _has_standard(name, agency):
        # Almost a figure's name: say what is wrong with it.
        parse_figure_name(name)
    return "row"


def _has_standard(name: str, agency: Agency) -> bool:
    return name.split("/")[1].partition(".")[0] in {standard.id for standard in agency.charter.standards}
