"""Paths into a JSON answer: dotted keys in any language, expressions for the rest, and whether the place is there."""

from __future__ import annotations

import pytest

from charter.base.json_paths import JsonPath

ROW = {
    "id": 7,
    "via": {"channel": "web", "source": None},
    "접수 번호": "VOC-1",
    "a.b": 1,
    "G01[SQ001]": "A1",
    "fields": [{"id": 26, "value": "x"}, {"id": 27, "value": 3}],
    "tags": ["a", "b"],
    "mail": "someone@example.org",
}


@pytest.mark.parametrize(
    ("path", "there", "value"),
    [
        ("id", True, 7),
        ("via.channel", True, "web"),
        ("접수 번호", True, "VOC-1"),
        ("via.source.address", True, None),
        ("via.other", False, None),
        ("id.deeper", False, None),
        ("nowhere", False, None),
        ('"a.b"', True, 1),
        ("fields[?id==`27`].value | [0]", True, 3),
        ("fields[?id==`99`].value | [0]", True, None),
        ("nowhere[0]", False, None),
        ("email || mail", True, "someone@example.org"),
        ("join(',', tags)", True, "a,b"),
    ],
)
def test_what_stands_at_a_path_and_whether_it_is_there(path: str, there: bool, value: object) -> None:
    assert JsonPath.of(path).find(ROW) == (there, value)


@pytest.mark.parametrize("row", [None, [], "text", 7])
def test_in_what_is_no_object_nothing_is_found(row: object) -> None:
    assert JsonPath.of("via.channel").find(row)[1] is None


@pytest.mark.parametrize("path", ["a..b", ".a", "a.", "a[", "fields[?id==]", "nosuch(a)", "length(a, b)"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"has an empty key|is no JMESPath expression"):
        JsonPath.of(path)


def test_an_expression_that_does_not_fit_a_row_says_so_without_its_value() -> None:
    with pytest.raises(ValueError, match="can't be worked out") as error:
        JsonPath.of("join(',', mail)").find(ROW)
    assert "someone" not in str(error.value)


@pytest.mark.parametrize("key", ["id", "접수 번호", "a.b", "G01[SQ001]", 'quo"te'])
def test_every_key_can_be_written_as_a_path(key: str) -> None:
    assert JsonPath.of(JsonPath.written(key)).find({key: 1}) == (True, 1)
    assert JsonPath.key(key).find({key: 1}) == (True, 1)
