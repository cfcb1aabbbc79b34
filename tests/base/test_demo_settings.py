"""A demonstration brings its settings along; an installation of somebody's own gets nothing of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter.base.demo_settings import read_settings, with_demonstration
from charter.base.errors import SettingError

BROUGHT = {
    "CHARTER_CONN_VOC": "sqlite:////a demo/voc.db",
    "CHARTER_SIGNING_KEY_FILE": "signing.key",
    "CHARTER_MAIL_FOLDER": "received",
}


@pytest.fixture
def var(tmp_path: Path) -> Path:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "connections.env").write_text("CHARTER_CONN_VOC='sqlite:////a demo/voc.db'\n")
    (tmp_path / "demo" / "settings.env").write_text(
        "# made by charter demo\nCHARTER_SIGNING_KEY_FILE=signing.key\nCHARTER_MAIL_FOLDER=received\n"
    )
    return tmp_path


def test_every_command_finds_what_the_demonstration_wrote(var: Path) -> None:
    assert with_demonstration({"PATH": "/bin"}, var) == {"PATH": "/bin", **BROUGHT}


def test_what_the_environment_says_counts_more(var: Path) -> None:
    said = {"CHARTER_MAIL_FOLDER": "elsewhere"}
    assert with_demonstration(said, var)["CHARTER_MAIL_FOLDER"] == "elsewhere"


@pytest.mark.parametrize("own", ["CHARTER_CONN_PHONE", "CHARTER_PSEUDONYM_KEY_FILE", "CHARTER_SIGNING_KEY"])
def test_an_installation_with_a_source_or_a_key_of_its_own_gets_nothing_of_it(own: str, var: Path) -> None:
    assert with_demonstration({own: "mine"}, var) == {own: "mine"}


def test_a_mail_server_of_ones_own_gets_the_demonstrations_mails(var: Path) -> None:
    assert "CHARTER_MAIL_FOLDER" not in with_demonstration({"CHARTER_SMTP_HOST": "mail.agency.example"}, var)


def test_addresses_alone_are_no_demonstration(var: Path) -> None:
    (var / "demo" / "settings.env").unlink()
    assert with_demonstration({}, var) == {}


def test_a_line_that_is_no_setting_is_told_with_its_number(var: Path) -> None:
    (var / "demo" / "settings.env").write_text("CHARTER_MAIL_FOLDER=received\nPATH=/evil\n")
    with pytest.raises(SettingError, match=r"settings\.env, line 2"):
        read_settings(var / "demo" / "settings.env")
