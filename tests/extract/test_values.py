"""From a source's texts to typed values: what is accepted, what is refused, and how a refusal is worded."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from charter.definitions.models import MappedColumn, SubjectColumn
from charter.extract.pseudonyms import pseudonym
from charter.extract.readers.batch import as_texts
from charter.extract.values import Converted, Vocabulary, clean, convert, shown

from .builders import World, source, ticket, tickets_source

FEED = {"table": "firms", "sheet": "firms", "columns": {"firm_id": "x"}}


def read(values: list[object], kind: str, mapping: dict[str, Any] | None = None, **source_changes: Any) -> Converted:
    column = SubjectColumn.model_validate({"type": kind, **({"values": ["a", "b"]} if kind == "code" else {})})
    mapped = MappedColumn.model_validate({"source": "x", **(mapping or {})})
    origin = source("workbook", FEED, **source_changes)
    texts = clean(as_texts(values)[0], origin.null_tokens)
    return convert(texts, column, mapped, origin, Vocabulary({"수출팀": "export"}, b"key"))


def one(value: object, kind: str, mapping: dict[str, Any] | None = None, **source_changes: Any) -> object:
    """The stored value, or the words of the refusal."""
    converted = read([value], kind, mapping, **source_changes)
    return converted.explain(str(value)) if converted.broken[0].as_py() else converted.values[0].as_py()


@pytest.mark.parametrize(
    ("given", "zone", "stored"),
    [
        ("2026-07-01 09:00:00", "Asia/Seoul", datetime(2026, 7, 1)),
        ("2026-07-01 09:00:00", "UTC", datetime(2026, 7, 1, 9)),
        ("2026-11-01 01:30:00", "America/New_York", datetime(2026, 11, 1, 5, 30)),
        ("2026-03-08 02:30:00", "America/New_York", datetime(2026, 3, 8, 7)),
        (datetime(2026, 7, 1, 9), "Asia/Seoul", datetime(2026, 7, 1)),
        (datetime(2026, 7, 1, 9, tzinfo=UTC), "Asia/Seoul", datetime(2026, 7, 1, 9)),
        (datetime(2026, 7, 1, 9, tzinfo=timezone(timedelta(hours=2))), "Asia/Seoul", datetime(2026, 7, 1, 7)),
        (date(2026, 7, 1), "Asia/Seoul", datetime(2026, 6, 30, 15)),
    ],
    ids=[
        "seoul",
        "utc",
        "twice-means-first",
        "skipped-means-end-of-gap",
        "typed",
        "aware",
        "aware-offset",
        "typed-date",
    ],
)
def test_instants_become_utc_by_the_sources_own_clock(given: object, zone: str, stored: datetime) -> None:
    assert one(given, "instant", time_zone=zone) == stored


@pytest.mark.parametrize(
    "given",
    ["2026-02-30 10:00:00", "2026-07-01", "2026-07-01 24:00:00", "epoch", "infinity", "0000-00-00 00:00:00", "어제"],
)
def test_what_is_no_instant_is_refused_and_never_guessed(given: str) -> None:
    assert "is not an instant such as 2026-07-01 09:30:00" in str(one(given, "instant"))


def test_an_instant_with_its_own_offset_needs_no_zone() -> None:
    form = {"format": "%Y-%m-%dT%H:%M:%S%z"}
    assert one("2026-07-01T09:00:00+09:00", "instant", form, time_zone="America/New_York") == datetime(2026, 7, 1)


@pytest.mark.parametrize(
    ("given", "form", "stored"),
    [
        ("2026-07-01", None, date(2026, 7, 1)),
        ("2026.07.01", "%Y.%m.%d", date(2026, 7, 1)),
        (datetime(2026, 7, 1), "%Y.%m.%d", date(2026, 7, 1)),
        (date(2026, 7, 1), None, date(2026, 7, 1)),
        (datetime(2026, 6, 30, 16, tzinfo=UTC), None, None),
        ("2026-02-29", None, None),
        (datetime(2026, 7, 1, 9), None, None),
    ],
)
def test_dates_are_read_by_their_format_or_from_typed_cells_without_a_time(
    given: object, form: str | None, stored: date | None
) -> None:
    read = one(given, "date", {"format": form})
    assert read == stored if stored else "is not a date" in str(read)


def test_a_date_given_as_an_aware_midnight_is_the_sources_local_day() -> None:
    assert one(datetime(2026, 6, 30, 15, tzinfo=UTC), "date") == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("given", "kind", "stored"),
    [
        ("12", "integer", 12),
        (" -3 ", "integer", -3),
        (5.0, "integer", 5),
        (Decimal("7"), "integer", 7),
        (str(2**63 - 1), "integer", 2**63 - 1),
        ("4.5", "number", 4.5),
        ("1e3", "number", 1000.0),
        (0.1, "number", 0.1),
        (True, "boolean", True),
        ("Y", "boolean", True),
        ("N", "boolean", False),
        (1001.0, "text", "1001"),
        ("수출팀", "department", "export"),
        ("a", "code", "a"),
        ("-", "integer", None),
        ("", "text", None),
        (None, "date", None),
    ],
)
def test_values_are_stored_by_the_type_of_their_column(given: object, kind: str, stored: object) -> None:
    assert one(given, kind) == stored


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ("1.5", "integer", "'1.5' is not a whole number"),
        (str(2**63), "integer", "is not a whole number"),
        ("nan", "number", "'nan' is not a number"),
        ("inf", "number", "'inf' is not a number"),
        ("1e999", "number", "'1e999' is not a number"),
        ("1,234", "number", "'1,234' is not a number"),
        ("maybe", "boolean", "'maybe' is not one of Y, N"),
        ("c", "code", "'c' is not one of a, b"),
        ("없는팀", "department", "'없는팀' is no department's id, name or alias"),
    ],
)
def test_a_refusal_names_the_value(given: str, kind: str, words: str) -> None:
    assert words in str(one(given, kind))


def test_codes_are_translated_and_an_unknown_one_lists_those_known() -> None:
    mapping = {"values": {"문의": "a"}}
    assert one("문의", "code", mapping) == "a"
    assert one("칭찬", "code", mapping) == "'칭찬' is not one of 문의"


def test_a_translated_boolean_and_department() -> None:
    assert one("있음", "boolean", {"values": {"있음": True, "없음": False}}) is True
    assert one("A1", "department", {"values": {"A1": "수출팀"}}) == "export"


def test_hangul_typed_on_another_system_is_the_same_word() -> None:
    decomposed = "수출팀"
    assert one(decomposed, "department") == "export"


@pytest.mark.parametrize("value", ["a@example.org", "010-1234-5678", "900101-1234567", "x" * 60])
def test_what_may_be_personal_is_never_repeated_in_a_reason(value: str) -> None:
    assert value not in shown(value)


def test_the_same_person_has_the_same_pseudonym_in_every_source() -> None:
    assert pseudonym("010-1234-5678", b"k") == pseudonym("０１０ 1234 5678", b"k") == pseudonym(" 01012345678", b"k")
    assert pseudonym("Kim@Example.org", b"k") == pseudonym("kim@example.org ", b"k")
    assert pseudonym("홍길동", b"k") != pseudonym("홍길동", b"other")
    assert pseudonym("홍길동", b"k") != pseudonym("홍길순", b"k")


def test_a_row_hash_can_be_recomputed_by_an_auditor(world: World) -> None:
    world.database([ticket("T1", score="4.5", cnt="3", ended="2026-06-30")])
    world.extract(tickets_source(), "2026-07-01")
    row = world.versions("tickets").iloc[0]
    texts = ["T1", "inquiry", "2026-07-01 01:00:00", "export", row["customer"], "2026-06-30", "4.5", "3", "false"]
    canonical = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
    assert row["_row_hash"] == hashlib.sha256(canonical.encode()).hexdigest()


def test_the_stored_types_are_those_of_the_contract() -> None:
    assert read(["1"], "integer").values.type == pa.int64()
    assert read(["2026-07-01 00:00:00"], "instant").values.type == pa.timestamp("us")
    assert read(["2026-07-01"], "date").values.type == pa.date32()
