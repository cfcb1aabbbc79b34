"""A proposed mapping as an entry for sources.yaml, with comments on what a person has to complete."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from charter.definitions.models import Agency, Feed, Source, Subject, SubjectColumn
from charter.extract.discover.guesses import Column, Guess, Sample
from charter.extract.discover.matching import code_for, matched_columns, translations
from charter.extract.discover.moments import FITTING
from charter.extract.discover.new_table import NewTable

_RECORDED = ("등록", "입력", "수정", "변경", "갱신", "reg", "upd", "mod", "chg", "created", "updated", "modified")


def written(
    agency: Agency, source: Source, feed: Feed, table: str, columns: Sequence[Column], sample: Sample
) -> Iterator[str]:
    """The lines of the entry that maps ``columns`` (those of ``sample``) to the declared table ``table``."""
    subject, known = agency.subjects[table], translations(agency)
    matched = {name: column for name, (column, _) in matched_columns(subject, columns, known).items()}
    yield from _entry(agency, source, feed, subject, matched, columns, sample)


def written_with_table(
    agency: Agency, source: Source, feed: Feed, new: NewTable, columns: Sequence[Column], sample: Sample
) -> Iterator[str]:
    """The lines of a table for subjects.yaml, and of the entry that maps ``columns`` to it."""
    yield "# Into subjects.yaml: what a row is. Say it in a sentence, and give columns the names that you would use."
    yield "subjects:"
    yield f"  {new.name}:"
    yield f"    text: {_scalar(new.subject.text)}"
    yield f"    key: {new.subject.key}"
    if new.subject.case:
        yield f"    case: {new.subject.case}"
    yield "    columns:"
    for name, column in new.subject.columns.items():
        said = column.model_dump(mode="json", exclude_defaults=True)
        yield f"      {name}: {_scalar(said)}{_of_new_column(new, name)}"
    yield ""
    yield "# Into sources.yaml: where its rows come from."
    yield from _entry(agency, source, feed, new.subject, new.columns, columns, sample, new)


def _of_new_column(new: NewTable, name: str) -> str:
    if name == new.subject.key and new.key_is_made:
        return "  # made by arrived_sql below" if new.arrived_sql else "  # to be made: see below"
    return "  # no two of the rows that were read have the same" if name == new.subject.key else ""


def _entry(
    agency: Agency,
    source: Source,
    feed: Feed,
    subject: Subject,
    matched: Mapping[str, Column],
    columns: Sequence[Column],
    sample: Sample,
    new: NewTable | None = None,
) -> Iterator[str]:
    known = translations(agency)
    formats = {
        "instant_format": _commonest([each.format for each in matched.values() if each.guess == "instant"]),
        "date_format": _commonest([each.format for each in matched.values() if each.guess == "date"]),
    }
    yield f"# Proposed from {sample.rows} rows. Read it, complete what the comments ask for, then: charter check and"
    yield f"# charter sources test {source.id}"
    yield "sources:"
    yield from _of_source(source, matched.values(), formats)
    yield "    feeds:"
    yield f"      - table: {feed.table}"
    for key, value in feed.model_dump(mode="json", exclude_defaults=True, exclude={"table", "columns"}).items():
        if key == "query" and str(value).startswith("SELECT * FROM "):
            wanted = list(dict.fromkeys(each.name for each in matched.values()))
            value = str(value).replace("*", ", ".join(wanted) or "*", 1)
        yield f"        {key}: {_scalar(value)}"
    if new is not None and new.advice:
        yield from (f"        # {line}" for line in new.advice)
    if new is not None and new.arrived_sql:
        yield "        arrived_sql: |"
        yield from (f"          {line}" for line in new.arrived_sql)
    else:
        yield from _candidates(source, columns)
    yield "        columns:"
    for name, ours in subject.columns.items():
        if new is not None and name == new.subject.key and new.arrived_sql:
            yield f"          {name}: {name}"
        elif name in matched and matched[name].guess == "ambiguous":
            yield from _of_ambiguous(name, matched[name])
        elif name in matched:
            yield from _of_column(name, ours, matched[name], source, formats, known)
        elif ours.required or name == subject.key:
            yield f"          # {name}: required, and no column seems to be it"
    if not any(column.guess != "ambiguous" for column in matched.values()):
        yield "          {}"
    yield from _left_out(columns, {each.name for each in matched.values()}, sample)


def _of_source(source: Source, matched: Any, formats: Mapping[str, str | None]) -> Iterator[str]:
    entry: dict[str, Any] = source.model_dump(mode="json", exclude_defaults=True, exclude={"feeds"})
    found = list(matched)
    nulls = list(dict.fromkeys([*source.null_tokens, *(token for each in found for token in each.nulls)]))
    if nulls != [""]:
        entry["null_tokens"] = nulls
    booleans = {text: text == each.codes[0] for each in found if each.guess == "boolean" for text in each.codes}
    booleans = {text: value for text, value in booleans.items() if text not in ("true", "false")}
    if booleans or source.booleans:
        entry["booleans"] = {**booleans, **source.booleans}
    entry |= {key: form for key, form in formats.items() if form and form != Source.model_fields[key].default}
    if str(entry.get("instant_format", "")).endswith("Z"):
        # The letter stands for UTC; to the format it is only a letter.
        entry["time_zone"] = "UTC"
    # What follows is read from top to bottom: how often it speaks comes last.
    freshness = entry.pop("freshness")
    for index, (key, value) in enumerate([*entry.items(), ("freshness", freshness)]):
        yield f"  {'-' if index == 0 else ' '} {key}: {_scalar(value)}"


def _of_column(
    name: str,
    ours: SubjectColumn,
    column: Column,
    source: Source,
    formats: Mapping[str, str | None],
    known: Mapping[str, set[str]],
) -> Iterator[str]:
    default = formats.get(f"{column.guess}_format")
    form = column.format if column.format != default else None
    notes = [f"{column.misfits:.1%} do not fit"] if column.misfits else []
    if column.guess == "department" and column.misfits:
        notes = [f"{column.misfits:.0%} of its values are no department's name: add aliases to departments.yaml"]
    if ours.required and column.filled < 1:
        notes.append(f"is required, and empty in {1 - column.filled:.1%} of the rows")
    note = f"  # {'; '.join(notes)}" if notes else ""
    if ours.type == "code" and set(column.codes) <= set(ours.values or []):
        yield f"          {name}: {_scalar(column.name)}{note}"
    elif ours.type == "code":
        translated = {value: code_for(value, ours, known) for value in column.codes}
        yield f"          {name}:{note}"
        yield f"            source: {_scalar(column.name)}"
        sure = {value: code for value, code in translated.items() if code is not None}
        yield f"            values: {_scalar(sure)}"
        if unsure := [value for value, code in translated.items() if code is None]:
            yield f"            # to be translated into {', '.join(ours.values or [])}: {', '.join(unsure)}"
    elif column.marks and column.guess == "number":
        marks = "".join(f", {key}: {_quoted(mark)}" for key, mark in column.marks)
        yield f"          {name}: {{source: {_scalar(column.name)}{marks}}}{note}"
    elif form is not None:
        yield f"          {name}: {{source: {_scalar(column.name)}, format: {_quoted(form)}}}{note}"
    else:
        yield f"          {name}: {_scalar(column.name)}{note}"


def _of_ambiguous(name: str, column: Column) -> Iterator[str]:
    """Nothing is guessed: the line is there to be completed, and until then the column is not mapped."""
    forms = " or ".join(_quoted(form) for form in column.formats)
    yield f"          # {name}: {{source: {_scalar(column.name)}, format: …}}"
    yield f"          #   is ambiguous: every day that was read is 12 or less, so it may be {forms}."
    yield "          #   Ask whoever keeps the source, and say which."


def _candidates(source: Source, columns: Sequence[Column]) -> Iterator[str]:
    """The columns that may hold the instant at which the source wrote a row."""
    found = [
        each.name
        for each in columns
        if each.guess == "instant"
        and each.filled >= FITTING
        and any(word in each.name.casefold() for word in _RECORDED)
    ]
    if found:
        others = f" (or {', '.join(found[1:])})" if found[1:] else ""
        yield f"        # recorded_at: {found[0]}{others}, if it is when the source wrote the row, changes included;"
        if source.kind == "sql":
            yield f"        # then only what moved need be read: cursor: {{column: {found[0]}, overlap: 6 hours}}"


def _left_out(columns: Sequence[Column], mapped: set[str], sample: Sample) -> Iterator[str]:
    why: dict[Guess, str] = {
        "personal": "looks personal",
        "free_text": "free text",
        "empty": "empty in the sample",
        "ambiguous": "a date whose day and month may stand in either order",
        "time_of_day": "a time without its day: join the two in query or arrived_sql (day || ' ' || time)",
    }
    rest = [each for each in columns if each.name not in mapped]
    if rest or sample.twice:
        yield "        # Left out:"
    for each in rest:
        codes = f" ({', '.join(each.codes)})" if each.guess == "code" else ""
        yield f"        #   {each.name}: {why.get(each.guess, each.guess)}{codes}"
    for name in sample.twice:
        yield f"        #   {name}: there is more than one column of this name"


def _commonest(forms: Sequence[str | None]) -> str | None:
    given = [form for form in forms if form is not None]
    return max(given, key=given.count, default=None)


def _scalar(value: object) -> str:
    """A value as YAML in one line. JSON is YAML, too."""
    if isinstance(value, str):
        plain = re.fullmatch(r"[A-Za-z가-힣_*(][\w가-힣 ./*(),-]*", value)
        word = value.casefold() in ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
        return value if plain and not word and not value.startswith("*") and value == value.strip() else _quoted(value)
    if isinstance(value, dict):
        pairs = (f"{_in_flow(key)}: {_in_flow(each)}" for key, each in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_in_flow(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _in_flow(value: object) -> str:
    text = _scalar(value)
    return _quoted(value) if isinstance(value, str) and "," in text else text


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
