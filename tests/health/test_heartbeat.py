"""Signs of life: they are heard by whoever listens, and never stop what gives them."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from charter.base.settings import Settings
from charter.health.heartbeat import beat, last_beat
from tests.deliver.builders import free_port
from tests.health.builders import MONDAY, place_in
from tests.notices.builders import Hook, listening


def settings_with(folder: Path, **environment: str) -> Settings:
    return place_in(folder, **environment).settings


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_is_asked_and_the_instant_is_on_file(tmp_path: Path, method: str) -> None:
    with listening(Hook()) as hook:
        url = hook.url("/ping/9f2c")
        settings = settings_with(tmp_path, CHARTER_HEARTBEAT_NIGHT=url, CHARTER_HEARTBEAT_METHOD=method)
        assert beat(settings, "night", MONDAY, "2026-07-05T15:00:00+00:00").problem == ""
        assert hook.asked == [f"{method} /ping/9f2c"]
    file = tmp_path / "var" / "health" / "heartbeats" / "night.txt"
    assert file.read_text() == "2026-07-06T01:00:00+00:00 2026-07-05T15:00:00+00:00\n"


def test_without_an_address_the_file_alone_tells(tmp_path: Path) -> None:
    assert beat(settings_with(tmp_path), "watch", MONDAY).problem == ""
    assert (tmp_path / "var" / "health" / "heartbeats" / "watch.txt").exists()


def test_a_redirect_leads_nowhere(tmp_path: Path) -> None:
    with listening(Hook()) as elsewhere, listening(Hook(answers=[302], location=elsewhere.url())) as hook:
        settings = settings_with(tmp_path, CHARTER_HEARTBEAT_WATCH=hook.url())
        assert beat(settings, "watch", MONDAY).problem == "it answered with status 302"
        assert elsewhere.asked == []


def test_whoever_does_not_hear_stops_nothing_and_is_told_since_when(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = settings_with(tmp_path, CHARTER_HEARTBEAT_NIGHT=f"http://127.0.0.1:{free_port()}/secret")
    first = beat(settings, "night", MONDAY)
    second = beat(settings, "night", MONDAY + timedelta(days=1))
    assert (first.problem, second.since) == ("it was not reached (ConnectionError)", MONDAY)
    assert last_beat(settings, "night") == second
    assert "secret" not in repr(second) + caplog.text


@pytest.mark.parametrize(
    ("environment", "problem"),
    [
        ({"CHARTER_HEARTBEAT_WATCH": "ping me"}, "this is no web address"),
        (
            {"CHARTER_HEARTBEAT_WATCH": "http://127.0.0.1:9/", "CHARTER_HEARTBEAT_METHOD": "PUT"},
            "CHARTER_HEARTBEAT_METHOD is neither GET nor POST",
        ),
    ],
)
def test_a_mistake_in_its_settings_is_told_and_stops_nothing(
    tmp_path: Path, environment: dict[str, str], problem: str
) -> None:
    assert beat(settings_with(tmp_path, **environment), "watch", MONDAY).problem == problem


def test_a_state_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    settings = settings_with(tmp_path)
    (tmp_path / "var" / "health").write_text("in the way")
    assert beat(settings, "watch", MONDAY).at == MONDAY
