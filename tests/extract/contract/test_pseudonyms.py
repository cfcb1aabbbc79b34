"""Pseudonyms of a whole column are those of its texts one by one, however they are written."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from charter.extract.contract.mapping import FeedContract
from charter.extract.contract.pseudonyms import normalised, pseudonym, pseudonymise
from tests.extract.builders import TICKETS, agency, source

spellings = st.one_of(
    st.from_regex(r"[0-9 ()+\-./]{0,14}", fullmatch=True),
    st.from_regex(r"(\+82|82|0082|00|tel:)?[ -]?0?10[- ]?[0-9]{4}[- ]?[0-9]{4}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9._+-]{1,8}@[A-Za-z]{1,6}\.[a-z]{2}", fullmatch=True),
    st.text(max_size=12),
)


@given(texts=st.lists(st.none() | spellings, max_size=8), key=st.binary(min_size=1, max_size=80))
@example(texts=["-()", "", "+82 (0)10-1234-5678", "Ｈｏｎｇ", "홍 길동", "A B", "a\tb", "1a", "٣٤"], key=b"k" * 65)
@settings(max_examples=300, deadline=None)
def test_a_column_gets_the_pseudonyms_of_its_texts(texts: list[str | None], key: bytes) -> None:
    found = pseudonymise(pa.array(texts, pa.string()), key, "KR").to_pylist()
    assert found == [None if text is None else pseudonym(text, key, "KR") for text in texts]


@pytest.mark.parametrize(
    "spelling",
    [
        "010-9876-5432",
        "01098765432",
        "+82 10-9876-5432",
        "+82 (0)10 9876 5432",
        "82-10-9876-5432",
        "821098765432",
        "(+82) 10.9876.5432",
        "tel:+82-10-9876-5432",
        "０１０－９８７６－５４３２",
    ],
)
def test_one_telephone_number_is_one_person_however_it_is_written(spelling: str) -> None:
    assert normalised(spelling, "KR") == "01098765432"


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("010-9876-5432", "010-9876-5433"),
        ("+1 650-253-0000", "02-650-2530"),
        ("+49 30 901820", "030 901820"),
        ("8210-1", "0101"),
    ],
)
def test_numbers_of_different_people_stay_different(one: str, another: str) -> None:
    assert normalised(one, "KR") != normalised(another, "KR")


def test_a_number_from_abroad_is_the_same_with_either_prefix() -> None:
    assert normalised("+1 650-253-0000", "KR") == normalised("001-1-650-253-0000", "KR") == "16502530000"


@pytest.mark.parametrize(
    "spelling",
    ["Hong@Agency.example", " hong@agency.example ", "mailto:hong@agency.example", "홍길동 <HONG@agency.example>"],
)
def test_one_mail_address_is_one_person(spelling: str) -> None:
    assert normalised(spelling, "KR") == "hong@agency.example"


def test_a_country_that_nobody_dials_leaves_numbers_as_they_are() -> None:
    assert normalised("+82 10-9876-5432", "XX") == "821098765432"


def test_a_number_is_dialled_by_the_country_also_where_the_calendar_names_a_part_of_it() -> None:
    calendar = agency().calendar.model_copy(update={"country": "DE-SN"})
    saxony = agency(calendar=calendar)
    origin = source("csv", {"table": "tickets", "columns": TICKETS})

    words = FeedContract.of(saxony, origin, origin.feeds[0], None).words

    assert normalised("+49 351 488-8080", words.country) == normalised("0351 4888080", words.country) == "03514888080"
