"""How a record's values look in its source system: Korean names, codes, clocks and blanks as ``sources.yaml`` says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from zlib import crc32
from zoneinfo import ZoneInfo

from charter.definitions.models import Agency, Feed, Source, SubjectColumn
from charter.definitions.waivers import ALL, says_whom

from .world import Line, key_of

Cell = str | int | float | date | datetime | None


OptionT = TypeVar("OptionT")


def choose(options: list[OptionT], *names: str) -> OptionT:
    """One of ``options``, always the same for the same names."""
    return options[crc32("/".join(names).encode()) % len(options)]


@dataclass(frozen=True)
class Extra:
    """A column that its system has and nobody maps: names, telephone numbers, free text. All of it is made up."""

    name: str
    place: int
    text: Callable[[str], str]


def _person(key: str) -> str:
    return f"홍길동{crc32(key.encode()) % 1000:03d}"


def _phone(key: str) -> str:
    return f"010-0000-{crc32(key.encode()) % 10000:04d}"


def _email(key: str) -> str:
    return f"user{crc32(key.encode()) % 1000:03d}@example.com"


def _registration(key: str) -> str:
    return "000000-0000000"


def _text(key: str) -> str:
    return choose(
        [
            "합성 문의: 해외 바이어 정보를 요청합니다",
            "합성 문의: 참가 신청 절차가 궁금합니다",
            "합성 문의: 담당자와 상담하고 싶습니다, 빠른 회신 부탁드립니다",
            "합성 문의: 제출 서류를 다시 보냅니다",
        ],
        key,
    )


def _firm(key: str) -> str:
    return f"합성기업 {crc32(key.encode()) % 1000:03d}"


EXTRAS: dict[str, list[Extra]] = {
    "tickets": [
        Extra("cust_nm", 6, _person),
        Extra("cust_telno", 7, _phone),
        Extra("rcpt_sj", 8, _text),
        Extra("rcpt_cn", 9, _text),
    ],
    "ticket_events": [Extra("proc_emp_nm", 5, _person), Extra("proc_cn", 6, _text)],
    "calls": [Extra("상담원", 3, _person), Extra("메모", 9, _text)],
    "call_reviews": [Extra("상담원", 3, _person), Extra("점검자", 99, _person)],
    "survey_responses": [Extra("성명", 3, _person), Extra("의견", 99, _text)],
    "firms": [Extra("기업명", 1, _firm), Extra("대표자", 2, _person), Extra("연락처", 99, _phone)],
    "secondments": [Extra("연락처", 99, _phone)],
    "home_doctors": [Extra("이메일", 99, _email)],
    "tenancies": [Extra("기업명", 1, _firm)],
    "disclosure_requests": [
        Extra("청구인", 1, _person),
        Extra("주민등록번호", 2, _registration),
        Extra("청구내용", 3, _text),
    ],
    "proposals": [Extra("제안자", 1, _person), Extra("제안내용", 2, _text)],
    "complaints": [Extra("고객명", 1, _person), Extra("연락처", 2, _phone), Extra("불만내용", 99, _text)],
    "visits": [Extra("방문객", 1, _person)],
}


class Clerk:
    """Writes lines of one feed: values in the source's own words, unmapped columns filled with made-up text."""

    def __init__(self, agency: Agency, source: Source, feed: Feed) -> None:
        self._source = source
        self._feed = feed
        self._zone = ZoneInfo(source.time_zone)
        self._columns = agency.subjects[feed.table].columns
        self._mapped = feed.mapped()
        self._names = {
            department.id: [department.name.root["ko"], *department.aliases]
            for department in agency.organisation.departments
        }
        self._codes = {
            column: {ours: theirs for theirs, ours in (mapping.values or {}).items()}
            for column, mapping in self._mapped.items()
        }
        self.header = self._header()

    def _header(self) -> list[str]:
        names = [mapping.source for mapping in self._mapped.values()]
        if self._feed.recorded_at and self._feed.recorded_at not in names:
            names.append(self._feed.recorded_at)
        for extra in EXTRAS.get(self._feed.table, []):
            names.insert(extra.place, extra.name)
        return names

    def cells(self, line: Line) -> dict[str, Cell]:
        """The line's cells by source column, typed: dates and naive instants in the source's zone, texts, numbers."""
        key = key_of(line.row)
        found: dict[str, Cell] = {}
        for column, mapping in self._mapped.items():
            if line.broken is not None and column in line.broken.raw:
                found[mapping.source] = line.broken.raw[column]
            else:
                found[mapping.source] = self._cell(column, getattr(line.row, column), key)
        for extra in EXTRAS.get(self._feed.table, []):
            found[extra.name] = extra.text(f"{key}/{extra.name}")
        if self._feed.recorded_at and self._feed.recorded_at not in found:
            found[self._feed.recorded_at] = self._local(line.recorded_at)
        return found

    def _cell(self, name: str, value: Any, key: str) -> Cell:
        column: SubjectColumn = self._columns[name]
        if value is None:
            return ALL if says_whom(self._feed.table, name) else None
        if column.type == "department":
            return choose(self._names[value], key, name)
        if column.type == "code":
            theirs: str = self._codes[name].get(value, value)
            return theirs
        if column.type == "boolean":
            words = [word for word, meaning in self._source.booleans.items() if meaning == value]
            return choose(words, self._feed.table)
        if isinstance(value, datetime):
            return self._local(value)
        return value  # type: ignore[no-any-return]

    def _local(self, instant: datetime) -> datetime:
        return instant.astimezone(self._zone).replace(tzinfo=None)

    def texts(self, line: Line) -> list[str]:
        """The line as the fields of a CSV file, in the order of the header (a broken line may have one too many)."""
        cells, key = self.cells(line), key_of(line.row)
        fields = [self._text(name, cells[name], key) for name in self.header]
        if line.broken is not None and line.broken.extra_field is not None:
            fields.append(line.broken.extra_field)
        return fields

    def _text(self, name: str, value: Cell, key: str) -> str:
        match value:
            case None:
                return choose(self._source.null_tokens, key, name)
            case datetime():
                return value.strftime(self._source.instant_format)
            case date():
                return value.strftime(self._source.date_format)
            case float():
                return f"{value:g}"
            case _:
                return str(value)

    def sheet_cells(self, line: Line) -> list[Cell]:
        """The line as cells of a sheet: instants as text, dates as dates or, where people typed them, as text."""
        cells, key = self.cells(line), key_of(line.row)
        formats = {mapping.source: mapping.format for mapping in self._mapped.values()}
        return [self._sheet_cell(name, cells[name], key, formats.get(name)) for name in self.header]

    def _sheet_cell(self, name: str, value: Cell, key: str, written: str | None) -> Cell:
        if value is None or value == "":
            return choose([None, *self._source.null_tokens[1:]], key, name) or None
        if isinstance(value, datetime):
            return value.strftime(written or self._source.instant_format)
        if isinstance(value, date):
            typed = written is not None or choose([True, False, False, False, False], key, name)
            return value.strftime(written or self._source.date_format) if typed else value
        return value
