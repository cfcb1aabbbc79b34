"""Who answers where a rule's owner is another column than the one that is handed on.

A parcel is moved from depot to depot, and so is who owns it. Who sold the service stays as it is: a rule whose owner is
that column is answered for by whoever stands in it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from charter.definitions import Agency
from tests.commitments.edges import Rows
from tests.commitments.reading import Night
from tests.commitments.warehouse import Warehouse, compile_models
from tests.definitions.folder import CharterFolder

pytestmark = pytest.mark.slow

PARCELS = Path(__file__).parents[1] / "agencies" / "parcels"
HANDED_IN, MOVED, END = datetime(2026, 3, 2, 9), datetime(2026, 3, 2, 12), datetime(2026, 3, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Agency:
    """The parcel service, with a column of who sold the service."""
    folder = CharterFolder(tmp_path_factory.mktemp("charter"), PARCELS)
    depot = "depot: {type: department, required: true}"
    folder.replace("subjects.yaml", depot, f"{depot}\n      sold_by: {{type: department, required: true}}")
    charter = (folder.path / "charter.yaml").read_text(encoding="utf-8")
    promise = charter[charter.index("  - id: delivered-in-48-hours") :]
    sold = promise.replace("delivered-in-48-hours", "answered-by-the-seller").replace("parcels/1", "parcels/2")
    sold = sold.replace("owner: {column: depot}", "owner: {column: sold_by}")
    (folder.path / "charter.yaml").write_text(charter + sold, encoding="utf-8")
    folder.replace("sources.yaml", "depot: depot,", "depot: depot, sold_by: seller,")
    return folder.load()


def test_what_is_handed_on_changes_the_owner_of_its_own_column_alone(
    parcels: Agency, tmp_path_factory: pytest.TempPathFactory
) -> None:
    warehouse = Warehouse(parcels, compile_models(parcels, tmp_path_factory.mktemp("dbt"))[0])
    parcel = Rows(parcels, "parcels").add(parcel_id="P1", handed_in_at=HANDED_IN, depot="north", sold_by="north")
    scan = Rows(parcels, "scans").add(parcel_id="P1", kind="moved", scanned_at=MOVED, depot="south")
    rows = warehouse.judge(["deadline"], {"stg_parcels": [parcel], "stg_scans": [scan]}, Night(END, END))
    assert {(row["standard_id"], row["department_id"]) for row in rows} == {
        ("delivered-in-48-hours", "south"),
        ("answered-by-the-seller", "north"),
    }
