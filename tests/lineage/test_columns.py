"""Which column of a SELECT comes from which column of a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter.lineage import columns
from charter.lineage.columns import ColumnMemory, ColumnOf, columns_of

SCHEMA = {
    "raw": {"letters": {"id": "VARCHAR", "came": "DATE", "gone": "DATE"}, "notes": {"id": "VARCHAR", "at": "DATE"}}
}


def of(*names: str) -> tuple[ColumnOf, ...]:
    return tuple(ColumnOf(*name.rsplit(".", 1)) for name in names)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select id as key from raw.letters", {"key": of("raw.letters.id")}),
        ("select gone - came as days from raw.letters", {"days": of("raw.letters.came", "raw.letters.gone")}),
        ("with l as (select * from raw.letters) select came from l", {"came": of("raw.letters.came")}),
        (
            "select id from raw.letters union all select id from raw.notes",
            {"id": of("raw.letters.id", "raw.notes.id")},
        ),
        (
            "select l.id, max(n.at) as last from raw.letters l join raw.notes n on l.id = n.id group by l.id",
            {"id": of("raw.letters.id"), "last": of("raw.notes.at")},
        ),
        ("select 'fixed' as kind from raw.letters", {"kind": ()}),
        (
            "select key from (select id as key, row_number() over (order by came) as n from raw.letters) where n = 1",
            {"key": of("raw.letters.id")},
        ),
    ],
)
def test_a_columns_value_is_traced_to_tables(sql: str, expected: dict[str, tuple[ColumnOf, ...]]) -> None:
    assert columns_of(sql, SCHEMA) == expected


class TestMemory:
    def test_a_model_that_is_as_it_was_is_not_read_again(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        memory = ColumnMemory(tmp_path / "columns.json")
        first = memory.of("select id from raw.letters", SCHEMA, ["raw.letters"])
        memory.keep()
        monkeypatch.setattr(columns, "columns_of", lambda *_: pytest.fail("read again"))
        assert (
            ColumnMemory(tmp_path / "columns.json").of("select id from raw.letters", SCHEMA, ["raw.letters"]) == first
        )

    def test_what_it_reads_has_other_columns_now_so_it_is_read_again(self, tmp_path: Path) -> None:
        memory = ColumnMemory(tmp_path / "columns.json")
        sql = "select * from raw.letters"
        assert memory.of(sql, SCHEMA, ["raw.letters"]).keys() == {"id", "came", "gone"}
        fewer = {"raw": {"letters": {"id": "VARCHAR"}}}
        assert memory.of(sql, fewer, ["raw.letters"]).keys() == {"id"}

    @pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe"])
    def test_a_damaged_memory_is_begun_anew(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "columns.json").write_bytes(content)
        memory = ColumnMemory(tmp_path / "columns.json")
        assert memory.of("select id from raw.letters", SCHEMA, ["raw.letters"]) == {"id": of("raw.letters.id")}

    def test_sql_that_nobody_can_read_has_no_lineage_and_stops_nothing(self, tmp_path: Path) -> None:
        assert ColumnMemory(tmp_path / "columns.json").of("select ((", SCHEMA, []) == {}
