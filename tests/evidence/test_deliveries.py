"""The seals are the outbox's second witness: one that knows less than was sealed is refused."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from charter.base.errors import DeliveryError
from charter.base.settings import Settings
from charter.deliver import MessageKey, Outbox, enqueue
from charter.deliver.mark import mark_path
from charter.evidence import deliveries
from charter.evidence.manifest import DeliverySeal
from tests.deliver.builders import AS_OF, message, settings_in


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation with one message in its outbox; what was sealed is set by ``seal_as``."""
    settings = settings_in(tmp_path)
    enqueue(settings, [message()], AS_OF)
    monkeypatch.setattr(deliveries, "sealed_deliveries", lambda settings: {})
    return settings


def seal_as(monkeypatch: pytest.MonkeyPatch, state: str, key: MessageKey) -> None:
    seal = DeliverySeal(**key.model_dump(), state=state, message_id="<x@y>")
    monkeypatch.setattr(deliveries, "sealed_deliveries", lambda settings: {key: seal})


def test_an_outbox_that_holds_what_was_sealed_is_used(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    seal_as(monkeypatch, "queued", message().key)
    deliveries.require_outbox_as_sealed(settings)
    with pytest.raises(DeliveryError, match="nothing to rebuild"):
        deliveries.require_lost_outbox(settings)


def test_a_message_that_was_sealed_and_is_not_there_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal_as(monkeypatch, "sent", message("lee@kotra.example").key)
    with pytest.raises(DeliveryError, match="the outbox has no such message"):
        deliveries.require_outbox_as_sealed(settings)
    deliveries.require_lost_outbox(settings)


def test_a_message_that_was_sealed_as_sent_and_waits_to_be_sent_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal_as(monkeypatch, "sent", message().key)
    with pytest.raises(DeliveryError, match="sealed as sent, and the outbox says queued"):
        deliveries.require_outbox_as_sealed(settings)


def test_an_outbox_that_was_lost_before_there_were_marks_is_not_begun_anew(tmp_path: Path) -> None:
    """An installation of an earlier release has seals and no mark."""
    settings = settings_in(tmp_path)
    sealed = settings.evidence_dir / "20260706T220000Z-weekly"
    sealed.mkdir(parents=True)
    (sealed / "manifest.dsse.json").write_text("{}")
    assert not mark_path(settings).exists()
    with pytest.raises(DeliveryError, match="the outbox is gone"):
        Outbox.open(settings)
    assert not (settings.outbox_dir / "outbox.db").exists()


def test_the_outbox_of_an_earlier_release_gets_its_mark(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    Outbox(settings.outbox_dir / "outbox.db").close()
    with sqlite3.connect(settings.outbox_dir / "outbox.db") as database:
        assert database.execute("SELECT count(*) FROM messages").fetchone() == (0,)
    Outbox.open(settings).close()
    assert mark_path(settings).exists()
