"""One compiled project for the whole folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter.definitions import Agency, load_agency
from tests.commitments.agency import build_agency, read_calendars
from tests.commitments.reading import Calendars
from tests.commitments.warehouse import Warehouse, compile_models


@pytest.fixture(scope="session")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Agency:
    return build_agency(tmp_path_factory.mktemp("charter"))


@pytest.fixture(scope="session")
def warehouse(agency: Agency, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    models, _ = compile_models(agency, tmp_path_factory.mktemp("dbt"))
    return Warehouse(agency, models)


@pytest.fixture(scope="session")
def calendars(agency: Agency) -> Calendars:
    return read_calendars(agency)


@pytest.fixture(scope="session")
def branches() -> Agency:
    return load_agency(Path(__file__).parents[1] / "agencies" / "branches")


@pytest.fixture(scope="session")
def counts(branches: Agency, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    models, _ = compile_models(branches, tmp_path_factory.mktemp("dbt"))
    return Warehouse(branches, models)


@pytest.fixture(scope="session")
def their_calendars(branches: Agency) -> Calendars:
    return read_calendars(branches)
