"""A state folder with three sealed nights, an outbox, keys, logs and what a night makes anew."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from charter.base.settings import Settings
from charter.deliver import Outbox
from charter.deliver.messages import Sender
from tests.deliver.builders import message
from tests.evidence.builders import MONDAY, Installation

AT = datetime(2026, 7, 8, 3, tzinfo=UTC)


@pytest.fixture(scope="session")
def kept_for_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept")
    made = Installation.build(folder)
    made.three_nights()
    var = made.settings.var_dir
    with Outbox.open(made.settings) as outbox:
        outbox.enqueue([message("kim@kotra.example")], sender=Sender(address="charter@agency.example"), as_of=MONDAY)
    made.render("charter.json", json.dumps({"charter": "kotra"}))
    for place in ("secrets/signing.key", "logs/nightly.log", "work/warehouse.duckdb", "demo/voc.csv"):
        made.render(place, f"{place}\n")
    made.render("lineage/20260705T150000Z.ndjson", "{}\n")
    made.render("lake/raw/.part-0.parquet-17", "half a file")
    assert var.is_dir()
    return folder


@pytest.fixture
def here(kept_for_all: Path, tmp_path: Path) -> Settings:
    shutil.copytree(kept_for_all, tmp_path / "here")
    return Installation(tmp_path / "here").settings


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder``, by its place."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
