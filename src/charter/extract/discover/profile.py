"""A first mapping for a new source: read a sample, guess what each column is, and write it down for a person to check.

What looks personal is never shown, and values are shown of codes only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
from pydantic import ValidationError

from charter.base.errors import SettingError, SourceError
from charter.base.settings import Settings
from charter.definitions.load import read_folder
from charter.definitions.models import Agency, Feed, Source
from charter.extract.contract.faults import FeedFault
from charter.extract.contract.personal import looks_personal
from charter.extract.contract.values import clean
from charter.extract.discover.guesses import Sample, guessed
from charter.extract.discover.matching import Fit, best_table
from charter.extract.discover.new_table import column_name, new_table
from charter.extract.discover.proposal import written, written_with_table
from charter.extract.readers import GuardedFiles, GuardedReader, RawBatch, Window, open_reader

_KINDS_BY_PLACE = {"sql": "query", "csv": "path", "parquet": "path", "workbook": "sheet"}
_ENCODINGS = ("utf-8-sig", "cp949", "utf-16", "cp1252")
# How the marks of UTF-16 look in cp1252. Without one, any bytes of an even number are some text in UTF-16.
_MARKS_OF_UTF_16 = ("ÿþ", "þÿ")
_DELIMITERS = (",", ";", "\t", "|")
_HEADER_ROWS = 6
_MOST_FILES = 14


@dataclass(frozen=True)
class Asked:
    """What to profile: a source of sources.yaml by ``name`` (its ``feed``, from 1), or a connection of that name with
    its ``kind`` and ``place`` (table or query, path, sheet). ``table``: the subject table to map to, or a new one.
    ``rows``: how many to look at."""

    name: str
    kind: str | None = None
    place: str | None = None
    path: str | None = None
    table: str | None = None
    feed: int = 1
    rows: int = 5000


def profile_source(settings: Settings, asked: Asked) -> str:
    """The proposed entry for sources.yaml, as YAML with comments. Writes nothing.

    Raises SourceError when the source can't be read, SettingError when what is asked for is not there.
    """
    agency = _agency(settings)
    _require_table(agency, asked.table)
    source, feed, is_new = _asked_source(agency, asked)
    try:
        if is_new:
            source, feed = _settled_layout(settings, source, feed)
        reader = open_reader(settings, source)
        try:
            sample = _sampled(source, feed, reader, asked.rows)
        finally:
            reader.close()
    except FeedFault as fault:
        raise SourceError(fault.problem.what, where=fault.problem.where, remedy=fault.problem.remedy) from None
    columns = [guessed(agency, source, name, sample) for name in sample.texts]
    fit = best_table(agency, columns, _called(source, feed)) if is_new and asked.table is None else None
    table = _declared_table(agency, asked, feed, fit, is_new)
    if table is not None:
        lines = list(written(agency, source, feed.model_copy(update={"table": table}), table, columns, sample))
        if is_new and asked.table is None:
            lines.insert(0, f"# Into '{table}', the declared table that fits best; for a new one: --table NEW_NAME")
    else:
        name = asked.table or (_name_for(source, feed, agency) if is_new else feed.table)
        new = new_table(name, columns, sample)
        feed = feed.model_copy(update={"table": new.name})
        lines = list(written_with_table(agency, source, feed, new, columns, sample))
        if fit is not None:
            lines.insert(0, f"# A new table. Should the declared '{fit.table}' be meant: --table {fit.table}")
    return "\n".join(lines) + "\n"


def _declared_table(agency: Agency, asked: Asked, feed: Feed, fit: Fit | None, is_new: bool) -> str | None:
    """The declared table to map to: the one asked for, the one that the source's entry names, or the one that surely
    fits."""
    named = asked.table or (None if is_new else feed.table)
    if named is not None:
        return named if named in agency.subjects else None
    return fit.table if fit is not None and fit.is_sure else None


def _called(source: Source, feed: Feed) -> str:
    """What the rows of a source may be called: as their file or sheet is, or as the source."""
    place = feed.path or feed.sheet or source.id
    return column_name(place.rsplit("/", 1)[-1].replace("{day}", "").split(".", 1)[0]) or column_name(source.id)


def _name_for(source: Source, feed: Feed, agency: Agency) -> str:
    """What a new table may be called: as its rows are; never as another table."""
    name = _called(source, feed) or "new_table"
    return name if name not in agency.subjects else f"{name}_rows"


def _agency(settings: Settings) -> Agency:
    """The charter folder without the check of the whole: a source that is not mapped yet would not pass it.

    Of a folder that has no tables and sources yet the other files are enough.
    """
    read = read_folder(settings.charter_dir, may_lack=("subjects.yaml", "sources.yaml"))
    return Agency(
        charter=read.charter,
        organisation=read.organisation,
        calendar=read.calendar,
        subjects=read.subjects.subjects,
        sources=read.sources.sources,
        digests={},
    )


def _asked_source(agency: Agency, asked: Asked) -> tuple[Source, Feed, bool]:
    known = {source.id: source for source in agency.sources}
    if asked.kind is None and asked.place is None:
        if asked.name not in known:
            raise SettingError(
                f"there is no source '{asked.name}' in sources.yaml",
                where="profile",
                remedy="name a source, or a connection with --kind and --at (its table, path or sheet)",
            )
        source = known[asked.name]
        if asked.feed > len(source.feeds):
            what = f"'{source.id}' has {len(source.feeds)} feeds"
            raise SettingError(what, where="profile", remedy="choose one of them with --feed")
        feed = source.feeds[asked.feed - 1]
        if feed.arrived_sql:
            what = f"the feed into '{feed.table}' maps what its arrived_sql gives"
            raise SettingError(what, where="profile", remedy="profile maps what arrives: take arrived_sql out first")
        return source, feed.model_copy(update={"recorded_at": None, "cursor": None}), False
    return (*_new_source(agency, asked), True)


def _new_source(agency: Agency, asked: Asked) -> tuple[Source, Feed]:
    if asked.kind not in _KINDS_BY_PLACE or asked.place is None:
        raise SettingError(
            "a connection is profiled by its kind and the place of its rows",
            where="profile",
            remedy=f"give --kind ({', '.join(_KINDS_BY_PLACE)}) and --at (table or query, path, sheet); for other "
            "kinds write the source into sources.yaml with 'columns: {}' and profile it by its name",
        )
    place = {_KINDS_BY_PLACE[asked.kind]: asked.place, **({"path": asked.path} if asked.path else {})}
    if asked.kind == "sql" and not re.search(r"\s", asked.place):
        place = {"query": f"SELECT * FROM {asked.place}"}
    daily = "{day}" in (place.get("path") or "")
    try:
        source = Source.model_validate(
            {
                "id": asked.name,
                "text": dict.fromkeys(agency.charter.languages, asked.name),
                "kind": asked.kind,
                "connection": asked.name,
                "time_zone": agency.charter.time_zone,
                "freshness": {"expect": "file_each_day" if daily else "each_night"},
                "feeds": [{"table": asked.table or "new_table", "columns": {}, **place}],
            }
        )
    except ValidationError as error:
        what = f"'{asked.name}' can't be a source's name" if error.errors()[0]["loc"][0] == "id" else str(error)
        raise SettingError(what, where="profile", remedy="use small letters, digits and hyphens") from error
    return source, source.feeds[0]


def _require_table(agency: Agency, table: str | None) -> None:
    """A table that is not declared is proposed anew; one that is derived has no rows of its own to land."""
    landed = [name for name, subject in agency.subjects.items() if subject.landed]
    if table is None or table in landed:
        return
    if table in agency.subjects:
        raise SettingError(f"'{table}' is no landed table", where="profile", remedy=f"there are: {', '.join(landed)}")
    if table != column_name(table):
        remedy = "use small letters, digits and _, and begin with a letter"
        raise SettingError(f"'{table}' can't be a table's name", where="profile", remedy=remedy)


# ── the sample ──────────────────────────────────────────────────────────────────────────────────


def _windows(reader: GuardedReader, feed: Feed) -> list[Window]:
    """What to read: everything; of daily files the last ones, the newest first."""
    ever = datetime.max.replace(tzinfo=UTC)
    if "{day}" not in (feed.path or ""):
        return [Window(ever)]
    days = reader.files_by_day(feed) if isinstance(reader, GuardedFiles) else {}
    return [Window(ever, day=day) for day in sorted(days, reverse=True)[:_MOST_FILES] or [ever.date()]]


def _names(settings: Settings, source: Source, feed: Feed) -> RawBatch:
    """A batch without columns, which tells their names."""
    reader = open_reader(settings, source)
    try:
        return next(iter(reader.read(feed.model_copy(update={"columns": {}}), _windows(reader, feed)[0])))
    finally:
        reader.close()


def _settled_layout(settings: Settings, source: Source, feed: Feed) -> tuple[Source, Feed]:
    """The encoding, delimiter and header row under which a file's columns come apart best."""
    if source.kind == "csv":
        broken: dict[str, int] = {}
        is_marked = False
        for encoding in _ENCODINGS:
            try:
                batch = _names(settings, source.model_copy(update={"encoding": encoding}), feed)
            except (FeedFault, UnicodeError):
                continue
            broken[encoding] = len(batch.broken)
            is_marked |= "".join(batch.names).startswith(_MARKS_OF_UTF_16)
        broken = {name: count for name, count in broken.items() if (name == "utf-16") == is_marked}
        source = source.model_copy(update={"encoding": min(broken, key=lambda name: broken[name], default="utf-8-sig")})
        widths = {
            delimiter: len(_names(settings, source.model_copy(update={"delimiter": delimiter}), feed).names)
            for delimiter in _DELIMITERS
        }
        source = source.model_copy(update={"delimiter": max(widths, key=lambda name: widths[name])})
    if source.kind in ("csv", "workbook"):
        feed = feed.model_copy(update={"header_row": _header_row(settings, source, feed)})
    return source, feed


def _header_row(settings: Settings, source: Source, feed: Feed) -> int:
    filled: dict[int, int] = {}
    for row in range(1, _HEADER_ROWS + 1):
        try:
            names = _names(settings, source, feed.model_copy(update={"header_row": row})).names
        except FeedFault:
            if row == 1:
                raise
            continue
        filled[row] = len({name for name in names if name})
    widest = max(filled.values())
    return next(row for row, count in filled.items() if count * 5 >= widest * 4)


def _sampled(source: Source, feed: Feed, reader: GuardedReader, count: int) -> Sample:
    windows = _windows(reader, feed)
    names = next(iter(reader.read(feed.model_copy(update={"columns": {}}), windows[0]))).names
    where = f"source '{source.id}', row {feed.header_row}"
    # Should the header be missing, these are somebody's data, and must not be shown.
    if any(looks_personal(name) or re.match(r"^(19|20)\d\d[-./]\d", name) for name in names):
        raise SettingError(
            "what should be the header looks like data", where=where, remedy="set header_row, or names, for this feed"
        )
    if not any(names):
        raise SettingError("the columns have no names", where=where, remedy="map this source by hand")
    once = [name for name in dict.fromkeys(names) if name and names.count(name) == 1]
    twice = tuple(dict.fromkeys(name for name in names if name and names.count(name) > 1))
    wanted = feed.model_copy(update={"columns": {f"c{index}": name for index, name in enumerate(once)}})
    parts: dict[str, list[pa.Array]] = {name: [] for name in once}
    observed: dict[str, set[str]] = {name: set() for name in once}
    rows = 0
    for batch in (batch for window in windows for batch in reader.read(wanted, window)):
        for name in once:
            parts[name].append(batch.columns[name].slice(0, count - rows))
            observed[name] |= batch.observed.get(name, set())
        rows += min(len(batch), count - rows)
        if rows >= count:
            break
    texts = {
        name: clean(pa.concat_arrays([pa.array([], pa.string()), *found]), source.null_tokens)
        for name, found in parts.items()
    }
    return Sample(texts, {name: frozenset(kinds) for name, kinds in observed.items()}, twice, rows)
