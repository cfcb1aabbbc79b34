"""Pseudonyms of a whole column are those of its texts one by one, however they are written."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from charter.extract.pseudonyms import pseudonym, pseudonymise

spellings = st.one_of(
    st.from_regex(r"[0-9 ()+\-./]{0,14}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9._+-]{1,8}@[A-Za-z]{1,6}\.[a-z]{2}", fullmatch=True),
    st.text(max_size=12),
)


@given(texts=st.lists(st.none() | spellings, max_size=8), key=st.binary(min_size=1, max_size=80))
@example(texts=["-()", "", "+82 (0)10-1234-5678", "Ｈｏｎｇ", "홍 길동", "A B", "a\tb", "1a", "٣٤"], key=b"k" * 65)
@settings(max_examples=300, deadline=None)
def test_a_column_gets_the_pseudonyms_of_its_texts(texts: list[str | None], key: bytes) -> None:
    found = pseudonymise(pa.array(texts, pa.string()), key).to_pylist()
    assert found == [None if text is None else pseudonym(text, key) for text in texts]
