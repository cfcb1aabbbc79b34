"""What every test starts from: nothing of this machine's Airflow, settings or secrets; and nobody is told anything."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile
from pathlib import Path

import pytest

# What may be said from outside: where the cities' files are (tests/extract/test_samples.py), and how far to go
# (tests/effort.py).
for name in {name for name in os.environ if name.startswith(("AIRFLOW_", "CHARTER_", "DBT_"))}:
    if name not in ("CHARTER_SAMPLES", "CHARTER_TESTS"):
        del os.environ[name]

# Airflow reads its settings when it is first imported, which collecting the tests may do.
_AIRFLOW_HOME = tempfile.mkdtemp(prefix="charter-tests-airflow-")
atexit.register(shutil.rmtree, _AIRFLOW_HOME, ignore_errors=True)

os.environ |= {
    "AIRFLOW_HOME": _AIRFLOW_HOME,
    "AIRFLOW__CORE__DAGS_FOLDER": str(Path(__file__).parents[1] / "dags"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "SCARF_ANALYTICS": "false",
    "DO_NOT_TRACK": "1",
    # Which column comes from which is read once for each charter: what tests of it ask for, they turn on.
    "CHARTER_LINEAGE": "off",
}


# No test outlives a loss of power: what is written need not wait for its disk. Tests of the waiting itself
# (tests/base/test_files.py) put their own in its place.
os.fsync = lambda descriptor: None  # type: ignore[assignment]


def pytest_collection_finish() -> None:
    """What was imported stays: it is not gone through again at each collection of garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with long tests first, then those with slow ones: the short ones keep both cores busy until the end."""
    ranks: dict[object, int] = {}
    for item in items:
        rank = 0 if item.get_closest_marker("long") else 1 if item.get_closest_marker("slow") else 2
        ranks[item.path] = min(rank, ranks.get(item.path, rank))
    items.sort(key=lambda item: ranks[item.path])
