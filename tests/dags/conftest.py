from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airflow.sdk import DAG

DAGS_FOLDER = Path(__file__).parents[2] / "dags"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own: a task that ends leaves its mark there."""
    monkeypatch.setenv("CHARTER_VAR", str(tmp_path / "var"))
    return tmp_path / "var"


@pytest.fixture(scope="session")
def dags() -> dict[str, DAG]:
    """Every DAG of the project by its id, as Airflow finds them."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(DAGS_FOLDER))
    assert not bag.import_errors, f"DAG files that do not load: {bag.import_errors}"
    return dict(bag.dags)
