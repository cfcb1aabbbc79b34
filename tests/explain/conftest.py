"""The charter on which every clock is tried, as tests/commitments has it."""

from __future__ import annotations

import pytest

from charter.definitions import Agency
from tests.commitments.agency import build_agency, read_calendars
from tests.commitments.reading import Calendars


@pytest.fixture(scope="session")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Agency:
    return build_agency(tmp_path_factory.mktemp("charter"))


@pytest.fixture(scope="session")
def calendars(agency: Agency) -> Calendars:
    return read_calendars(agency)
