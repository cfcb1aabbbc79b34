"""Takes each part of a manifest from the installation as it stands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import duckdb

from charter.assertions.results import results_path
from charter.assertions.validations import validations_path
from charter.base.errors import EvidenceError
from charter.base.moments import naive_utc, stamp
from charter.base.settings import Settings
from charter.definitions.load import own_files
from charter.deliver import KeptMessage
from charter.evidence.code import code_seal
from charter.evidence.files import hash_of, place_of, stamp_files
from charter.evidence.keys import key_seals
from charter.evidence.manifest import (
    CharterSeal,
    DbtNode,
    DeliverySeal,
    ExpectationsSeal,
    FileSeal,
    Kind,
    Manifest,
    TableSeal,
)
from charter.evidence.standing import Standing
from charter.evidence.tables import content, published, seal_tables
from charter.report.site.permanent import is_permanent
from charter.transform import closed_week_files


def collect(
    settings: Settings,
    kind: Kind,
    as_of: datetime,
    known_at: datetime,
    rendered: Iterable[Path],
    tables: Mapping[str, TableSeal],
    before: Standing,
) -> Manifest:
    """The manifest of a run as the installation stands now, with ``previous`` null.

    Landed files and what became of messages are added when it is sealed. ``tables`` is what the newest seal says of the
    published tables, by name; ``before`` what was sealed before of files that are kept. Raises EvidenceError when the
    published warehouse is missing or was built for another as-of, or when a file cannot be read.
    """
    with published(settings) as warehouse:
        made = begun(settings, kind, as_of, known_at, _run(settings, warehouse, as_of, known_at))
        return made.model_copy(
            update={
                "warehouse": seal_tables(warehouse, tables),
                "dbt": _dbt(settings),
                "expectations": _expectations(warehouse, as_of),
                "rendered": file_seals(settings, rendered),
                "kept": _kept(settings, as_of, before) if kind == "nightly" else (),
            }
        )


def collect_pages(
    settings: Settings, agency: tuple[str, str], as_of: datetime, written: Iterable[Path], before: Standing
) -> Manifest | None:
    """The manifest of the site's pages as of ``as_of`` (aware): those ``written`` that no seal names as they are, and
    those that are gone. None when there is no news. ``agency`` is the charter's id and version.

    A page that was not written now is not looked at: only ``verify`` says what became of it. One that never changes is
    sealed once, and never gone: where it is another, or missing, ``verify`` says so.
    """
    folder = settings.site_dir
    seals = file_seals(settings, written)
    news = tuple(
        seal
        for seal in seals
        if before.files.get(seal.path) != seal.sha256
        and not (seal.path in before.files and is_permanent(folder, settings.var_dir / seal.path))
    )
    gone = tuple(
        place
        for place in sorted(before.files)
        if (path := settings.var_dir / place).is_relative_to(folder)
        and not path.exists()
        and not is_permanent(folder, path)
    )
    if not news and not gone:
        return None
    return begun(settings, "site", as_of, as_of, agency).model_copy(update={"rendered": news, "gone": gone})


def begun(settings: Settings, kind: Kind, as_of: datetime, known_at: datetime, agency: tuple[str, str]) -> Manifest:
    """A manifest that names nothing yet but what every run is made with: charter, code and keys."""
    return Manifest(
        version=3,
        kind=kind,
        as_of=as_of,
        known_at=known_at,
        charter=CharterSeal(id=agency[0], version=agency[1], files=definition_seals(settings)),
        code=code_seal(settings),
        nights=(),
        inputs=(),
        receipts=(),
        warehouse=(),
        dbt=(),
        expectations=None,
        rendered=(),
        keys=key_seals(settings),
        deliveries=(),
        previous=None,
    )


def _kept(settings: Settings, as_of: datetime, before: Standing) -> tuple[FileSeal, ...]:
    """The night's expectation results, ours and Great Expectations' own, and what no seal names yet of what is written
    once: closed weeks, and time stamps of earlier nights."""
    judged = [path for path in (results_path(settings, as_of), validations_path(settings, as_of)) if path.exists()]
    once = [*closed_week_files(settings), *stamp_files(settings.evidence_dir)]
    news = [path for path in once if place_of(settings, path) not in before.files]
    return file_seals(settings, [*news, *judged])


def definition_seals(settings: Settings) -> tuple[FileSeal, ...]:
    """The files of the charter's folder as they are, by their place in it. Raises EvidenceError."""
    folder = settings.charter_dir
    files = sorted([*folder.glob("*.yaml"), *own_files(folder)])
    return tuple(FileSeal(path=file.relative_to(folder).as_posix(), sha256=hash_of(file)) for file in files)


def _run(
    settings: Settings, warehouse: duckdb.DuckDBPyConnection, as_of: datetime, known_at: datetime
) -> tuple[str, str]:
    found = warehouse.execute("SELECT as_of, known_at, charter_id, charter_version FROM marts.run").fetchall()
    if len(found) != 1 or found[0][:2] != (naive_utc(as_of), naive_utc(known_at)):
        built = ", ".join(f"as of {row[0]}, known at {row[1]}" for row in found) or "nothing"
        raise EvidenceError(
            f"the published warehouse holds another run ({built}; UTC)",
            where=f"{settings.warehouse}, marts.run",
            remedy=f"transform as of {stamp(as_of)}, known at {stamp(known_at)}, then seal",
        )
    return str(found[0][2]), str(found[0][3])


def _expectations(warehouse: duckdb.DuckDBPyConnection, as_of: datetime) -> ExpectationsSeal | None:
    query = "SELECT * FROM marts.expectation_results WHERE as_of = ?"
    instant = [naive_utc(as_of)]
    try:
        outcomes = warehouse.execute(f"SELECT outcome, count(*) FROM ({query}) GROUP BY outcome", instant).fetchall()
    except duckdb.CatalogException:
        return None
    return ExpectationsSeal(outcomes=dict(outcomes), sha256=content(warehouse, query, instant)[1])


def _dbt(settings: Settings) -> tuple[DbtNode, ...]:
    path = settings.work_dir / "dbt_target" / "run_results.json"
    if not path.exists():
        return ()
    try:
        # Timings and messages differ from run to run; what ran and how it ended does not.
        nodes = [
            DbtNode(unique_id=node["unique_id"], status=node["status"])
            for node in json.loads(path.read_bytes())["results"]
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EvidenceError(
            "dbt's results cannot be read", where=str(path), remedy="run the transformation again"
        ) from error
    return tuple(sorted(nodes, key=lambda node: node.unique_id))


def file_seals(settings: Settings, files: Iterable[Path]) -> tuple[FileSeal, ...]:
    """``files`` (under the state folder) as they are, by place. Raises EvidenceError when one cannot be read."""
    places = {place_of(settings, file): file for file in files}
    return tuple(FileSeal(path=place, sha256=hash_of(places[place])) for place in sorted(places))


def delivery_seals(messages: Iterable[KeptMessage]) -> tuple[DeliverySeal, ...]:
    """What became of messages, in the order of their keys."""
    seals = [
        DeliverySeal(
            **message.key.model_dump(),
            state=message.state,
            message_id=message.message_id,
            sha256=message.sha256,
            log=len(message.log),
            log_sha256=message.log_digest(len(message.log)),
        )
        for message in messages
    ]
    return in_order(seals)


def in_order(seals: Iterable[DeliverySeal]) -> tuple[DeliverySeal, ...]:
    """One order for what became of messages: that of their keys."""
    return tuple(sorted(seals, key=lambda seal: (seal.report, seal.period, seal.recipient, seal.revision)))
