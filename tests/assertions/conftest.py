from __future__ import annotations

from pathlib import Path

import pytest

from charter.base.settings import Settings

from .builders import Warehouse, settings_in, small_agency


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def calls() -> Warehouse:
    """An agency with one standard (95 % of calls answered within the limit), one table and one source."""
    return Warehouse(small_agency("phone-answer"))
