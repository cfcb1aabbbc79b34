"""Evidence in proportion to change: a night names its own files and hashes its own rows; the chain vouches for more."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from charter.base.errors import EvidenceError
from charter.evidence import SealedManifest, tables, verify

from .builders import MONDAY, SUNDAY, Installation, as_first_version, said_in


def content(sealed: SealedManifest) -> dict[str, Any]:
    return said_in(sealed.path)


def months_of(sealed: SealedManifest, table: str = "fct_commitments") -> dict[str, tuple[int, str]]:
    (found,) = [each for each in content(sealed)["warehouse"] if each["table"] == table]
    return {part["partition"]: (part["rows"], part["sha256"]) for part in found["partitions"]}


def monday(installation: Installation) -> SealedManifest:
    installation.land(MONDAY, "inquiries", 5)
    installation.transform(MONDAY, met=13)
    return installation.seal(MONDAY, kind="nightly")


# -- the lake ------------------------------------------------------------------------------------------


def test_a_night_names_its_own_files_and_no_other(installation: Installation) -> None:
    first = content(installation.seal(kind="nightly"))
    second = content(monday(installation))
    assert (first["nights"], second["nights"]) == (["20260705T150000Z"], ["20260706T150000Z"])
    assert [len(found["inputs"]) for found in (first, second)] == [1, 1]
    assert {file["path"] for file in first["inputs"]}.isdisjoint(file["path"] for file in second["inputs"])


def test_the_week_sealed_after_its_night_leaves_the_files_to_it(installation: Installation) -> None:
    installation.seal(kind="nightly")
    weekly = content(installation.seal(kind="weekly"))
    assert (weekly["nights"], weekly["inputs"], weekly["receipts"]) == ([], [], [])
    assert verify(installation.settings).altered == []


def test_a_night_that_was_never_sealed_is_named_by_the_next(installation: Installation) -> None:
    assert len(content(monday(installation))["nights"]) == 2
    assert verify(installation.settings).altered == []


def test_sealed_again_after_later_nights_a_night_names_the_same(installation: Installation) -> None:
    first = installation.seal(kind="nightly")
    monday(installation)
    installation.transform(SUNDAY, met=12)
    assert not installation.seal(kind="nightly").created
    installation.land(SUNDAY, "inquiries", 4)
    again = installation.seal(kind="nightly")
    assert again.created
    assert content(again)["nights"] == content(first)["nights"]
    installation.transform(MONDAY, met=13)
    assert verify(installation.settings).altered == [], "what was landed anew was sealed anew"


def test_what_an_early_night_landed_is_still_checked(installation: Installation) -> None:
    installation.seal(kind="nightly")
    monday(installation)
    file = next(installation.settings.raw_dir.rglob("as_of=20260705T150000Z/part-0.parquet"))
    file.write_bytes(file.read_bytes() + b"x")
    (problem,) = verify(installation.settings).altered
    assert (problem.where, problem.what) == (str(file), "the input file has been altered since it was sealed")
    file.unlink()
    (problem,) = verify(installation.settings).altered
    assert problem.what == "the input file is missing or cannot be read"


@pytest.mark.parametrize(
    "place",
    [
        "raw/inquiries/source=voc/as_of=20260705T150000Z/part-1.parquet",
        "raw/inquiries/source=voc/as_of=20260101T150000Z/part-0.parquet",
        "quarantine/source=voc/as_of=20260705T150000Z/part-0.parquet",
        "receipts/as_of=20260705T150000Z/other.json",
    ],
)
def test_a_file_put_into_a_sealed_night_or_before_it_is_named(installation: Installation, place: str) -> None:
    installation.seal(kind="nightly")
    monday(installation)
    stray = installation.settings.lake_dir / place
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"put in")
    (problem,) = verify(installation.settings).altered
    assert (problem.where, problem.what) == (str(stray), "a file of the lake is named by no seal")


def test_a_night_that_has_landed_and_is_not_sealed_yet_is_no_problem(installation: Installation) -> None:
    installation.seal(kind="nightly")
    installation.land(MONDAY, "inquiries", 5)
    assert verify(installation.settings).altered == []


def test_a_file_changed_between_its_extraction_and_its_seal_is_not_sealed(installation: Installation) -> None:
    file = next(installation.settings.raw_dir.rglob("part-0.parquet"))
    with duckdb.connect() as writer:
        writer.execute(f"COPY (SELECT 7 AS id) TO '{file}' (FORMAT parquet)")
    with pytest.raises(EvidenceError, match="not what its extraction wrote"):
        installation.seal()


def test_a_receipt_that_cannot_be_read_is_not_sealed(installation: Installation) -> None:
    next(installation.settings.lake_dir.rglob("voc.json")).write_text("{}")
    with pytest.raises(EvidenceError, match=r"voc\.json"):
        installation.seal()


# -- manifests of version 1 ----------------------------------------------------------------------------


def test_a_chain_begun_with_the_first_version_goes_on_and_holds(installation: Installation) -> None:
    old = as_first_version(installation, installation.seal(kind="nightly"))
    assert verify(installation.settings).altered == []
    new = content(monday(installation))
    assert (new["nights"], new["previous"]) == (["20260706T150000Z"], old.sha256)
    assert "nights" not in json.loads((installation.evidence / "chain.jsonl").read_text().splitlines()[0])
    assert verify(installation.settings).altered == []


def test_what_the_first_version_named_is_still_checked(installation: Installation) -> None:
    as_first_version(installation, installation.seal(kind="nightly"))
    monday(installation)
    file = next(installation.settings.raw_dir.rglob("as_of=20260705T150000Z/part-0.parquet"))
    file.write_bytes(file.read_bytes() + b"x")
    (problem,) = verify(installation.settings).altered
    assert problem.where == str(file)


# -- the tables ----------------------------------------------------------------------------------------


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Which partitions were hashed row by row, in order."""
    found: list[tuple[str, str]] = []
    exact = tables._digest

    def noted(warehouse: Any, name: str, split_by: str | None, partition: str) -> str:
        found.append((name, partition))
        return exact(warehouse, name, split_by, partition)

    monkeypatch.setattr(tables, "_digest", noted)
    return found


def test_a_large_table_is_sealed_month_by_month_and_what_is_open_by_itself(installation: Installation) -> None:
    installation.decide("2026-05-31", "2026-06-01", "2026-06-30", "2026-12-31", None)
    assert {month: rows for month, (rows, _) in months_of(installation.seal()).items()} == {
        "2026-05": 1,
        "2026-06": 2,
        "2026-12": 1,
        "none": 1,
    }


def test_only_the_months_that_changed_are_hashed_again(
    installation: Installation, hashed: list[tuple[str, str]]
) -> None:
    installation.decide("2026-05-31", "2026-06-01", None)
    first = installation.seal(kind="nightly")
    hashed.clear()
    installation.transform(MONDAY, met=12)
    installation.decide("2026-05-31", "2026-06-01", "2026-07-06", None)
    second = installation.seal(MONDAY, kind="nightly")
    assert [each for each in hashed if each[0] == "fct_commitments"] == [
        ("fct_commitments", "2026-07"),
        ("fct_commitments", "none"),
    ]
    assert months_of(second)["2026-05"] == months_of(first)["2026-05"]


def test_a_month_taken_over_from_the_seal_before_is_what_hashing_it_gives(installation: Installation) -> None:
    installation.decide("2026-05-31", "2026-06-01", None)
    installation.seal(kind="nightly")
    sealed = {table["table"]: table["sha256"] for table in content(installation.seal(kind="weekly"))["warehouse"]}
    assert {table.table: table.sha256 for table in tables.read_tables(installation.settings)} == sealed


def test_a_row_changed_in_a_closed_month_changes_that_month_and_the_table(installation: Installation) -> None:
    installation.decide("2026-05-31", "2026-06-01")
    before = installation.seal()
    with duckdb.connect(str(installation.settings.warehouse)) as writer:
        writer.execute("UPDATE marts.fct_commitments SET commitment_id = 'C9' WHERE commitment_id = 'C0'")
    after = installation.seal()
    assert after.revision == 2
    assert months_of(after)["2026-05"] != months_of(before)["2026-05"]
    assert months_of(after)["2026-06"] == months_of(before)["2026-06"]


def test_a_row_given_twice_is_another_table(installation: Installation) -> None:
    installation.decide("2026-05-31")
    before = months_of(installation.seal())["2026-05"]
    with duckdb.connect(str(installation.settings.warehouse)) as writer:
        writer.execute("INSERT INTO marts.fct_commitments SELECT * FROM marts.fct_commitments")
    assert months_of(installation.seal())["2026-05"] != before


def test_another_engines_marks_are_no_difference(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, hashed: list[tuple[str, str]]
) -> None:
    installation.seal()
    hashed.clear()
    monkeypatch.setattr(duckdb, "__version__", "9.9.9")
    assert not installation.seal().created
    assert hashed, "marks of another engine say nothing"


def test_a_column_of_another_type_is_another_table(installation: Installation) -> None:
    before = {table["table"]: table["sha256"] for table in content(installation.seal())["warehouse"]}
    with duckdb.connect(str(installation.settings.warehouse)) as writer:
        writer.execute("ALTER TABLE marts.compliance_weekly ALTER met TYPE INTEGER")
    after = {table["table"]: table["sha256"] for table in content(installation.seal())["warehouse"]}
    assert before["compliance_weekly"] != after["compliance_weekly"]
