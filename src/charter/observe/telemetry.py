"""Traces and metrics for an OpenTelemetry collector (OTLP over HTTP), where one is set; otherwise nothing is loaded.

A night is a trace: its spans are the steps, and within the transformation dbt's models and tests. The steps of one
night may run in many processes, so a span's ids are worked out of the run, the night and the step, and every process
hands over what it ended itself. The collector's address is CHARTER_OTLP_ENDPOINT, else OTEL_EXPORTER_OTLP_ENDPOINT;
headers, certificates and compression are set as OpenTelemetry does (OTEL_EXPORTER_OTLP_HEADERS and so on).

A collector that is away is waited for at most two seconds, told once, and not asked again for ten minutes.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from charter import __version__
from charter.base.settings import Settings
from charter.observe.metrics import Sample, newest_runs, samples
from charter.observe.nodes import NodeRun, nodes_of_night
from charter.runs.journal import runs_folder, runs_of_night
from charter.runs.models import StepRun

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricsData
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.util.types import AttributeValue

ENDPOINT, USUAL_ENDPOINT = "CHARTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"
_TIMEOUT_S = 2.0
_LEFT_ALONE_S = 600.0
# With them a run is over: its own span is told.
_LAST_STEPS = ("site", "seal_reports", "seal_digests")
log = logging.getLogger("charter.runs")


def endpoint(settings: Settings) -> str | None:
    """The collector's address; None where nothing is to be handed over."""
    said = settings.environment.get(ENDPOINT, settings.environment.get(USUAL_ENDPOINT, "")).strip()
    return None if said.lower() in ("", "off", "none") else said.rstrip("/")


def export(settings: Settings, run: StepRun) -> None:
    """Hands ``run``, which has ended, and the figures as they stand to the collector, if one is set."""
    address = endpoint(settings)
    if address is None or _is_away(settings):
        return
    # Exporters tell each failure themselves; it is told once, here.
    logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
    begun = time.monotonic()
    if not (_export_spans(address, settings, run) and _export_metrics(address, settings, run)):
        _away_mark(settings).write_text("", encoding="utf-8")
        took = time.monotonic() - begun
        log.warning(
            "the collector did not take traces and metrics (%.1f s): it is left alone for %d minutes",
            took,
            _LEFT_ALONE_S / 60,
        )


def _export_spans(address: str, settings: Settings, run: StepRun) -> bool:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import SpanExportResult

    exporter = OTLPSpanExporter(endpoint=f"{address}/v1/traces", timeout=_TIMEOUT_S)
    try:
        return exporter.export(list(spans(settings, run))) is SpanExportResult.SUCCESS
    finally:
        exporter.shutdown()  # type: ignore[no-untyped-call]


def _export_metrics(address: str, settings: Settings, run: StepRun) -> bool:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics.export import MetricExportResult

    exporter = OTLPMetricExporter(endpoint=f"{address}/v1/metrics", timeout=_TIMEOUT_S)
    try:
        said = metrics_data(samples(newest_runs(settings), run.ended or run.began), run)
        return exporter.export(said, timeout_millis=_TIMEOUT_S * 1000) is MetricExportResult.SUCCESS
    finally:
        exporter.shutdown()


def _away_mark(settings: Settings) -> Path:
    return runs_folder(settings) / ".collector-away"


def _is_away(settings: Settings) -> bool:
    mark = _away_mark(settings)
    return mark.exists() and time.time() - mark.stat().st_mtime < _LEFT_ALONE_S


def spans(settings: Settings, run: StepRun) -> Iterator[ReadableSpan]:
    """The spans that ended with ``run``: the step, what dbt built in it, and with the last step the run itself."""
    assert run.ended is not None
    whole = _run_key(run)
    attributes = {
        f"charter.{name}": value
        for name, value in (
            ("agency", run.agency),
            ("run", run.run),
            ("night", run.night.isoformat() if run.night else None),
            ("step", run.step),
            ("source", run.source),
            ("replay", run.replay),
            ("peak_memory_bytes", run.peak_bytes),
            *((f"count.{name}", value) for name, value in run.counts.items()),
        )
        if value is not None
    }
    error = "" if run.error is None else f"{run.error.kind} at {run.error.where}"
    yield _span(run.name, whole, run.attempt, whole, run.began, run.ended, attributes, error)
    if run.step == "transform" and run.night is not None and run.replay is None:
        yield from _of_nodes(whole, run, nodes_of_night(settings, run.night))
    if run.step in _LAST_STEPS or run.outcome == "failed":
        began = [each.began for each in runs_of_night(settings, run.night) if each.run == run.run]
        name = f"night {run.night.isoformat()}" if run.night else run.step
        about: dict[str, AttributeValue] = {"charter.run": run.run, "charter.agency": run.agency}
        yield _span(name, whole, whole, None, min(began, default=run.began), run.ended, about, error)


def _of_nodes(whole: str, run: StepRun, nodes: Sequence[NodeRun]) -> Iterator[ReadableSpan]:
    for node in nodes:
        if node.began is None or node.ended is None or node.began < run.began:
            continue
        attributes: dict[str, AttributeValue] = {"dbt.kind": node.kind, "dbt.status": node.status}
        if node.rows is not None:
            attributes["dbt.rows"] = node.rows
        error = node.status if node.has_failed else ""
        key = f"{run.attempt}/{node.kind}/{node.name}"
        yield _span(node.name, whole, key, run.attempt, node.began, node.ended, attributes, error)


def _run_key(run: StepRun) -> str:
    return f"{run.agency}/{run.run}/{run.night.isoformat() if run.night else run.attempt}/{run.replay or ''}"


def _number(text: str, bits: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[: bits // 8], "big") or 1


def _nanoseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1_000_000) * 1000


def _span(
    name: str,
    whole: str,
    key: str,
    parent: str | None,
    began: datetime,
    ended: datetime,
    attributes: Mapping[str, AttributeValue],
    error: str,
) -> ReadableSpan:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import SpanContext, Status, StatusCode, TraceFlags

    def context(of: str) -> SpanContext:
        sampled = TraceFlags(TraceFlags.SAMPLED)
        return SpanContext(_number(whole, 128), _number(of, 64), is_remote=False, trace_flags=sampled)

    return ReadableSpan(
        name=name,
        context=context(key),
        parent=None if parent is None else context(parent),
        resource=_resource(),
        attributes=attributes,
        status=Status(StatusCode.ERROR, error) if error else Status(StatusCode.OK),
        start_time=_nanoseconds(began),
        end_time=_nanoseconds(ended),
        instrumentation_scope=InstrumentationScope("charter", __version__),
    )


def _resource() -> Resource:
    from opentelemetry.sdk.resources import Resource

    # Not what the environment says beside: host and user names are nobody's business.
    return Resource({"service.name": "charter", "service.version": __version__})


def metrics_data(found: Sequence[Sample], run: StepRun) -> MetricsData:
    """The figures as OpenTelemetry has them, gauges all of them, at the end of ``run``."""
    from opentelemetry.sdk.metrics.export import (
        Gauge,
        Metric,
        MetricsData,
        NumberDataPoint,
        ResourceMetrics,
        ScopeMetrics,
    )
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    at = _nanoseconds(run.ended or run.began)
    by_metric: dict[str, list[Sample]] = {}
    for sample in found:
        by_metric.setdefault(sample.metric.name, []).append(sample)
    metrics = [
        Metric(
            name=name,
            description=each[0].metric.help,
            unit=each[0].metric.unit,
            data=Gauge([NumberDataPoint(sample.by_name(run.agency), at, at, sample.value) for sample in each]),
        )
        for name, each in by_metric.items()
    ]
    scope = ScopeMetrics(InstrumentationScope("charter", __version__), metrics, "")
    return MetricsData([ResourceMetrics(_resource(), [scope], "")])
