"""The events of one step, and of the jobs that it runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from openlineage.client.event_v2 import Job, Run, RunEvent, RunState, set_producer
from openlineage.client.generated.base import RunFacet
from openlineage.client.generated.error_message_run import ErrorMessageRunFacet
from openlineage.client.generated.job_type_job import JobTypeJobFacet
from openlineage.client.generated.nominal_time_run import NominalTimeRunFacet
from openlineage.client.generated.parent_run import Job as ParentJob
from openlineage.client.generated.parent_run import ParentRunFacet
from openlineage.client.generated.parent_run import Run as ParentRun

from charter.lineage.datasets import ReadAndWritten
from charter.lineage.names import Names

# No address that anybody asks: the standard wants one, by which the maker of an event is told.
PRODUCER = "https://charter.invalid/line"


def events_of(
    names: Names, step: str, as_of: datetime, attempt: str, state: str, found: object, failed: str | None
) -> Iterator[RunEvent]:
    """The event of ``step`` in the night ``as_of`` (aware) in ``state``, with what it read and wrote; then, once it is
    complete, those of each job that it ran (START and COMPLETE)."""
    set_producer(PRODUCER)
    of = found if isinstance(found, ReadAndWritten) else ReadAndWritten()
    run_id = names.run_id(step, as_of, attempt)
    facets: dict[str, RunFacet] = {"nominalTime": NominalTimeRunFacet(nominalStartTime=_written(as_of))}
    if failed is not None:
        facets["errorMessage"] = ErrorMessageRunFacet(message=failed, programmingLanguage="PYTHON")
    yield _event(names, step, run_id, state, of, facets, "CHARTER", "TASK")
    parent = ParentRunFacet(run=ParentRun(runId=run_id), job=ParentJob(namespace=names.namespace, name=names.job(step)))
    for name, part in of.parts.items():
        job = f"{step}.{name}"
        own = names.run_id(job, as_of, attempt)
        for each in ("START", state):
            yield _event(names, job, own, each, part, {"parent": parent}, "DBT", "MODEL")


def _event(
    names: Names,
    step: str,
    run_id: str,
    state: str,
    of: ReadAndWritten,
    facets: dict[str, RunFacet],
    integration: str,
    kind: str,
) -> RunEvent:
    type_of_job = JobTypeJobFacet(processingType="BATCH", integration=integration, jobType=kind)
    ended = state != "START"
    return RunEvent(
        eventType=RunState[state],
        eventTime=_written(datetime.now(UTC)),
        run=Run(runId=run_id, facets=facets),
        job=Job(namespace=names.namespace, name=names.job(step), facets={"jobType": type_of_job}),
        inputs=of.inputs if ended else [],
        outputs=of.outputs if ended else [],
    )


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
