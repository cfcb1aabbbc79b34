"""Does the chain of seals hold together? Each line is held against the next one, and the newest seal is read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from charter.base.errors import EvidenceError
from charter.health.finding import Finding, in_order, of_problems
from charter.health.place import Place


def look(place: Place, now: datetime) -> Iterator[Finding]:
    from charter.evidence.chain import ROTATION, read_chain, sealed_manifest

    folder = place.settings.evidence_dir
    try:
        chain = read_chain(folder)
        newest = next((entry for entry in reversed(chain) if entry.kind != ROTATION), None)
        if newest is not None:
            sealed_manifest(folder, newest)
    except EvidenceError as error:
        yield of_problems("evidence/chain", "chain_broken", error.problems)
        return
    yield in_order("evidence/chain", f"{len(chain)} seals follow from one another", folder.as_posix())
    for kind in ("nightly", "weekly", "monthly", "daily"):
        of_kind = [entry for entry in chain if entry.kind == kind]
        if of_kind:
            last = folder / of_kind[-1].place()
            written = datetime.fromtimestamp(last.stat().st_mtime, UTC)
            run = f"last {kind} run: as of {of_kind[-1].as_of:%Y-%m-%d %H:%M} UTC, sealed {written:%Y-%m-%d %H:%M} UTC"
            yield in_order(f"evidence/{kind}", run)
