"""From a source's texts to typed values: what is accepted, what is refused, and how a refusal is worded."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from charter.base.composing import composed
from charter.definitions.models import MappedColumn, SubjectColumn, Years
from charter.extract.contract.pseudonyms import pseudonym
from charter.extract.contract.typed import as_texts
from charter.extract.contract.values import Converted, Vocabulary, clean, convert
from tests.extract.builders import World, source, ticket, tickets_source

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
        ("maybe", "boolean", "a value of the shape aaaaa is not one of Y, N"),
        ("c", "code", "'c' is not one of a, b"),
        ("없는팀", "department", "a value of the shape 가가가 is no department's id, name or alias"),
    ],
)
def test_a_refusal_names_the_value(given: str, kind: str, words: str) -> None:
    assert words in str(one(given, kind))


def test_codes_are_translated_and_an_unknown_one_lists_those_known() -> None:
    mapping = {"values": {"문의": "a"}}
    assert one("문의", "code", mapping) == "a"
    assert one("칭찬", "code", mapping) == "a value of the shape 가가 is not one of 문의"


def test_a_translated_boolean_and_department() -> None:
    assert one("있음", "boolean", {"values": {"있음": True, "없음": False}}) is True
    assert one("A1", "department", {"values": {"A1": "수출팀"}}) == "export"


def test_hangul_typed_on_another_system_is_the_same_word() -> None:
    decomposed = "수출팀"
    assert one(decomposed, "department") == "export"


def test_the_same_person_has_the_same_pseudonym_in_every_source() -> None:
    assert (
        pseudonym("010-1234-5678", b"k", "KR")
        == pseudonym("０１０ 1234 5678", b"k", "KR")
        == pseudonym(" 01012345678", b"k", "KR")
    )
    assert pseudonym("Kim@Example.org", b"k", "KR") == pseudonym("kim@example.org ", b"k", "KR")
    assert pseudonym("홍길동", b"k", "KR") != pseudonym("홍길동", b"other", "KR")
    assert pseudonym("홍길동", b"k", "KR") != pseudonym("홍길순", b"k", "KR")


def test_a_row_hash_can_be_recomputed_by_an_auditor(world: World) -> None:
    world.database([ticket("T1", score="4.5", cnt="3", ended="2026-06-30")])
    world.extract(tickets_source(), "2026-07-01")
    row = world.versions("tickets").iloc[0]
    texts = ["T1", "inquiry", "2026-07-01 01:00:00", "export", row["customer"], "2026-06-30", "4.5", "3", "false"]
    canonical = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
    assert row["_row_hash"] == hashlib.sha256(canonical.encode()).hexdigest()


def test_a_column_of_few_values_is_cleaned_as_each_of_them() -> None:
    few = [" 수출팀 ", "수출팀", "-", "", None, "a b", "\u3000n/a\u3000"]
    once = [clean(pa.array([text], pa.string()), ["-", "n/a"])[0].as_py() for text in few]
    many = [f" {number} " for number in range(2000)]
    assert once == ["수출팀", "수출팀", None, None, None, "a b", None]
    assert clean(pa.array(few * 300), ["-", "n/a"]).to_pylist() == once * 300
    assert clean(pa.array(many + few), ["-", "n/a"]).to_pylist() == [text.strip() for text in many] + once


def test_the_stored_types_are_those_of_the_contract() -> None:
    assert read(["1"], "integer").values.type == pa.int64()
    assert read(["2026-07-01 00:00:00"], "instant").values.type == pa.timestamp("us")
    assert read(["2026-07-01"], "date").values.type == pa.date32()


UTC_NINE_THIRTY = datetime(2026, 7, 1, 0, 30)


@pytest.mark.parametrize(
    ("given", "form", "stored"),
    [
        ("1782865800", "unix", UTC_NINE_THIRTY),
        (1782865800, "unix", UTC_NINE_THIRTY),
        ("1782865800.123456789", "unix", UTC_NINE_THIRTY.replace(microsecond=123456)),
        (1782865800500, "unix_ms", UTC_NINE_THIRTY.replace(microsecond=500_000)),
        ("2026-07-01T09:30:00+09:00", "iso8601", UTC_NINE_THIRTY),
        ("2026-07-01T09:30+0900", "iso8601", UTC_NINE_THIRTY),
        ("2026-07-01T00:30:00.5Z", "iso8601", UTC_NINE_THIRTY.replace(microsecond=500_000)),
        ("2026-07-01 00:30:00,5z", "iso8601", UTC_NINE_THIRTY.replace(microsecond=500_000)),
        ("2026-07-01T09:30:00", "iso8601", UTC_NINE_THIRTY),
        (datetime(2026, 7, 1, 9, 30), "unix", UTC_NINE_THIRTY),
    ],
    ids=[
        "seconds",
        "typed-seconds",
        "fraction",
        "milliseconds",
        "offset",
        "offset-without-colon",
        "utc",
        "utc-comma",
        "without-offset-is-the-sources-clock",
        "typed-instant",
    ],
)
def test_seconds_since_1970_and_iso_8601_are_formats_of_their_own(given: object, form: str, stored: datetime) -> None:
    assert one(given, "instant", {"format": form}) == stored


@pytest.mark.parametrize(
    ("given", "form"),
    [
        ("1782865800500", "unix"),
        ("1782865800", "unix_ms"),
        ("2026-07-01T00:30:00Z", "unix"),
        ("2026-07-01T24:00:00Z", "iso8601"),
        ("2026-07-01T09:30:00+25:00", "iso8601"),
        ("2026-02-30T09:30:00Z", "iso8601"),
        ("2026-07-01", "iso8601"),
        ("1782865800", "iso8601"),
        ("unix", "unix"),
        ("iso8601", "iso8601"),
    ],
)
def test_a_number_of_the_other_unit_or_another_format_is_refused(given: str, form: str) -> None:
    example = {"unix": "1782898200", "unix_ms": "1782898200000", "iso8601": "2026-07-01T09:30:00Z"}[form]
    assert f"is not an instant such as {example}" in str(one(given, "instant", {"format": form}))


@pytest.mark.parametrize(
    ("given", "rule", "stored"),
    [
        ("2015-11-01 01:30:00", {"twice": "first"}, datetime(2015, 11, 1, 5, 30)),
        ("2015-11-01 01:30:00", {"twice": "second"}, datetime(2015, 11, 1, 6, 30)),
        ("2015-03-08 02:30:00", {"never": "end"}, datetime(2015, 3, 8, 7)),
        ("2015-11-01 03:30:00", {"twice": "refuse", "never": "refuse"}, datetime(2015, 11, 1, 8, 30)),
    ],
)
def test_what_a_clock_told_twice_or_never_is_what_the_source_says(
    given: str, rule: dict[str, str], stored: datetime
) -> None:
    assert one(given, "instant", time_zone="America/New_York", wall_clock=rule) == stored


@pytest.mark.parametrize("given", ["2015-11-01 01:30:00", "2015-03-08 02:30:00"])
def test_such_times_are_refused_where_the_source_says_so(given: str) -> None:
    said = one(given, "instant", time_zone="America/New_York", wall_clock={"twice": "refuse", "never": "refuse"})
    assert "occurs twice or never when the clocks of America/New_York change" in str(said)


def test_a_date_that_no_calendar_has_is_refused_among_ones_that_it_has() -> None:
    given = ["2026-02-28 10:00:00", "2026-02-30 10:00:00", None, "2026-02-28 10:00:60"]
    found = read([*given], "instant")
    assert found.broken.to_pylist()[:3] == [False, True, False]
    assert found.values.to_pylist()[:3] == [datetime(2026, 2, 28, 1), None, None]


# ── what looks the same is the same ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("spelt", "meant"),
    [
        ('="00123"', "00123"),
        ("００１２３", "00123"),
        ("\ufeff00123", "00123"),
        ("001\u200b23", "00123"),
        ("00123\u00a0", "00123"),
        ("A\u2011123", "A-123"),
        ("（재）기관", "(재)기관"),
        ("\u1112\u1161\u11ab", "한"),
    ],
    ids=["text-form", "full-width", "byte-order-mark", "zero-width", "no-break-space", "hyphen", "brackets", "hangul"],
)
def test_one_key_has_one_spelling(spelt: str, meant: str) -> None:
    assert one(spelt, "text") == meant
    assert composed(spelt) == meant


@pytest.mark.parametrize("cell", ["\u200b", "\u00a0 ", "\u3164", "\ufeff", '=""'])
def test_a_cell_that_shows_nothing_is_empty(cell: str) -> None:
    assert one(cell, "text") is None


def test_plain_texts_are_read_by_type_in_any_width() -> None:
    assert one("１２３", "integer") == 123
    assert one("２０２６-０７-０１", "date") == date(2026, 7, 1)
    assert one("수출\u200b팀", "department") == "export"


@given(st.text())
def test_composing_twice_changes_nothing(text: str) -> None:
    once = composed(text)
    assume(not once.startswith('="'))
    assert composed(once) == once


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_a_text_of_plain_letters_stays_as_it_is(text: str) -> None:
    assume(not text.startswith('="'))
    assert composed(text) == text


# ── what a spreadsheet writes for a failure is no value ─────────────────────────────────────────


@pytest.mark.parametrize("error", ["#N/A", "#n/a", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#값!", "Err:502", "####"])
@pytest.mark.parametrize("kind", ["text", "code", "integer", "number", "instant", "date", "boolean", "pseudonym"])
def test_the_text_of_a_failed_cell_is_refused_in_a_column_of_any_type(error: str, kind: str) -> None:
    assert str(one(error, kind)).startswith(("the cell holds the error", "the cell shows only #"))


def test_a_failed_cell_is_empty_only_where_the_agency_says_so() -> None:
    texts = clean(as_texts(["#N/A", "#REF!"])[0], ["#N/A"])
    assert texts.to_pylist() == [None, "#REF!"]


@pytest.mark.parametrize("text", ["#1", "#3 수출", "No. #", "#세종", "#안녕하세요!"])
def test_other_texts_with_a_number_sign_are_texts(text: str) -> None:
    assert one(text, "text") == text


# ── years, halves of the day, 24:00, thousands ──────────────────────────────────────────────────

YEARS = Years(first=1976, last=2046)


def judged(
    given: object, kind: str, mapping: dict[str, Any] | None = None, of: str = "workbook", **source_changes: Any
) -> object:
    """As ``one``, in a night of 2026 under a charter in force since then."""
    column, origin = SubjectColumn.model_validate({"type": kind}), source(of, FEED, **source_changes)
    mapped = MappedColumn.model_validate({"source": "x", **(mapping or {})})
    texts = clean(as_texts([given])[0], [*origin.null_tokens, *mapped.null_tokens])
    found = convert(texts, column, mapped, origin, Vocabulary({}, None, years=YEARS))
    return found.explain(str(texts[0])) if found.broken[0].as_py() else found.values[0].as_py()


@pytest.mark.parametrize(
    ("given", "kind", "form"),
    [
        ("26-06-01", "date", None),
        ("26.06.29", "date", "%Y.%m.%d"),
        ("26-07-01 10:00:00", "instant", None),
        ("0026-06-01", "date", None),
        ("2062-07-01 12:00:00", "instant", None),
        ("1900-01-01", "date", None),
        ("9999-12-31", "date", None),
        (datetime(26, 6, 1), "date", None),
        (date(1899, 12, 31), "date", None),
        (datetime(2062, 7, 1, tzinfo=UTC), "instant", None),
        ("0", "instant", "unix"),
        ("2062-07-01T12:00:00Z", "instant", "iso8601"),
    ],
)
def test_a_year_that_is_not_plausible_is_refused_and_said(given: object, kind: str, form: str | None) -> None:
    assert "the year is not plausible" in str(judged(given, kind, {"format": form}))


@pytest.mark.parametrize("given", ["1976-01-01", "2026-07-01", "2046-12-31", date(2036, 6, 30)])
def test_old_registers_and_leases_that_end_long_after_are_plausible(given: object) -> None:
    assert isinstance(judged(given, "date"), date)


def test_a_source_says_which_years_are_plausible() -> None:
    lease = {"plausible_years": {"first": 2000, "last": 2099}}
    assert judged("2075-12-31", "date", lease) == date(2075, 12, 31)
    assert judged("2075-12-31", "date", plausible_years=lease["plausible_years"]) == date(2075, 12, 31)


@pytest.mark.parametrize("given", ["9999-12-31", date(9999, 12, 31), datetime(9999, 12, 31)])
def test_an_open_end_is_a_null_token_in_text_and_in_a_typed_cell(given: object) -> None:
    assert judged(given, "date", {"null_tokens": ["9999-12-31"]}) is None


@pytest.mark.parametrize(
    "given",
    [
        "0000-00-00",
        "2026-06-31",
        "1900-01-00",
        "46204",
        "46204.5",
        "2026-13-01",
        "12026-07-01",
        "-1",
        "26-7",
        "2026-07",
    ],
)
def test_what_no_calendar_has_is_refused(given: str) -> None:
    assert "is not a date such as 2026-07-01" in str(judged(given, "date"))


@pytest.mark.parametrize(
    ("given", "form", "stored"),
    [
        ("26.06.29", "%Y.%m.%d", date(2026, 6, 29)),
        ("2026.06.29", "%Y.%m.%d", date(2026, 6, 29)),
        ("26/06/29", "%y/%m/%d", date(2026, 6, 29)),
        ("260629", "%Y%m%d", date(2026, 6, 29)),
        ("20260629", "%Y%m%d", date(2026, 6, 29)),
        ("26.6.29.", "%y.%m.%d.", date(2026, 6, 29)),
    ],
)
def test_two_digits_are_a_year_of_the_century_that_is_declared(given: str, form: str, stored: date) -> None:
    assert judged(given, "date", {"format": form, "century": 2000}) == stored


@pytest.mark.parametrize(
    ("given", "form", "hour"),
    [
        ("2026-7-1 오후 3:05", "%Y-%m-%d %p %I:%M", 15),
        ("2026-7-1 오전 12:05", "%Y-%m-%d %p %I:%M", 0),
        ("2026-07-01 오후 12:05", "%Y-%m-%d %p %I:%M", 12),
        ("7/1/2026 03:05 pm", "%m/%d/%Y %I:%M %p", 15),
        ("2026-07-01(수) 3:05 AM", "%Y-%m-%d(%a) %I:%M %p", 3),
    ],
)
def test_halves_of_the_day_are_read_in_korean_and_english(given: str, form: str, hour: int) -> None:
    assert judged(given, "instant", {"format": form}, time_zone="UTC") == datetime(2026, 7, 1, hour, 5)


def test_an_hour_that_its_half_of_the_day_does_not_have_is_refused() -> None:
    assert "is not an instant" in str(judged("2026-07-01 오후 15:05", "instant", {"format": "%Y-%m-%d %p %I:%M"}))


@pytest.mark.parametrize(
    ("given", "form", "remedy"),
    [
        ("2026-07-01 오후 3:05", "%Y-%m-%d %H:%M", " (a format with %p and %I reads 오전 and 오후)"),
        ("02/28/2026 3:05 PM", "%m/%d/%Y %H:%M", " (a format with %p and %I reads AM and PM)"),
        ("02/29/2026 3:05 PM", "%m/%d/%Y %I:%M %p", ""),
    ],
    ids=["Korean", "English", "the format reads it: there is no such day"],
)
def test_a_half_of_the_day_that_the_format_does_not_have_is_refused_with_the_remedy(
    given: str, form: str, remedy: str
) -> None:
    refusal = str(judged(given, "instant", {"format": form}))
    assert "is not an instant" in refusal
    assert refusal.partition(" (")[2] == remedy[2:]


@pytest.mark.parametrize("given", ["2026-07-31 24:00:00", "2026-07-31 24:00"])
def test_24_00_is_the_next_days_midnight_where_it_is_declared(given: str) -> None:
    form = {"format": "%Y-%m-%d %H:%M:%S"[: len(given) - 2]}
    assert "midnight_24" in str(judged(given, "instant", form))
    assert judged(given, "instant", {**form, "midnight_24": True}, time_zone="UTC") == datetime(2026, 8, 1)
    assert judged(given, "instant", form, midnight_24=True, time_zone="UTC") == datetime(2026, 8, 1)


@pytest.mark.parametrize(
    "given", ["01/07/2026 23:30", datetime(2026, 7, 1, 23, 30), datetime(2026, 7, 1, 21, 30, tzinfo=UTC)]
)
def test_a_date_with_a_time_of_day_is_its_day_where_it_is_declared(given: object) -> None:
    form = {"format": "%d/%m/%Y %H:%M"}
    refused = str(judged(given, "date", form, time_zone="Europe/Paris"))
    assert refused.endswith("has a time of day (ignore_time: true takes its day)")
    read = judged(given, "date", {**form, "ignore_time": True}, time_zone="Europe/Paris")
    assert read == date(2026, 7, 1)


def test_what_is_no_date_is_none_without_its_time_either() -> None:
    found = judged("31/02/2026 23:30", "date", {"format": "%d/%m/%Y %H:%M", "ignore_time": True})
    assert "is not a date such as" in str(found)


@pytest.mark.parametrize("given", ["2026-07-31 24:01:00", "2026-07-31 25:00:00"])
def test_no_minute_comes_after_24_00(given: str) -> None:
    assert "is not an instant" in str(judged(given, "instant", {"midnight_24": True}))


@pytest.mark.parametrize(
    ("given", "stored"), [("1,234", 1234), ("-1,234,567", -1234567), ("12", 12), ("1,23", None), ("12,34,567", None)]
)
def test_thousands_are_marked_where_it_is_declared(given: str, stored: int | None) -> None:
    found = judged(given, "integer", {"thousands": ","})
    assert found == stored if stored is not None else "is not a whole number" in str(found)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("12,50", 12.5),
        ("-0,5", -0.5),
        ("12", 12.0),
        ("1.234,50", 1234.5),
        ("12.50", None),
        ("1.23,5", None),
        ("1,2,3", None),
    ],
)
def test_a_comma_stands_before_the_fraction_where_it_is_declared(given: str, stored: float | None) -> None:
    found = judged(given, "number", {"decimal": ",", "thousands": "."}, of="csv")
    assert found == stored if stored is not None else "is not a number" in str(found)


def test_a_point_is_no_mark_of_a_fraction_where_the_comma_is() -> None:
    assert "is not a number" in str(judged("1.234", "number", {"decimal": ","}, of="csv"))


@given(st.datetimes(min_value=datetime(1976, 1, 1), max_value=datetime(2046, 12, 31)))
def test_what_a_format_writes_it_reads(instant: datetime) -> None:
    whole = instant.replace(microsecond=0)
    for form in ("%Y-%m-%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y. %m. %d. %I:%M:%S %p", "%d %b %Y %H:%M:%S"):
        assert judged(whole.strftime(form), "instant", {"format": form}, time_zone="UTC") == whole
