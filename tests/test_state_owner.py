"""A state folder is of one charter for ever."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from charter import __version__
from charter.base.errors import SettingError, StateError
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.state_owner import FORMATS, claim_state, require_own_state

HOME = Path(__file__).parents[1]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(tmp_path / "var")})


@pytest.fixture(scope="module")
def kotra() -> Agency:
    return load_agency(HOME / "charters" / "kotra")


@pytest.fixture(scope="module")
def parcels() -> Agency:
    return load_agency(HOME / "tests" / "agencies" / "parcels")


def test_an_empty_folder_is_anybodys_until_the_first_night(settings: Settings, kotra: Agency, parcels: Agency) -> None:
    require_own_state(settings, kotra)
    require_own_state(settings, parcels)
    assert not settings.var_dir.exists()


def test_a_folder_that_is_anothers_is_refused_with_both_names(
    settings: Settings, kotra: Agency, parcels: Agency
) -> None:
    claim_state(settings, kotra)
    claim_state(settings, kotra)
    require_own_state(settings, kotra)
    with pytest.raises(SettingError, match=r"of the charter 'kotra', and CHARTER_DIR is the charter 'parcels'"):
        claim_state(settings, parcels)


def test_a_folder_of_an_earlier_release_is_its_figures(settings: Settings, kotra: Agency, parcels: Agency) -> None:
    """Earlier releases said nowhere whose the state is but in what they published."""
    settings.var_dir.mkdir()
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute("create schema marts; create table marts.run as select 'kotra' as charter_id")
    with pytest.raises(SettingError, match="'kotra'"):
        require_own_state(settings, parcels)
    claim_state(settings, kotra)
    settings.warehouse.unlink()
    with pytest.raises(SettingError, match="'kotra'"):
        require_own_state(settings, parcels)


def test_a_sign_that_cannot_be_read_is_told_with_what_to_write(settings: Settings, kotra: Agency) -> None:
    settings.var_dir.mkdir()
    (settings.var_dir / "charter.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StateError, match=r"can't be read") as error:
        require_own_state(settings, kotra)
    assert '{"charter"' in error.value.problems[0].remedy


def test_a_release_says_what_it_writes_and_goes_on_from_what_earlier_ones_wrote(
    settings: Settings, kotra: Agency
) -> None:
    settings.var_dir.mkdir()
    owner = settings.var_dir / "charter.json"
    # As releases until 0.4.0 wrote it.
    owner.write_text(json.dumps({"charter": "kotra"}))
    require_own_state(settings, kotra)
    claim_state(settings, kotra)

    assert json.loads(owner.read_text()) == {"charter": "kotra", "formats": dict(FORMATS), "release": __version__}


def test_state_that_a_later_release_wrote_is_refused_with_a_remedy(settings: Settings, kotra: Agency) -> None:
    settings.var_dir.mkdir()
    owner = settings.var_dir / "charter.json"
    owner.write_text(json.dumps({"charter": "kotra", "formats": {"lake": FORMATS["lake"] + 1}, "release": "9.1.0"}))

    with pytest.raises(StateError, match=r"later release \(9.1.0\).*'lake'.*\n.*restore the backup"):
        claim_state(settings, kotra)
    owner.write_text(json.dumps({"charter": "kotra", "formats": {"something new": 1}, "release": "9.1.0"}))
    with pytest.raises(StateError, match="something new"):
        require_own_state(settings, kotra)
