"""`charter watch` and `charter notices`, as an operator types them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from charter.cli import main
from charter.deliver.catcher import SmtpCatcher
from tests.deliver.builders import free_port
from tests.health.builders import HOME, KOTRA


@pytest.fixture(autouse=True)
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with SmtpCatcher(tmp_path / "inbox") as catcher:
        values = {
            **{"CHARTER_HOME": str(HOME), "CHARTER_DIR": str(KOTRA), "CHARTER_VAR": str(tmp_path / "var")},
            **{"CHARTER_SMTP_HOST": "127.0.0.1", "CHARTER_SMTP_PORT": str(catcher.port)},
            **{"CHARTER_SMTP_SECURITY": "none", "CHARTER_MAIL_FROM": "charter@kotra.example"},
            "CHARTER_OPERATORS": "ops@kotra.example",
        }
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        yield tmp_path / "inbox"


def charter(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_a_watch_tells_what_is_missing_once_and_notices_lists_it(inbox: Path) -> None:
    first, second = charter("watch"), charter("watch")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "channels mail" in first.stdout
    assert "opened" not in second.stdout
    assert len(list(inbox.glob("ops@kotra.example__notice.*.eml"))) == 1
    listed = charter("notices").stdout
    assert "Told are 1 operator, by mail." in listed
    assert "voc-team (2)" in listed
    assert "settings/CHARTER_SIGNING_KEY" in listed


def test_a_watch_that_cannot_tell_is_red_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTER_SMTP_PORT", str(free_port()))
    result = charter("watch")
    assert result.exit_code == 7
    assert "channel mail: 1 to tell:" in result.stderr
    assert "the next watch tries again" in result.stderr


def test_where_nobody_is_told_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHARTER_OPERATORS")
    assert "channels none" in charter("watch").stdout
    assert "nobody is told: set CHARTER_OPERATORS" in charter("notices").stdout
