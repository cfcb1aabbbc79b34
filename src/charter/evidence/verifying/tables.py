"""The published warehouse, table by table and month by month, row for row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

from charter.base.errors import EvidenceError, Problem
from charter.base.settings import Settings
from charter.evidence.manifest import Manifest
from charter.evidence.replay import table_differences
from charter.evidence.tables import published, read_tables
from charter.evidence.verifying.compared import RESTORE, Compared

_WHAT = "published tables"


def verify_tables(settings: Settings, manifests: Iterable[Manifest]) -> Compared:
    """The tables of the published warehouse as the newest seal of its night has them. Every row is hashed."""
    sealed = [manifest for manifest in manifests if manifest.kind != "site"]
    where = str(settings.warehouse)
    if not settings.warehouse.exists():
        if not sealed:
            return Compared(_WHAT, 0, left="nothing was published")
        return Compared(_WHAT, 0, (Problem("the published warehouse is missing", where, RESTORE),))
    try:
        with published(settings) as warehouse:
            run = warehouse.execute("SELECT as_of, known_at FROM marts.run").fetchall()
    except EvidenceError as error:
        return Compared(_WHAT, 0, error.problems)
    if len(run) != 1:
        return Compared(_WHAT, 0, (Problem(f"it names {len(run)} runs", f"{where}, marts.run", RESTORE),))
    as_of, known_at = (instant.replace(tzinfo=UTC) for instant in run[0])
    of_it = [manifest for manifest in sealed if (manifest.as_of, manifest.known_at) == (as_of, known_at)]
    newest = max((manifest.as_of for manifest in sealed if manifest.kind == "nightly"), default=as_of)
    if newest > as_of:
        what = f"it is of the night as of {as_of.isoformat()}, and a later one was sealed, as of {newest.isoformat()}"
        return Compared(_WHAT, 0, (Problem(what, where, RESTORE),))
    if not of_it:
        what = f"the night as of {as_of.isoformat()} is published and not sealed"
        unsealed = Problem(what, where, "run that night again: it is sealed at its end")
        return Compared(_WHAT, 0, changed=(unsealed,))
    try:
        tables = read_tables(settings, of_it[-1].version)
    except EvidenceError as error:
        return Compared(_WHAT, 0, error.problems)
    return Compared(_WHAT, len(tables), tuple(table_differences(of_it[-1], tables, RESTORE)))
