"""The register that several tests damage; its models are compiled once for each module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from tests.definitions.folder import CharterFolder

from .compiled import compile_project, compiled_builds
from .installation import HOME
from .register import CONFIDENTIALITY, DISCLOSURE, FEEDS, IN_TIME, INTRODUCTION, LATE, Register
from .small_charters import csv_source, standards_of_one_source


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    """Settings for a whole module: a house that several tests look at is built once."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def compiled_register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Agency, Settings]]:
    folder = tmp_path_factory.mktemp("charter")
    charter = CharterFolder(folder)
    standards_of_one_source(charter, [DISCLOSURE, CONFIDENTIALITY, INTRODUCTION], "registers")
    yaml = YAML()
    yaml.dump({"sources": [csv_source("registers", FEEDS)]}, charter.path / "sources.yaml")
    agency = load_agency(charter.path)
    settings = Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(folder / "var")})
    settings = replace(settings, charter_dir=charter.path)
    made = compile_project(agency, settings)
    with compiled_builds(made):
        yield agency, settings


@pytest.fixture
def register(compiled_register: tuple[Agency, Settings], tmp_path: Path) -> Register:
    """It holds four requests decided in time, and one that nobody decided."""
    agency, settings = compiled_register
    environment = {**settings.environment, "CHARTER_CONN_REGISTERS": str(tmp_path)}
    made = Register(agency, replace(settings, var_dir=tmp_path / "var", environment=environment), tmp_path)
    made.holds(*IN_TIME, LATE)
    for table in ("waivers", "incidents", "visits"):
        made.holds(table=table)
    return made
