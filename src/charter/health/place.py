"""The installation that is looked at, as far as it can be read."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from charter.base.errors import CharterError, Problem, StateError
from charter.base.files import unusable
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency


class NeedsCharter(Exception):  # noqa: N818  no error: the probe of the charter says what is wrong
    """A probe cannot look without the agency's definitions."""


@dataclass(frozen=True)
class Place:
    """``charter`` is the agency as its folder declares it; None where the folder can't be read, which ``problems``
    tell."""

    settings: Settings
    charter: Agency | None
    problems: tuple[Problem, ...] = ()

    @property
    def agency(self) -> Agency:
        """The agency. Raises NeedsCharter where its folder can't be read."""
        if self.charter is None:
            raise NeedsCharter
        return self.charter

    @property
    def zone(self) -> ZoneInfo:
        """The agency's clocks; UTC where they are not known."""
        return self.charter.zone if self.charter is not None else ZoneInfo("UTC")


def open_place(settings: Settings) -> Place:
    """The installation of ``settings``, whatever can be read of it. Raises nothing that a person can mend."""
    try:
        return Place(settings, load_agency(settings.charter_dir))
    except CharterError as error:
        return Place(settings, None, error.problems)
    except OSError as error:
        return Place(settings, None, StateError.of([unusable(error, settings.charter_dir)]).problems)
