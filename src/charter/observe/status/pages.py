"""Writes ``var/status``: the page of the last nights and one for each of them, in each of the agency's languages.

They are not part of the site: they change with every run, and nothing of them is sealed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from charter.base.errors import CharterError
from charter.base.files import write_whole
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.observe.nodes import nodes_of_night
from charter.observe.status.nights import Nights, last_nights
from charter.observe.status.view import StatusView
from charter.report.render.templates import fill, safe_style
from charter.report.site.editions import Edition
from charter.runs.journal import runs_since
from charter.words import words_in

# Nights are looked through for those that are shown, and for what was reported of them.
_LOOKED_THROUGH = 60
log = logging.getLogger("charter.runs")


def status_folder(settings: Settings) -> Path:
    return settings.var_dir / "status"


def nights_of(settings: Settings, agency: Agency, now: datetime) -> Nights:
    """The last nights at ``now`` (aware)."""
    from charter.evidence import night_heads

    sealed: list[datetime] = []
    try:
        sealed = list(night_heads(settings))
    except CharterError as error:
        # That the evidence is damaged is told by the sealing, and by charter doctor.
        log.warning("which nights were sealed can't be read (%s)", type(error).__name__)
    return last_nights(runs_since(settings, most=_LOOKED_THROUGH), sealed, agency.zone, now)


def write_status(settings: Settings, agency: Agency, now: datetime) -> list[Path]:
    """Writes the pages as they are at ``now`` (aware); returns them. Raises ReportError, StateError."""
    nights = nights_of(settings, agency, now)
    folder = status_folder(settings)
    written = []
    for place, page in _pages(settings, agency, nights, now):
        write_whole(folder / place, page.encode())
        written.append(folder / place)
    for path in folder.rglob("*.html"):
        if path not in written:
            path.unlink()
    return written


def _pages(settings: Settings, agency: Agency, nights: Nights, now: datetime) -> Iterator[tuple[str, str]]:
    languages = tuple(agency.charter.languages)
    style = {"style": safe_style(settings, "site.css") + safe_style(settings, "status.css")}
    for language in languages:
        edition = Edition(words_in(settings, agency, language), languages)
        view = StatusView(agency, edition, now)
        own = {"t": edition.words, **style}
        yield f"index{edition.ending}", fill(settings, "status.html.j2", page=view.overview(nights), **own)
        for night in nights.shown:
            if night.runs:
                page = view.night(night, nodes_of_night(settings, night.as_of))
                yield f"nights/{night.day}{edition.ending}", fill(settings, "status_night.html.j2", page=page, **own)
