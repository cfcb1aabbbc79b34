"""Writes an audit bundle: gathers what was published of a period, and signs the list of it."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from string import Template

from charter.audit.bundle.contents import (
    CONTENTS,
    SIGNATURE,
    BundledFile,
    BundledPartition,
    Contents,
    bundled,
)
from charter.audit.bundle.period import BundlePeriod
from charter.audit.bundle.tables import write_tables
from charter.audit.exceptions.forms import current_register, register_json, register_workbook
from charter.audit.matrix.build import current_matrix, matrix_json, matrix_workbook
from charter.base.errors import EvidenceError, SettingError
from charter.base.figure_name import figure_name, name_of_period
from charter.base.files import write_whole
from charter.base.moments import Period, last_ended_day, parse_week, stamp
from charter.base.settings import Settings
from charter.definitions.models import REPORT_NAMES, Agency
from charter.evidence import ChainEntry, read_chain, signing_key
from charter.evidence.chain import sealed_manifest, seals_of
from charter.evidence.tables import published
from charter.explain import as_page, said
from charter.explain.figure import FigureExplainer
from charter.explain.ledger import Ledger
from charter.report.facts.filed import filed_periods, week_folder
from charter.report.facts.warehouse import open_warehouse
from charter.report.site.editions import Edition
from charter.words import own_words

VERIFIER = "verify.py"
_GUIDES = ("ko", "en")
# The time that files in a zip get: the same bundle is the same bytes.
_THEN = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Bundle:
    """Where a bundle is, and what it holds."""

    path: Path
    contents: Contents


def write_bundle(settings: Settings, agency: Agency, period: BundlePeriod, target: Path) -> Bundle:
    """Writes the bundle of ``period`` to the folder ``target``, or to a file if its name ends in ``.zip``.

    Raises SettingError when ``target`` is there already, nothing of the period was published, or the signing key is
    missing; EvidenceError when the published night was not sealed.
    """
    if target.exists():
        raise SettingError(f"'{target.name}' is there already", where=str(target), remedy="name a place that is free")
    # Known before anything is written.
    key = signing_key(settings)
    is_zip = target.suffix == ".zip"
    folder = target.with_name(f".{target.name}.half") if is_zip else target
    shutil.rmtree(folder, ignore_errors=True)
    try:
        contents = _Gathering(settings, agency, period, folder).gather()
        content = contents.canonical()
        write_whole(folder / CONTENTS, content)
        write_whole(folder / SIGNATURE, f"{key.sign(content).hex()}\n".encode())
        if is_zip:
            _zip(folder, target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if is_zip:
        shutil.rmtree(folder)
    return Bundle(target, contents)


def _zip(folder: Path, target: Path) -> None:
    half = target.with_name(f".{target.name}.part")
    with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = f"{target.stem}/{path.relative_to(folder).as_posix()}"
                info = zipfile.ZipInfo(name, _THEN)
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, path.read_bytes())
    half.rename(target)


class _Gathering:
    """Gathers one bundle into its folder."""

    def __init__(self, settings: Settings, agency: Agency, period: BundlePeriod, folder: Path) -> None:
        self._settings = settings
        self._agency = agency
        self._period = period
        self._folder = folder

    def gather(self) -> Contents:
        """Everything but the list itself and its signature."""
        with open_warehouse(self._settings) as warehouse:
            run = warehouse.run
            self._require_some(last_ended_day(run.as_of, self._agency.zone))
            entry = self._seal_of_night(run.as_of)
            files = [*self._copied(), *self._made(), *self._figures(Ledger(self._settings, self._agency, warehouse))]
        tables = list(self._tables(entry))
        files += self._table_files(tables)
        return Contents(
            agency=self._agency.charter.id,
            charter=self._agency.charter.version,
            period=self._period.name,
            first_day=self._period.first,
            last_day=self._period.last,
            night=entry.as_of,
            seal=entry.sha256,
            files=tuple(sorted(files, key=lambda file: file.path)),
            tables=tuple(tables),
        )

    def _require_some(self, last: date) -> None:
        if self._period.first > last:
            raise SettingError(
                f"nothing of {self._period.name} is published: the last published day is {last}",
                where="period",
                remedy="name a period that has begun by then, or run the nights first",
            )

    def _seal_of_night(self, as_of: datetime) -> ChainEntry:
        nights = seals_of(read_chain(self._settings.evidence_dir), "nightly", as_of)
        if not nights:
            raise EvidenceError(
                f"the published night, as of {as_of.isoformat()}, was not sealed: nothing would vouch for its tables",
                where=str(self._settings.evidence_dir),
                remedy="seal it first: charter nightly does",
            )
        return nights[-1]

    # ── copied from the state folder ────────────────────────────────────────────────────────────

    def _copied(self) -> Iterator[BundledFile]:
        for week in self._weeks():
            yield from self._tree(week_folder(self._settings, week), f"reports/{week.key()}")
        for folder in sorted((self._settings.site_dir / "weeks").glob("*-W*")):
            week = parse_week(folder.name)
            if week.start <= self._period.last and week.end >= self._period.first:
                yield from self._tree(folder, f"nights/{folder.name}")
        style = self._settings.site_dir / "style.css"
        if style.exists():
            yield self._copy(style, "style.css", None)
        for day in self._days():
            yield from self._tree(self._settings.site_dir / "nights" / str(day), f"nights/{day}")
        for folder in sorted((self._settings.lake_dir / "expectation_results").glob("as_of=*")):
            if self._first_stamp() < folder.name.removeprefix("as_of=") <= self._last_stamp():
                yield from self._tree(folder, f"checks/{folder.name}")
        for path in self._evidence():
            yield self._copy(path, f"evidence/{path.relative_to(self._settings.evidence_dir).as_posix()}", None)
        for path in sorted(self._settings.charter_dir.rglob("*")):
            if path.is_file() and path.suffix in (".yaml", ".sql", ".yml"):
                name = path.relative_to(self._settings.charter_dir).as_posix()
                yield self._copy(path, f"charter/{name}", None)

    def _evidence(self) -> list[Path]:
        """The chain and every seal; not the list that only saves reading them."""
        folder = self._settings.evidence_dir
        own = [folder / "chain.jsonl", folder / "public_key.pem"]
        return [path for path in own if path.exists()] + sorted(
            path for path in folder.glob("*/manifest*") if path.is_file()
        )

    def _tree(self, source: Path, name: str) -> Iterator[BundledFile]:
        for path in sorted(source.rglob("*")):
            if path.is_file():
                place = path.relative_to(self._settings.var_dir).as_posix()
                yield self._copy(path, f"{name}/{path.relative_to(source).as_posix()}", place)

    def _copy(self, path: Path, name: str, place: str | None) -> BundledFile:
        return self._written(name, path.read_bytes(), place)

    def _written(self, name: str, content: bytes, place: str | None = None) -> BundledFile:
        target = self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, content)
        return bundled(self._folder, target, place)

    # ── what lies in the period ─────────────────────────────────────────────────────────────────

    def _weeks(self) -> list[Period]:
        """The weeks and months on file that have a day in the period."""
        weeks = [period for kind in REPORT_NAMES for period in filed_periods(self._settings, kind)]
        return [week for week in weeks if week.start <= self._period.last and week.end >= self._period.first]

    def _days(self) -> Iterator[date]:
        for offset in range((self._period.last - self._period.first).days + 1):
            yield self._period.first + timedelta(days=offset)

    def _first_stamp(self) -> str:
        return stamp(self._period.begins_at(self._agency.zone))

    def _last_stamp(self) -> str:
        return stamp(self._period.ends_at(self._agency.zone))

    # ── made for the bundle ─────────────────────────────────────────────────────────────────────

    def _made(self) -> Iterator[BundledFile]:
        edition = Edition(own_words(self._settings, self._agency), tuple(self._agency.charter.languages))
        matrix = current_matrix(self._settings, self._agency, edition)
        yield self._written("matrix/matrix.json", matrix_json(matrix))
        yield self._written("matrix/matrix.xlsx", matrix_workbook(self._agency, edition, matrix))
        register = current_register(self._settings, self._agency, edition.words)
        yield self._written("exceptions/exceptions.json", register_json(register))
        yield self._written("exceptions/exceptions.xlsx", register_workbook(self._agency, edition.words, register))
        verifier = Path(__file__).with_name("verify_bundle.py")
        yield self._written(VERIFIER, verifier.read_bytes())
        for language in _GUIDES:
            yield self._written(f"README.{language}.md", self._guide(language, edition).encode())

    def _guide(self, language: str, edition: Edition) -> str:
        text = (self._settings.home / "reports" / "guides" / f"audit_bundle.{language}.md").read_text(encoding="utf-8")
        return Template(text).substitute(
            agency=edition.words.pick(self._agency.charter.agency.root),
            period=self._period.name,
            first=self._period.first,
            last=self._period.last,
        )

    def _figures(self, ledger: Ledger) -> Iterator[BundledFile]:
        """Each standard's figure of the whole agency in each of the period's weeks, and in the period if it is judged:
        explained down to its rows, as a page and as JSON."""
        words = own_words(self._settings, self._agency)
        explainer = FigureExplainer(self._settings, self._agency, ledger)
        for period in self._judged(ledger):
            for standard in self._agency.charter.standards:
                told = explainer.explain(figure_name(period, standard.id, None))
                stem = f"figures/{name_of_period(period)}/{standard.id}"
                yield self._written(f"{stem}.html", as_page(self._settings, said(told, words)).encode())
                yield self._written(f"{stem}.json", (told.model_dump_json(indent=1) + "\n").encode())

    def _judged(self, ledger: Ledger) -> list[Period]:
        rows = ledger.warehouse.rows(
            """
            SELECT DISTINCT period_kind, period_start, period_end FROM marts.standard_results
            WHERE period_start <= ? AND period_end >= ?
              AND (period_kind = 'week' OR (period_kind = ? AND period_start = ?))
            ORDER BY ALL
            """,
            [self._period.last, self._period.first, self._period.kind, self._period.first],
        )
        return [Period(kind, start, end) for kind, start, end in rows]

    def _tables(self, entry: ChainEntry) -> Iterator[BundledPartition]:
        manifest = sealed_manifest(self._settings.evidence_dir, entry)
        with published(self._settings) as warehouse:
            yield from write_tables(warehouse, manifest.warehouse, self._folder, self._period.first, self._period.last)

    def _table_files(self, tables: list[BundledPartition]) -> Iterator[BundledFile]:
        for part in tables:
            stem = self._folder / part.path.removesuffix(".jsonl.gz")
            for ending in (".jsonl.gz", ".csv", ".parquet"):
                yield bundled(self._folder, stem.with_name(stem.name + ending))
