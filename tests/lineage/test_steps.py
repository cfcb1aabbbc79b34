"""Every step of a night tells how it began and ended, and never stops for telling it."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.lineage.datasets import ReadAndWritten
from charter.lineage.emit import lineage_file
from charter.lineage.steps import traced
from tests.lineage.valid import problems_of_event

HOME = Path(__file__).resolve().parents[2]
NIGHT = datetime(2026, 3, 20, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def agency() -> Agency:
    return load_agency(HOME / "tests" / "agencies" / "grants")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=HOME, charter_dir=HOME, var_dir=tmp_path, environment={})


def told(settings: Settings) -> list[dict[str, Any]]:
    path = lineage_file(settings, NIGHT)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def test_a_step_begins_and_ends_in_one_run(settings: Settings, agency: Agency) -> None:
    with traced(settings, agency, "publish", NIGHT, ReadAndWritten):
        pass
    events = told(settings)
    assert [event["eventType"] for event in events] == ["START", "COMPLETE"]
    assert len({event["run"]["runId"] for event in events}) == 1
    assert {event["job"]["name"] for event in events} == {"grants.publish"}
    assert [problems_of_event(event) for event in events] == [[], []]


def test_what_fails_is_told_by_its_kind_alone_and_goes_through(settings: Settings, agency: Agency) -> None:
    with pytest.raises(ValueError, match="Kim"), traced(settings, agency, "publish", NIGHT, ReadAndWritten):
        raise ValueError("the row of Kim")
    failed = told(settings)[-1]
    assert failed["eventType"] == "FAIL"
    assert failed["run"]["facets"]["errorMessage"]["message"] == "ValueError"
    assert "Kim" not in lineage_file(settings, NIGHT).read_text(encoding="utf-8")
    assert problems_of_event(failed) == []


def test_what_can_not_be_told_stops_nothing(
    settings: Settings, agency: Agency, caplog: pytest.LogCaptureFixture
) -> None:
    def unknown() -> object:
        raise OSError("gone")

    (settings.var_dir / "lineage").write_text("a file where the folder should be")
    done = []
    with caplog.at_level(logging.WARNING), traced(settings, agency, "publish", NIGHT, unknown):
        done.append(True)
    assert done == [True]
    assert "the lineage of publish was not told" in caplog.text


def test_a_replay_and_who_wants_none_tell_nothing(settings: Settings, agency: Agency) -> None:
    for silent in (replace(settings, replay="x"), replace(settings, environment={"CHARTER_LINEAGE": "off"})):
        with traced(silent, agency, "publish", NIGHT, ReadAndWritten):
            pass
    assert told(settings) == []


def test_steps_side_by_side_keep_their_lines_whole(settings: Settings, agency: Agency) -> None:
    def step(number: int) -> None:
        with traced(settings, agency, f"extract.{number}", NIGHT, ReadAndWritten):
            pass

    threads = [threading.Thread(target=step, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told(settings)) == 16


class TestServer:
    @pytest.fixture
    def server(self) -> Iterator[tuple[str, list[tuple[str, str, dict[str, Any]]]]]:
        seen: list[tuple[str, str, dict[str, Any]]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                seen.append((self.path, self.headers.get("Authorization", ""), body))
                self.send_response(201)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()

    def test_one_that_is_configured_hears_every_event(
        self, settings: Settings, agency: Agency, server: tuple[str, list[tuple[str, str, dict[str, Any]]]]
    ) -> None:
        url, seen = server
        here = replace(settings, environment={"CHARTER_LINEAGE_URL": url, "CHARTER_LINEAGE_KEY": "s3cret"})
        with traced(here, agency, "publish", NIGHT, ReadAndWritten):
            pass
        assert [(path, key) for path, key, _ in seen] == [("/api/v1/lineage", "Bearer s3cret")] * 2
        assert [event["eventType"] for *_, event in seen] == ["START", "COMPLETE"]
        assert len(told(settings)) == 2, "the file has them, too"

    def test_one_that_is_away_stops_nothing_and_the_file_has_the_events(
        self, settings: Settings, agency: Agency, caplog: pytest.LogCaptureFixture
    ) -> None:
        away = {"CHARTER_LINEAGE_URL": "http://127.0.0.1:9", "CHARTER_LINEAGE_KEY": "s3cret"}
        with (
            caplog.at_level(logging.DEBUG),
            traced(replace(settings, environment=away), agency, "publish", NIGHT, ReadAndWritten),
        ):
            pass
        assert len(told(settings)) == 2
        assert "lineage was not handed over" in caplog.text
        assert "s3cret" not in caplog.text
