"""deploy/probe.py is red whenever the part that it is asked about is not alive."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from deploy.probe import main


@contextmanager
def api_that_says(body: bytes, status: int = 200) -> Iterator[str]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def health(**changed: Any) -> bytes:
    """What Airflow 3.3 answers, with all parts alive unless ``changed``."""
    parts = ("metadatabase", "scheduler", "triggerer", "dag_processor")
    return json.dumps({**{part: {"status": "healthy"} for part in parts}, **changed}).encode()


def test_parts_that_are_alive_are_green() -> None:
    with api_that_says(health()) as api:
        assert main(["metadatabase", "scheduler", "triggerer", "dag_processor", "--api", api]) == 0


def test_a_dead_scheduler_is_red_though_the_api_answers_200(capsys: pytest.CaptureFixture[str]) -> None:
    with api_that_says(health(scheduler={"status": "unhealthy"})) as api:
        assert main(["scheduler", "--api", api]) == 1
        assert main(["triggerer", "--api", api]) == 0
    assert capsys.readouterr().err == "scheduler is unhealthy\n"


@pytest.mark.parametrize("said", [{"status": None}, None])
def test_a_part_that_never_started_is_red(said: Any) -> None:
    with api_that_says(health(dag_processor=said)) as api:
        assert main(["dag_processor", "--api", api]) == 1


@pytest.mark.parametrize(("body", "status"), [(b"<html>", 200), (b"", 500), (b"", 404)])
def test_an_api_that_says_something_else_is_red(body: bytes, status: int) -> None:
    with api_that_says(body, status) as api:
        assert main(["metadatabase", "--api", api]) == 1


def test_an_api_that_is_away_is_red() -> None:
    with api_that_says(b"") as api:
        pass
    assert main(["metadatabase", "--api", api]) == 1


@pytest.mark.parametrize(("status", "exit_status"), [(200, 0), (503, 1)])
def test_a_scheduler_is_believed_what_it_says_of_itself(status: int, exit_status: int) -> None:
    with api_that_says(b"", status) as api:
        assert main(["scheduler", "--own", f"{api}/health"]) == exit_status
