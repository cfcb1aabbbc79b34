"""A source's address: in the environment, or in a file that others than its owner may not read."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter.base.errors import SourceError
from charter.base.settings import Settings
from charter.definitions import load_agency
from charter.extract.readers.opening import connection_address

KOTRA = Path(__file__).parents[3] / "charters" / "kotra"


def address(tmp_path: Path, **environment: str) -> str:
    settings = Settings(home=tmp_path, charter_dir=KOTRA, var_dir=tmp_path, environment=environment)
    source = next(source for source in load_agency(KOTRA).sources if source.connection == "voc")
    return connection_address(settings, source)


def test_it_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "voc"
    file.write_text("postgresql://charter:hunter2@db.agency.example/voc\n")
    file.chmod(0o600)
    assert address(tmp_path, CHARTER_CONN_VOC_FILE=str(file)) == "postgresql://charter:hunter2@db.agency.example/voc"


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "voc"
    file.write_text("postgresql://charter:hunter2@db.agency.example/voc\n")
    file.chmod(0o644)
    with pytest.raises(SourceError, match="others than its owner may use") as refused:
        address(tmp_path, CHARTER_CONN_VOC_FILE=str(file))
    assert "hunter2" not in str(refused.value)


def test_without_either_the_remedy_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="CHARTER_CONN_VOC is not set"):
        address(tmp_path)
