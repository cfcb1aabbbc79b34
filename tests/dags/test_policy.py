"""What every DAG keeps to. Each message says what to do."""

from __future__ import annotations

import ast
import inspect
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from airflow.sdk import CronDataIntervalTimetable
from ruamel.yaml import YAML

from charter import backfill, line

from .conftest import DAGS_FOLDER

if TYPE_CHECKING:
    from airflow.sdk import DAG

# What runs the line; the watch only looks at it.
DAG_FILES = sorted(DAGS_FOLDER.glob("charter_*ly.py"))
WATCH = DAGS_FOLDER / "charter_watch.py"
IMPORTS = {"__future__", "typing", "airflow.sdk", "charter_defaults"}


def by_name(path: Path) -> str:
    return path.stem


def tasks_in(path: Path) -> list[ast.FunctionDef]:
    """The functions under @step and @waiting_step in a DAG file."""

    def is_task(decorator: ast.expr) -> bool:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        return isinstance(called, ast.Name) and called.id in ("step", "waiting_step")

    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [function for function in functions if any(map(is_task, function.decorator_list))]


def test_every_dag_file_gives_the_dag_of_its_name(dags: dict[str, DAG]) -> None:
    assert sorted(dags) == sorted(path.stem for path in [*DAG_FILES, WATCH]), (
        "name the DAG's function like its file, and call it there"
    )


@pytest.mark.parametrize("dag_id", [path.stem for path in DAG_FILES])
class TestOperations:
    def test_somebody_answers_for_it(self, dags: dict[str, DAG], dag_id: str) -> None:
        owners = {task.owner for task in dags[dag_id].tasks}
        assert owners == {"charter-data"}, f"{dag_id}: pass **DAGS from charter_defaults, which names the owner"
        assert "charter" in dags[dag_id].tags, f"{dag_id}: give it the tag 'charter' and one for its rhythm"

    def test_its_tasks_are_tried_again_with_growing_pauses_and_end_some_time(
        self, dags: dict[str, DAG], dag_id: str
    ) -> None:
        for task in dags[dag_id].tasks:
            place = f"{dag_id}.{task.task_id}"
            assert task.retries, f"{place}: give it retries (charter_defaults.TASKS does)"
            assert task.retry_exponential_backoff > 1, f"{place}: pauses must grow, to spare a source that is down"
            assert task.execution_timeout, f"{place}: give it an execution_timeout"

    def test_it_runs_alone_and_leaves_what_was_missed_to_its_steps(self, dags: dict[str, DAG], dag_id: str) -> None:
        dag = dags[dag_id]
        assert dag.max_active_runs == 1, f"{dag_id}: max_active_runs=1, because the warehouse has one writer"
        assert dag.catchup is False, f"{dag_id}: catchup=False; the steps know which nights and weeks were missed"

    def test_it_says_in_a_line_what_it_is_for(self, dags: dict[str, DAG], dag_id: str) -> None:
        title = (dags[dag_id].doc_md or "").strip().splitlines()[0]
        said = f"{dag_id}: begin its docstring with '# {dag_id}: what it is for'; dag_of makes the description of it"
        assert title.lower() == f"# {dag_id}: {dags[dag_id].description}".lower(), said

    def test_a_run_that_waits_for_its_night_is_not_ended_before_its_patience_is(
        self, dags: dict[str, DAG], dag_id: str
    ) -> None:
        lasts = dags[dag_id].dagrun_timeout
        assert lasts, f"{dag_id}: tell dag_of how long a run lasts"
        for task in dags[dag_id].tasks:
            patience = getattr(task, "timeout", 0)
            assert patience <= lasts.total_seconds() + 86400, f"{dag_id}.{task.task_id}: the run ends before it does"

    def test_what_its_steps_take_and_make_are_assets_of_ours(self, dags: dict[str, DAG], dag_id: str) -> None:
        made = {given.name for dag in dags.values() for task in dag.tasks for given in task.outlets}
        for task in dags[dag_id].tasks:
            taken = {given.name for given in task.inlets}
            assert taken <= made, f"{dag_id}.{task.task_id}: no step makes {sorted(taken - made)}; see asset(…)"
        assert any(task.inlets for task in dags[dag_id].tasks), f"{dag_id}: say by inlets what its steps take"
        assert any(task.outlets for task in dags[dag_id].tasks), f"{dag_id}: say by outlets what its steps make"

    def test_its_clock_is_the_agencys(self, dags: dict[str, DAG], dag_id: str) -> None:
        dag = dags[dag_id]
        definition = DAGS_FOLDER.parent / "charters" / "kotra" / "charter.yaml"
        zone = YAML(typ="safe").load(definition.read_text(encoding="utf-8"))["time_zone"]
        assert isinstance(dag.timetable, CronDataIntervalTimetable), f"{dag_id}: schedule it by agency_time(…)"
        assert dag.timetable.timezone == zone, f"{dag_id}: schedule it by agency_time(…)"
        assert dag.start_date is not None, f"{dag_id}: give it a fixed start_date"
        begins = dag.start_date.astimezone(ZoneInfo(zone))
        assert begins.time() == time(), f"{dag_id}: its start_date is a midnight of the agency, not {begins}"

    def test_a_night_can_be_named(self, dags: dict[str, DAG], dag_id: str) -> None:
        parameter = dags[dag_id].params.get_param("as_of")
        assert parameter.value is None and parameter.description, f"{dag_id}: as_of is optional, and described"

    def test_its_manual_tells_of_every_task(self, dags: dict[str, DAG], dag_id: str) -> None:
        manual = dags[dag_id].doc_md or ""
        missing = [task_id for task_id in dags[dag_id].task_ids if f"- `{task_id}` " not in manual]
        assert not missing, f"{dag_id}: its docstring does not say what to do when these are red: {missing}"
        for task in dags[dag_id].tasks:
            assert "*Red:*" in (task.doc_md or ""), f"{dag_id}.{task.task_id}: give it doc_md=MANUAL[…]"
        assert "May it be run again?" in manual, f"{dag_id}: the docstring must say whether it may be run again"


def test_the_watch_looks_every_quarter_of_an_hour_and_leaves_the_next_try_to_the_next_one(dags: dict[str, DAG]) -> None:
    watch = dags["charter_watch"]
    assert isinstance(watch.timetable, CronDataIntervalTimetable)
    assert watch.timetable.expression == "*/15 * * * *"
    (task,) = watch.tasks
    assert task.retries == 0, "charter_watch: the next run in a quarter of an hour is the next try"
    assert watch.max_active_runs == 1
    assert watch.dagrun_timeout and watch.dagrun_timeout.total_seconds() < 900
    assert task.owner == "charter-data" and "*Red:*" in (task.doc_md or "")
    assert "May it be run again?" in (watch.doc_md or "")


@pytest.mark.parametrize("path", [*DAG_FILES, WATCH], ids=by_name)
class TestThinness:
    def test_nothing_heavy_deprecated_or_foreign_is_imported_when_it_is_parsed(self, path: Path) -> None:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)}
        imported |= {name.name for node in tree.body if isinstance(node, ast.Import) for name in node.names}
        assert imported <= IMPORTS, (
            f"{path.name} imports {sorted(imported - IMPORTS)} at its top: Airflow parses the file every few seconds. "
            "Import inside the task, and take what belongs to Airflow from airflow.sdk"
        )

    def test_a_task_calls_the_function_of_its_name_and_does_nothing_else(self, path: Path) -> None:
        for function in tasks_in(path):
            *before, last = function.body
            allowed = all(
                isinstance(statement, ast.ImportFrom)
                or (isinstance(statement, ast.Assign) and ast.unparse(statement) == "context = get_current_context()")
                for statement in before
            )
            call = last.value if isinstance(last, ast.Return) else None
            called = ast.unparse(call.func) if isinstance(call, ast.Call) else "nothing"
            assert allowed and called in (f"line.{function.name}", f"backfill.{function.name}"), (
                f"{path.name}, task {function.name}: it must import charter.line and return line.{function.name}(…). "
                "Logic belongs into charter.line (charter.backfill for several nights), where the command line and the "
                "tests reach it, too"
            )

    def test_it_calls_the_line_as_the_line_wants_to_be_called(self, path: Path) -> None:
        for function in tasks_in(path):
            call = function.body[-1]
            assert isinstance(call, ast.Return) and isinstance(call.value, ast.Call)
            positional = [object()] * len(call.value.args)
            named = {keyword.arg: object() for keyword in call.value.keywords if keyword.arg}
            assert isinstance(call.value.func, ast.Attribute)
            room = backfill if ast.unparse(call.value.func.value) == "backfill" else line
            inspect.signature(getattr(room, function.name)).bind(*positional, **named)
