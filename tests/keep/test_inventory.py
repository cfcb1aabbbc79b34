"""What lies in the state folder, and what each kind of it is needed for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from charter.keep.inventory import INVENTORY, inventory_table, kind_of

PAGE = Path(__file__).parents[2] / "docs" / "keep.md"
BEGIN, END = "<!-- inventory: written by the test tests/keep/test_inventory.py -->\n", "<!-- inventory ends -->\n"


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("lake/raw/calls/source=telephone/as_of=20260705T150000Z/part-0.parquet", "landed-rows"),
        (
            "lake/raw/calls/source=telephone/as_of=20260705T150000Z/before-20260706T150000Z-part-0.parquet",
            "landed-rows",
        ),
        ("lake/raw/calls/_contract.parquet", "contracts"),
        ("site/reports/2026-W27/voc-team/r1/figures.json", "reports"),
        ("site/nights/2026-07-05/r2/index.html", "permanent-pages"),
        ("site/index.html", "pages"),
        ("site/.index.html-4711", "half-made"),
        ("evidence/20260705T150000Z-nightly/manifest.r2.dsse.json", "seals"),
        ("evidence/20260705T150000Z-nightly/manifest.tsr", "seals"),
        ("evidence/.lock", "locks"),
        ("outbox/outbox.db-wal", "outbox"),
        ("outbox/outbox-set-aside-20260705T150000Z.db", "set-aside"),
        ("waivers/.begun", "waivers"),
        ("secrets/signing.key", "secrets"),
        ("airflow/.database-ready", "airflow"),
        (".before-20260705T150000Z/charter.json", "set-aside"),
        (".restoring", "half-made"),
    ],
)
def test_a_file_is_known_by_its_place(place: str, kind: str) -> None:
    found = kind_of(place)

    assert found is not None and found.id == kind


@pytest.mark.parametrize("place", ["notes.txt", "lake/raw/calls/part-0.parquet", "evidence/draft/note.json", "site"])
def test_what_nobody_writes_is_of_no_kind(place: str) -> None:
    assert kind_of(place) is None


def test_what_proves_or_is_needed_is_in_every_backup() -> None:
    needed = [kind for kind in INVENTORY if kind.proves or kind.rebuilds]

    assert len(needed) > 10
    assert {kind.backup for kind in needed} == {"always"}
    # Reports look as if they could be made again, and can't: what was reported is known from their figures.json alone.
    assert "reports" in {kind.id for kind in needed}


def test_keys_are_in_no_backup_that_is_not_encrypted() -> None:
    assert [kind.id for kind in INVENTORY if kind.nature == "secret"] == ["secrets"]
    assert {kind.backup for kind in INVENTORY if kind.nature == "secret"} == {"encrypted"}


def test_the_page_shows_the_inventory_as_it_is() -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    current = f"{before}{BEGIN}\n{inventory_table()}\n{END}{after}"
    if os.environ.get("REFRESH_GOLDEN"):
        PAGE.write_text(current, encoding="utf-8")

    assert PAGE.read_text(encoding="utf-8") == current, (
        "docs/keep.md differs: run with REFRESH_GOLDEN=1 and read the diff"
    )
