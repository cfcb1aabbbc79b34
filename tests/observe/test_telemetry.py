"""A collector that is set gets traces and metrics over HTTP; without one nobody is asked, and one that is away costs
nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from charter.observe.telemetry import endpoint, export
from charter.runs import StepError, StepRun, began, ended
from tests.runs.builders import BEGAN, NIGHT, a_run, installation


class Collector(ThreadingHTTPServer):
    """Takes what is posted, as an OpenTelemetry collector does."""

    def __init__(self, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.posted: list[tuple[str, bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def spans(self) -> list[Span]:
        requests = [ExportTraceServiceRequest.FromString(body) for path, body in self.posted if path == "/v1/traces"]
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def figures(self) -> dict[str, float]:
        """The figures by name, of those that have one value, by the newest request."""
        body = [body for path, body in self.posted if path == "/v1/metrics"][-1]
        metrics = ExportMetricsServiceRequest.FromString(body).resource_metrics[0].scope_metrics[0].metrics
        return {metric.name: metric.gauge.data_points[0].as_double for metric in metrics}


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        self.server.posted.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


@contextmanager
def collector(status: int = 200) -> Iterator[Collector]:
    with Collector(status) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def tell(folder: Path, url: str, *runs: StepRun) -> None:
    here = installation(folder, CHARTER_OTLP_ENDPOINT=url)
    for run in runs:
        running, _ = began(here, replace(run, ended=None, outcome="running"))
        ended(here, running, run)
        export(here, run)


def test_a_night_is_one_trace_of_steps_and_dbts_models(tmp_path: Path) -> None:
    node = {"kind": "model", "name": "fct_commitments", "status": "success", "rows": 7}
    times = {"began": (BEGAN + timedelta(seconds=5)).isoformat(), "ended": (BEGAN + timedelta(seconds=6)).isoformat()}
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "20260705T150000Z.nodes.json").write_text(json.dumps([{**node, **times}]))

    with collector() as server:
        tell(tmp_path, server.url, a_run("transform", seconds=30), a_run("site", minute=1, seconds=5))

    by_name = {span.name: span for span in server.spans()}
    assert set(by_name) == {"transform", "fct_commitments", "site", f"night {NIGHT.isoformat()}"}
    whole = by_name[f"night {NIGHT.isoformat()}"]
    assert {span.trace_id for span in by_name.values()} == {whole.trace_id}
    assert by_name["transform"].parent_span_id == by_name["site"].parent_span_id == whole.span_id
    assert by_name["fct_commitments"].parent_span_id == by_name["transform"].span_id
    assert whole.start_time_unix_nano == by_name["transform"].start_time_unix_nano == int(BEGAN.timestamp() * 1e9)
    assert whole.end_time_unix_nano == by_name["site"].end_time_unix_nano


def test_a_failed_step_is_an_error_with_kind_and_place(tmp_path: Path) -> None:
    failed = replace(a_run("publish", seconds=1), outcome="failed", error=StepError("StateError", "var/a.duckdb"))
    with collector() as server:
        tell(tmp_path, server.url, failed)

    span = next(span for span in server.spans() if span.name == "publish")
    assert span.status.message == "StateError at var/a.duckdb"
    assert span.status.code == span.status.STATUS_CODE_ERROR


def test_the_same_figures_go_to_the_collector_as_to_prometheus(tmp_path: Path) -> None:
    with collector() as server:
        tell(tmp_path, server.url, a_run("publish", seconds=3, counts={"commitments_met": 10}))

    figures = server.figures()
    assert figures["charter_commitments"] == 10
    assert figures["charter_step_duration_seconds"] == 3
    assert figures["charter_night_published_timestamp_seconds"] == NIGHT.timestamp()


@pytest.mark.parametrize("said", ["", "off", "none"])
def test_without_a_collector_set_nobody_is_asked(tmp_path: Path, said: str) -> None:
    assert endpoint(installation(tmp_path, CHARTER_OTLP_ENDPOINT=said)) is None
    assert endpoint(installation(tmp_path)) is None


def test_opentelemetrys_own_setting_counts_and_ours_goes_before_it(tmp_path: Path) -> None:
    usual = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318/"}
    assert endpoint(installation(tmp_path, **usual)) == "http://collector:4318"
    assert endpoint(installation(tmp_path, **usual, CHARTER_OTLP_ENDPOINT="off")) is None


def test_a_collector_that_refuses_is_told_once_and_then_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with collector(400) as server:
        tell(tmp_path, server.url, a_run("transform", seconds=1), a_run("assert", minute=1, seconds=1))

    assert len(server.posted) == 1
    assert [record.name for record in caplog.records if record.levelname == "WARNING"] == ["charter.runs"]


def test_a_collector_that_nobody_reaches_stops_no_step(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with collector() as gone:
        url = gone.url
    tell(tmp_path, url, a_run("transform", seconds=1), a_run("assert", minute=1, seconds=1))

    assert [record.name for record in caplog.records if record.levelname == "WARNING"] == ["charter.runs"]
