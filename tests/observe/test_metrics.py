"""Prometheus reads our figures, with names and units as it wants them."""

from __future__ import annotations

from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families

from charter.observe.metrics import METRICS, as_text, samples
from charter.runs import StepRun
from tests.runs.builders import BEGAN, NIGHT, a_run

NIGHTLY = [
    a_run("extract", source="voc", seconds=2, counts={"status": "landed", "arrived": 9, "landed": 8, "quarantined": 1}),
    a_run("extract", source="calls", minute=1, seconds=2, counts={"status": "missing", "arrived": 0}),
    a_run("transform", minute=2, seconds=30, counts={"models": 87, "tests": 129}, peak_bytes=1000),
    a_run("assert", minute=3, seconds=4, counts={"kept": 457, "broken": 19}),
    a_run("publish", minute=4, seconds=1, counts={"tables": 21, "commitments_met": 10, "commitments_breached": 2}),
    a_run("seal", minute=5, seconds=1),
    a_run("deliver", minute=6, seconds=1, counts={"sent": 3, "outbox_sent": 35, "outbox_queued": 1}),
]


def read(runs: list[StepRun]) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """What Prometheus reads: each figure by its name and labels."""
    text = as_text(samples(runs, BEGAN), "kotra")
    return {
        (sample.name, frozenset(sample.labels.items()) - {("agency", "kotra")}): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def figure(runs: list[StepRun], name: str, **labels: str) -> float | None:
    return read(runs).get((f"charter_{name}", frozenset(labels.items())))


def test_what_a_night_did_is_told_with_instants_and_counts() -> None:
    assert figure(NIGHTLY, "night_published_timestamp_seconds") == NIGHT.timestamp()
    assert figure(NIGHTLY, "night_sealed_timestamp_seconds") == NIGHT.timestamp()
    assert figure(NIGHTLY, "step_duration_seconds", step="transform") == 30
    assert figure(NIGHTLY, "step_peak_memory_bytes", step="transform") == 1000
    assert figure(NIGHTLY, "source_rows", source="voc", fate="quarantined") == 1
    assert figure(NIGHTLY, "source_landed", source="voc") == 1
    assert figure(NIGHTLY, "source_landed", source="calls") == 0
    assert figure(NIGHTLY, "dbt_nodes", kind="models") == 87
    assert figure(NIGHTLY, "checks", outcome="broken") == 19
    assert figure(NIGHTLY, "commitments", status="breached") == 2
    assert figure(NIGHTLY, "outbox_messages", state="queued") == 1


def test_a_failed_step_is_told_and_what_was_done_before_it_stays_known() -> None:
    failed = replace(a_run("publish", minute=60, seconds=5), outcome="failed")
    runs = [*NIGHTLY, failed]

    assert figure(runs, "step_outcome", step="publish", outcome="failed") == 1
    assert figure(runs, "step_outcome", step="publish", outcome="done") == 0
    assert figure(runs, "step_done_timestamp_seconds", step="publish") == BEGAN.timestamp() + 4 * 60 + 1
    assert figure(runs, "night_published_timestamp_seconds") == NIGHT.timestamp()
    assert figure(runs, "commitments", status="met") == 10


def test_a_step_whose_process_is_gone_has_no_duration_and_is_told_as_unfinished() -> None:
    runs = [replace(a_run("transform"), outcome="unfinished"), a_run("assert", minute=1, seconds=1)]

    assert figure(runs, "step_outcome", step="transform", outcome="unfinished") == 1
    assert figure(runs, "step_duration_seconds", step="transform") is None
    assert figure(runs, "step_done_timestamp_seconds", step="transform") is None


def test_every_metric_has_help_type_and_a_unit_in_its_name() -> None:
    families = {
        family.name: family for family in text_string_to_metric_families(as_text(samples(NIGHTLY, BEGAN), "kotra"))
    }

    assert list(families) == [metric.name for metric in METRICS]
    assert all(family.documentation and family.type == "gauge" for family in families.values())
    for metric in METRICS:
        suffix = {"s": "_seconds", "By": "_bytes", "1": ""}[metric.unit]
        assert metric.name.endswith(suffix)


def test_a_label_may_hold_any_sign() -> None:
    odd = 'a "b" \\ c\nd'
    runs = [a_run("extract", source=odd, seconds=1, counts={"status": "landed"})]

    assert figure(runs, "source_landed", source=odd) == 1
