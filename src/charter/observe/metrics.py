"""What monitoring reads of an installation: ``var/metrics/charter.prom``, in Prometheus' text format, written whole
after each step. Node exporter's textfile collector takes it as it is; an OpenTelemetry collector gets the same figures.

Everything is an instant or a figure of the newest run: how old a night is, whoever reads works out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from charter import __version__
from charter.base.files import write_whole
from charter.base.settings import Settings
from charter.runs.journal import runs_since
from charter.runs.models import StepRun

# So many nights are looked through for each step's newest run: a month's report is among them.
_NIGHTS = 40
_OUTCOMES = ("running", "done", "failed", "unfinished")


@dataclass(frozen=True)
class Metric:
    """A figure that is measured: its name and unit as Prometheus has them, and what it means."""

    name: str
    help: str
    labels: tuple[str, ...]
    unit: str = "1"


BUILD = Metric("charter_build_info", "Always 1; the release that wrote this.", ("version",))
WRITTEN = Metric("charter_metrics_written_timestamp_seconds", "When these figures were written.", (), "s")
STEP_BEGAN = Metric("charter_step_began_timestamp_seconds", "When a step last began.", ("step", "source"), "s")
STEP_DONE = Metric("charter_step_done_timestamp_seconds", "When a step was last done.", ("step", "source"), "s")
STEP_SECONDS = Metric("charter_step_duration_seconds", "How long a step last took.", ("step", "source"), "s")
STEP_OUTCOME = Metric(
    "charter_step_outcome",
    "1 for how the newest run of a step stands: running, done, failed, unfinished (its process is gone); 0 for others.",
    ("step", "source", "outcome"),
)
STEP_MEMORY = Metric(
    "charter_step_peak_memory_bytes",
    "The most memory that the process of a step had held when it last ended.",
    ("step", "source"),
    "By",
)
NIGHT_PUBLISHED = Metric(
    "charter_night_published_timestamp_seconds", "The midnight of the newest published night.", (), "s"
)
NIGHT_SEALED = Metric("charter_night_sealed_timestamp_seconds", "The midnight of the newest sealed night.", (), "s")
SOURCE_ROWS = Metric(
    "charter_source_rows",
    "Rows of a source in its newest extraction by fate: arrived, and of them landed, unchanged, quarantined.",
    ("source", "fate"),
)
SOURCE_LANDED = Metric(
    "charter_source_landed", "1 when the newest extraction of a source landed, 0 when it was missing.", ("source",)
)
COMMITMENTS = Metric("charter_commitments", "Commitments in the published warehouse by status.", ("status",))
CHECKS = Metric("charter_checks", "Checks of the newest judged night by outcome.", ("outcome",))
MESSAGES = Metric("charter_outbox_messages", "Messages in the outbox by state.", ("state",))
BUILT = Metric("charter_dbt_nodes", "dbt's models and tests of the newest build.", ("kind",))

METRICS = (
    BUILD,
    WRITTEN,
    NIGHT_PUBLISHED,
    NIGHT_SEALED,
    STEP_BEGAN,
    STEP_DONE,
    STEP_SECONDS,
    STEP_OUTCOME,
    STEP_MEMORY,
    SOURCE_LANDED,
    SOURCE_ROWS,
    BUILT,
    CHECKS,
    COMMITMENTS,
    MESSAGES,
)
# Every figure says whose it is.
COMMON = ("agency",)


@dataclass(frozen=True)
class Sample:
    metric: Metric
    value: float
    labels: tuple[str, ...] = ()

    def by_name(self, agency: str) -> dict[str, str]:
        """Its labels, without those that say nothing."""
        named = {"agency": agency, **dict(zip(self.metric.labels, self.labels, strict=True))}
        return {name: value for name, value in named.items() if value}


def metrics_file(settings: Settings) -> Path:
    return settings.var_dir / "metrics" / "charter.prom"


def write_metrics(settings: Settings, at: datetime) -> None:
    """Writes the figures as they stand ``at`` an instant (aware). Raises StateError."""
    text = as_text(samples(newest_runs(settings), at), settings.charter_dir.name)
    write_whole(metrics_file(settings), text.encode(), mode=0o644)


def newest_runs(settings: Settings) -> list[StepRun]:
    """The runs from which figures are taken. Replays are none: nothing of them is published."""
    return [run for run in runs_since(settings, most=_NIGHTS) if run.replay is None]


def samples(runs: Sequence[StepRun], at: datetime) -> list[Sample]:
    """The figures of ``runs`` (the earliest first) as they stand ``at`` an instant (aware)."""
    written = [Sample(BUILD, 1, (__version__,)), Sample(WRITTEN, at.timestamp())]
    return [*written, *_nights(runs), *_steps(runs), *_figures(runs)]


def _nights(runs: Iterable[StepRun]) -> Iterator[Sample]:
    for metric, step in ((NIGHT_PUBLISHED, "publish"), (NIGHT_SEALED, "seal")):
        nights = [run.night for run in runs if run.step == step and run.outcome == "done" and run.night is not None]
        if nights:
            yield Sample(metric, max(nights).timestamp())


def _steps(runs: Iterable[StepRun]) -> Iterator[Sample]:
    newest = {(run.step, run.source or ""): run for run in runs}
    ended = {(run.step, run.source or ""): run for run in runs if run.seconds is not None}
    done = {key: run for run in runs if run.outcome == "done" and (key := (run.step, run.source or ""))}
    for key, run in sorted(newest.items()):
        yield Sample(STEP_BEGAN, run.began.timestamp(), key)
        for outcome in _OUTCOMES:
            yield Sample(STEP_OUTCOME, float(run.outcome == outcome), (*key, outcome))
    for key, run in sorted(ended.items()):
        yield Sample(STEP_SECONDS, round(run.seconds or 0, 3), key)
        if run.peak_bytes is not None:
            yield Sample(STEP_MEMORY, run.peak_bytes, key)
    for key, run in sorted(done.items()):
        if run.ended is not None:
            yield Sample(STEP_DONE, run.ended.timestamp(), key)


def _figures(runs: Iterable[StepRun]) -> Iterator[Sample]:
    """Of each step's newest run that was done, what it counted."""
    newest = {(run.step, run.source or ""): run for run in runs if run.outcome == "done"}
    for (step, source), run in sorted(newest.items()):
        counts = {name: value for name, value in run.counts.items() if isinstance(value, int)}
        if step == "extract":
            yield Sample(SOURCE_LANDED, float(run.counts.get("status") == "landed"), (source,))
            fates = ("arrived", "landed", "unchanged", "quarantined")
            yield from (Sample(SOURCE_ROWS, counts[fate], (source, fate)) for fate in fates if fate in counts)
        elif step == "transform":
            yield from (Sample(BUILT, counts[kind], (kind,)) for kind in ("models", "tests") if kind in counts)
        elif step == "assert":
            yield from (Sample(CHECKS, count, (outcome,)) for outcome, count in counts.items())
        elif step == "publish":
            yield from _named(COMMITMENTS, "commitments_", counts)
    messages = max(
        (run for (step, _), run in newest.items() if step in ("reports", "digests", "deliver")),
        key=lambda run: run.began,
        default=None,
    )
    if messages is not None:
        yield from _named(MESSAGES, "outbox_", messages.counts)


def _named(metric: Metric, prefix: str, counts: Mapping[str, int | str]) -> Iterator[Sample]:
    for name, count in sorted(counts.items()):
        if name.startswith(prefix):
            yield Sample(metric, float(count), (name.removeprefix(prefix),))


def as_text(found: Iterable[Sample], agency: str) -> str:
    """The figures in Prometheus' text format, version 0.0.4."""
    by_metric: dict[Metric, list[Sample]] = {}
    for sample in found:
        by_metric.setdefault(sample.metric, []).append(sample)
    lines = []
    for metric in METRICS:
        if metric not in by_metric:
            continue
        lines += [f"# HELP {metric.name} {_escaped(metric.help)}", f"# TYPE {metric.name} gauge"]
        for sample in by_metric[metric]:
            labels = ",".join(f'{name}="{_escaped(text, quote=True)}"' for name, text in sample.by_name(agency).items())
            lines.append(f"{metric.name}{{{labels}}} {sample.value!r}")
    return "\n".join(lines) + "\n"


def _escaped(text: str, *, quote: bool = False) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quote else text


def metrics_table() -> str:
    """All metrics as a table of Markdown: it is in docs/observe.md."""
    head = "| metric | labels | what |\n| --- | --- | --- |\n"
    rows = (
        f"| `{metric.name}` | {', '.join(f'`{name}`' for name in (*COMMON, *metric.labels))} | {metric.help} |\n"
        for metric in METRICS
    )
    return head + "".join(rows)
