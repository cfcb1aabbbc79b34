"""Several agencies in one installation: what each of them sees of the settings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from charter.base.agencies import in_own_names, own_environment, working_for
from charter.base.errors import SettingError
from charter.base.settings import Settings

HOME = str(Path(__file__).parents[2])
ENVIRONMENT = {
    "CHARTER_HOME": HOME,
    "CHARTER_CONN_DESK": "of nobody",
    "CHARTER_PSEUDONYM_KEY": "of nobody",
    "CHARTER_SMTP_HOST": "mail.example",
    "CHARTER_LIBRARY__CONN_DESK": "the library's",
    "CHARTER_LIBRARY__MAIL_FROM": "library@town.example",
    "CHARTER_CITY_BATHS__CONN_DESK": "the baths'",
    "CHARTER_CITY_BATHS__SMTP_HOST": "mail.baths.example",
    "TZ": "UTC",
}


def test_an_agency_sees_its_own_settings_under_their_common_names() -> None:
    assert own_environment(ENVIRONMENT, "library") == {
        "CHARTER_HOME": HOME,
        "CHARTER_AGENCY": "library",
        "CHARTER_CONN_DESK": "the library's",
        "CHARTER_MAIL_FROM": "library@town.example",
        "CHARTER_SMTP_HOST": "mail.example",
        "TZ": "UTC",
    }


def test_the_mail_server_is_shared_until_an_agency_has_its_own() -> None:
    assert own_environment(ENVIRONMENT, "city-baths")["CHARTER_SMTP_HOST"] == "mail.baths.example"


def test_what_belongs_to_nobody_is_taken_for_no_agencys() -> None:
    """A key or an address without an agency's name would otherwise be used by all of them."""
    assert "CHARTER_PSEUDONYM_KEY" not in own_environment(ENVIRONMENT, "library")


def test_its_folder_and_its_state_bear_its_name() -> None:
    settings = Settings.from_environment({**ENVIRONMENT, "CHARTER_AGENCY": "library"})
    assert settings.charter_dir == Path(HOME) / "charters" / "library"
    assert settings.var_dir == Path(HOME) / "var" / "library"


def test_its_folder_and_its_state_may_be_elsewhere() -> None:
    own = {"CHARTER_LIBRARY__DIR": "/srv/library", "CHARTER_LIBRARY__VAR": "/srv/state", "CHARTER_VAR": "elsewhere"}
    settings = Settings.from_environment({**ENVIRONMENT, **own, "CHARTER_AGENCY": "library"})
    assert (settings.charter_dir, settings.var_dir) == (Path("/srv/library"), Path("/srv/state"))


def test_without_a_name_the_installation_is_that_of_one_agency() -> None:
    settings = Settings.from_environment(ENVIRONMENT)
    assert settings.var_dir == Path(HOME) / "var"
    assert settings.environment["CHARTER_CONN_DESK"] == "of nobody"


def test_people_are_told_the_name_under_which_the_agency_sets_it() -> None:
    text = "CHARTER_CONN_DESK is not set; CHARTER_HOME is"
    assert in_own_names(text, {"CHARTER_AGENCY": "city-baths"}) == (
        "CHARTER_CITY_BATHS__CONN_DESK is not set; CHARTER_HOME is"
    )
    assert in_own_names(text, {}) == text


@pytest.mark.parametrize("name", ["../kotra", "Library", "a b", "/etc"])
def test_a_name_that_is_no_folder_of_charters_is_refused(name: str) -> None:
    with pytest.raises(SettingError, match="not the name of an agency"):
        Settings.from_environment({"CHARTER_HOME": HOME, "CHARTER_AGENCY": name})


def test_a_process_works_for_an_agency_as_long_as_it_is_said() -> None:
    with working_for("library"):
        assert os.environ["CHARTER_AGENCY"] == "library"
        with working_for("city-baths"), working_for(None):
            assert os.environ["CHARTER_AGENCY"] == "city-baths"
        assert os.environ["CHARTER_AGENCY"] == "library"
    assert "CHARTER_AGENCY" not in os.environ
