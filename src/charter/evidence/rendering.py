"""What reports were rendered from, written down when they are rendered, so that the seal binds to that.

By the time a run is sealed another night may have been published, or a day may have passed. What is sealed then is what
was published, and what the files were, when the reports were made; only what became of the messages is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from charter.base.errors import EvidenceError
from charter.base.files import write_whole
from charter.base.moments import stamp
from charter.base.settings import Settings
from charter.deliver import Outbox
from charter.evidence.chain import SealedManifest, collect_run, read_chain, seal_manifest
from charter.evidence.collect import delivery_seals
from charter.evidence.manifest import Kind, Manifest, Part

_NAME = "rendering.json"
_COMMANDS: dict[Kind, str] = {
    "weekly": "charter weekly --week {}",
    "monthly": "charter monthly --month {}",
    "daily": "charter digest",
}


def sealed_as(period_kind: str) -> Kind:
    """As what kind of run reports of a week or a ``month`` are sealed."""
    return "monthly" if period_kind == "month" else "weekly"


class Rendering(Part):
    """The manifest of a run as far as it is known before anything is sent, and what it reports: the ``weeks``
    (months, days) by their keys, in the ``report`` by which the outbox knows its messages."""

    report: str = "weekly"
    weeks: tuple[str, ...]
    manifest: Manifest


def keep_rendering(
    settings: Settings,
    as_of: datetime,
    weeks: Sequence[str],
    files: Iterable[Path],
    *,
    kind: Kind = "weekly",
    report: str = "weekly",
) -> Rendering:
    """Writes down what reports of ``weeks`` (keys) were rendered from as of ``as_of`` (aware), and their ``files``.

    A further rendering from the same night adds its weeks, and one that says the same changes nothing. Raises
    EvidenceError when the published warehouse is not that of ``as_of``, or a file cannot be read.
    """
    manifest = collect_run(settings, kind, as_of, as_of, files)
    path = _path(settings, as_of, kind)
    if path.exists():
        before = _read(path)
        places = {seal.path for seal in manifest.rendered}
        # As they were when they were made: one that was damaged or lost since is no part of this rendering.
        earlier = [seal for seal in before.manifest.rendered if seal.path not in places]
        rendered = (*manifest.rendered, *earlier)
        manifest = manifest.model_copy(update={"rendered": tuple(sorted(rendered, key=lambda seal: seal.path))})
        weeks = [*before.weeks, *weeks]
        if set(weeks) == set(before.weeks) and before.manifest.covers(manifest):
            return before
    rendering = Rendering(report=report, weeks=tuple(sorted(set(weeks))), manifest=manifest)
    write_whole(path, (rendering.model_dump_json(indent=1) + "\n").encode())
    return rendering


def renderings(settings: Settings, kind: Kind = "weekly") -> list[Rendering]:
    """Every rendering that was written down, the earliest first. Raises EvidenceError when one cannot be read."""
    return [_read(path) for path in sorted(settings.evidence_dir.glob(f"*-{kind}/{_NAME}"))]


def has_rendering(settings: Settings, as_of: datetime, kind: Kind) -> bool:
    """Whether reports were rendered from the night ``as_of`` (aware)."""
    return _path(settings, as_of, kind).exists()


def seal_renderings(settings: Settings, week: str, kind: Kind = "weekly") -> SealedManifest:
    """Seals what reports of ``week`` (key) were last rendered from, and what became of their messages.

    A rendering of any week that was never sealed, because its run was cut short, is sealed with it. Raises
    EvidenceError when no report of the week was rendered, and as ``seal`` does.
    """
    found = renderings(settings, kind)
    newest = next((each for each in reversed(found) if week in each.weeks), None)
    if newest is None:
        raise EvidenceError(
            f"no report of {week} was rendered",
            where=str(settings.evidence_dir),
            remedy=f"render it first: {_COMMANDS[kind].format(week)}",
        )
    sealed = {entry.as_of for entry in read_chain(settings.evidence_dir) if entry.kind == kind}
    for each in found:
        if each is not newest and each.manifest.as_of not in sealed:
            _seal(settings, each)
    return _seal(settings, newest)


def _seal(settings: Settings, rendering: Rendering) -> SealedManifest:
    with Outbox.open(settings) as outbox:
        messages = [each for week in rendering.weeks for each in outbox.kept(report=rendering.report, period=week)]
    return seal_manifest(settings, rendering.manifest.model_copy(update={"deliveries": delivery_seals(messages)}))


def _path(settings: Settings, as_of: datetime, kind: Kind) -> Path:
    return settings.evidence_dir / f"{stamp(as_of)}-{kind}" / _NAME


def _read(path: Path) -> Rendering:
    try:
        return Rendering.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise EvidenceError(
            "what reports were rendered from cannot be read",
            where=str(path),
            remedy="restore it from a copy; if there is none, remove it and run the report again",
        ) from error
