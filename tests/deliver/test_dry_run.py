"""What would be sent, as files in a folder: nothing is sent by it, and the outbox stays as it is."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from pathlib import Path

import pytest

from charter.base.errors import SettingError
from charter.base.settings import Settings
from charter.deliver import AllowedDomains, MessageKey, Outbox, Sender, deliver, enqueue
from charter.deliver.catcher import SmtpCatcher
from charter.deliver.dry_run import DryRun, waiting_mails, write_mails
from charter.deliver.messages import unsent
from charter.deliver.outbox import outbox_path

from .builders import AS_OF, message, server_at, settings_in

NOW = datetime(2026, 7, 5, 22, 30, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = settings_in(tmp_path)
    enqueue(settings, [message(), message("lee@elsewhere.example")], AS_OF)
    return settings


def written(settings: Settings, folder: Path, allowed: AllowedDomains | None = None) -> DryRun:
    return write_mails(
        folder,
        waiting_mails(settings),
        at=NOW,
        sender=Sender.from_settings(settings),
        allowed=allowed or AllowedDomains(),
        signer=None,
    )


def test_a_dry_run_writes_the_mails_that_a_real_one_sends_after_it(settings: Settings, tmp_path: Path) -> None:
    written(settings, tmp_path / "dry")
    with SmtpCatcher(tmp_path / "received") as catcher:
        deliver(settings, AS_OF, server_at(catcher.port))
    dry, real = (
        {file.name: unsent(file.read_bytes()) for file in folder.glob("*")}
        for folder in (tmp_path / "dry", catcher.folder)
    )
    assert dry == real
    assert len(dry) == 2


def test_each_mail_has_the_date_of_now(settings: Settings, tmp_path: Path) -> None:
    for file in written(settings, tmp_path / "dry").files:
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        assert mail["Date"].datetime == NOW


def test_the_outbox_stays_as_it_is(settings: Settings, tmp_path: Path) -> None:
    def all_of_it() -> list[object]:
        with Outbox.open(settings) as outbox:
            keys: list[MessageKey] = [record.key for record in outbox.records()]
            return [outbox.records(), [outbox.history(key) for key in keys], [outbox.mime(key) for key in keys]]

    before = all_of_it()
    written(settings, tmp_path / "dry", AllowedDomains(agency=frozenset({"kotra.example"})))
    assert all_of_it() == before


def test_what_would_be_refused_is_told_and_not_written(settings: Settings, tmp_path: Path) -> None:
    made = written(settings, tmp_path / "dry", AllowedDomains(agency=frozenset({"kotra.example"})))
    assert [key.recipient for key, _ in made.refused] == ["lee@elsewhere.example"]
    assert [file.name.partition("__")[0] for file in made.files] == ["kim@kotra.example"]


def test_a_folder_that_holds_something_is_not_written_to(settings: Settings, tmp_path: Path) -> None:
    written(settings, tmp_path / "dry")
    with pytest.raises(SettingError, match="it is no empty folder"):
        written(settings, tmp_path / "dry")


def test_without_an_outbox_nothing_waits_and_none_is_begun(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    assert waiting_mails(settings) == {}
    assert not outbox_path(settings).exists()
