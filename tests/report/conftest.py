from __future__ import annotations

from pathlib import Path

import pytest

from .builders import Scenario, usual_week


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """The week of the golden files. Shared: read it, do not change it."""
    return usual_week(tmp_path_factory.mktemp("usual") / "var")


@pytest.fixture
def empty(tmp_path: Path) -> Scenario:
    """A week in which nothing has happened yet."""
    return Scenario(tmp_path / "var")
