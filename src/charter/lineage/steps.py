"""The steps of the line, each with its START and its COMPLETE or FAIL."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.lineage.names import Names

OFF = "CHARTER_LINEAGE"
log = logging.getLogger(__name__)


@contextmanager
def traced(settings: Settings, agency: Agency, step: str, as_of: datetime, of: Callable[[], object]) -> Iterator[None]:
    """Tells that ``step`` of the night ``as_of`` (aware) begins, and how it ended; ``of`` gives what it read and wrote
    (:class:`~charter.lineage.datasets.ReadAndWritten`) once it is done.

    What is raised within goes through, told as FAIL by its kind alone: its text may hold values. A replay, and an
    installation that says CHARTER_LINEAGE=off, tell nothing. Whatever fails here is logged, and stops no night.
    """
    if settings.replay or settings.environment.get(OFF, "").lower() == "off":
        yield
        return
    begun = datetime.now(UTC)
    teller = _Teller(settings, agency, step, as_of, begun)
    teller.tell("START")
    try:
        yield
    except BaseException as error:
        teller.tell("FAIL", failed=type(error).__name__)
        raise
    teller.tell("COMPLETE", of)


class _Teller:
    def __init__(self, settings: Settings, agency: Agency, step: str, as_of: datetime, begun: datetime) -> None:
        self._settings = settings
        self._step = step
        self._as_of = as_of
        self._names = Names(agency.charter.id)
        self._attempt = begun.isoformat()

    def tell(self, state: str, of: Callable[[], object] | None = None, failed: str | None = None) -> None:
        try:
            self._tell(state, of, failed)
        except Exception as error:  # lineage tells of the night, and never stops it
            log.warning("the lineage of %s was not told (%s)", self._step, type(error).__name__)

    def _tell(self, state: str, of: Callable[[], object] | None, failed: str | None) -> None:
        # Here: a replay has no need of the libraries.
        from charter.lineage.emit import emit
        from charter.lineage.events import events_of

        found = of() if of is not None else None
        told = events_of(self._names, self._step, self._as_of, self._attempt, state, found, failed)
        emit(self._settings, self._as_of, told)


def extracted(settings: Settings, agency: Agency, source_id: str, as_of: datetime) -> Callable[[], object]:
    """What an extraction read and wrote, by its receipt."""

    def of() -> object:
        from charter.extract import read_receipt
        from charter.lineage.datasets import ReadAndWritten, of_extraction

        receipt = read_receipt(settings, source_id, as_of)
        return ReadAndWritten() if receipt is None else of_extraction(agency, agency.source(source_id), receipt)

    return of


def transformed(settings: Settings, agency: Agency) -> Callable[[], object]:
    """What dbt's last build read and wrote, model by model."""

    def of() -> object:
        from charter.lineage.datasets import of_transformation

        return of_transformation(settings, agency)

    return of


def checked(settings: Settings, agency: Agency, as_of: datetime) -> Callable[[], object]:
    """Which tables were checked, and what each check said."""

    def of() -> object:
        from charter.lineage.datasets import of_checks

        return of_checks(settings, agency, as_of)

    return of


def published(settings: Settings, agency: Agency) -> Callable[[], object]:
    """Which tables were published."""

    def of() -> object:
        from charter.lineage.datasets import of_publication

        return of_publication(settings, agency)

    return of


def shown(settings: Settings, agency: Agency, what: str) -> Callable[[], object]:
    """That pages or reports (``what``) were made of the published warehouse."""

    def of() -> object:
        from charter.lineage.datasets import of_shown

        return of_shown(settings, agency, what)

    return of
