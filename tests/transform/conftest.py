"""The agency of charters/kotra; nothing here changes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter.definitions import Agency, load_agency

HOME = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def agency() -> Agency:
    return load_agency(HOME / "charters" / "kotra")
