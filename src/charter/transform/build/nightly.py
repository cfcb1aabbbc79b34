"""Builds the working warehouse: control tables, then one `dbt build` of every model and test."""

from __future__ import annotations

import gc
import json
import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from charter.base.errors import DamagedWarehouse, Problem, StateError, TransformError
from charter.base.files import sql_pattern, unusable
from charter.base.moments import local_date, naive_utc
from charter.base.private import private_folder
from charter.base.settings import Settings
from charter.base.unlogged import root_log_as_it_is
from charter.definitions import Agency
from charter.definitions.actions import TABLES
from charter.extract import ensure_contract_tables, read_receipts
from charter.transform.build.builds import forget_build, keep_build, last_build, made_by, this_build, write_made_by
from charter.transform.build.closing import ensure_closed_weeks
from charter.transform.build.engine import (
    MEMORY_LIMIT,
    damaged,
    discard,
    memory_limit,
    opened,
    spill_dir,
    tells_damage,
    tells_lock,
)
from charter.transform.build.project import OWN_MODELS, TABLE_MODELS, lay_out, place_of
from charter.transform.build.reach import beyond_calendar, calendar_warning
from charter.transform.build.scope import write_tonights_scope, write_whole_scope
from charter.transform.compile.calendar import FIRST_DATE, fixed_offset
from charter.transform.compile.companions import compile_companions
from charter.transform.compile.fates import fate_tables
from charter.transform.compile.rules import ANSWER_MAY_PRECEDE_SECONDS, compile_rules
from charter.transform.compile.subject_ids import EVER, shared_standards, shared_tables, table_ids
from charter.transform.control.registers import unread_entries
from charter.transform.control.tables import control_tables, scope_tables, write_control
from charter.transform.doubt.cases import doubted_cases


@dataclass(frozen=True)
class BuildReceipt:
    """What dbt built: how many models, how many data tests passed, and how many cases the scope held (None: all).

    ``problems`` are what the calendar is too short for (commitments set aside tonight, openings of the months to come),
    and that a damaged warehouse was built anew.
    """

    models: int
    tests: int
    cases: int | None = None
    problems: tuple[Problem, ...] = ()


def dbt_variables(settings: Settings, agency: Agency, known_at: datetime = EVER) -> dict[str, Any]:
    """The variables that dbt's models are compiled with. They change with the charter, and when another source first
    lands in a table (by ``known_at``, aware), not with the night, so that dbt can keep its parsed project; the night
    itself is in ``control.run``."""
    shared = shared_tables(settings, agency, known_at)
    return {
        "time_zone": agency.charter.time_zone,
        "languages": agency.charter.languages,
        "utc_offset_seconds": fixed_offset(agency.zone, FIRST_DATE, agency.calendar.last_day),
        # Within a pattern of DuckDB's, which dbt formats as Python does.
        "lake_dir": sql_pattern(settings.lake_dir).replace("{", "{{").replace("}", "}}"),
        "answer_may_precede_seconds": ANSWER_MAY_PRECEDE_SECONDS,
        "rules": [part.as_var() for part in compile_rules(agency)],
        "companions": [companion.as_var() for companion in compile_companions(agency)],
        "table_ids": {name: asdict(ids) for name, ids in table_ids(agency, shared).items()},
        "fate_tables": [asdict(table) for table in fate_tables(agency)],
        "registers": [name for name in TABLES if name in agency.subjects],
        "shared_standards": [asdict(each) for each in shared_standards(agency, shared)],
    }


def build_warehouse(
    settings: Settings, agency: Agency, as_of: datetime, known_at: datetime, *, anew: bool = False
) -> BuildReceipt:
    """Builds the working warehouse at ``as_of`` from what was known at ``known_at`` (both aware).

    Where an earlier night's build stands, only the cases that changed since are reworked; the marts are those of a full
    build. Everything is built when there is none, when the charter, the models or anything that landed earlier has
    changed, for a replay, and when asked for (``anew``).

    A damaged working warehouse is thrown away and built anew from the lake, which the receipt tells.

    Raises TransformError naming each model or test that failed and where its message and SQL are.
    """
    try:
        return _build(settings, agency, as_of, known_at, anew=anew)
    except DamagedWarehouse as damage:
        what, where = damage.problems[0].what, damage.problems[0].where
        discard(settings.work_warehouse)
        built = _build(settings, agency, as_of, known_at, anew=True, rebuilt_because=what)
        rebuilt = Problem(what, where, "nothing to do: it was built anew from the lake. See that the disk is sound")
        return replace(built, problems=(rebuilt, *built.problems))


def _build(
    settings: Settings,
    agency: Agency,
    as_of: datetime,
    known_at: datetime,
    *,
    anew: bool,
    rebuilt_because: str | None = None,
) -> BuildReceipt:
    private_folder(settings.work_dir)
    private_folder(settings.lake_dir)
    ensure_contract_tables(settings, agency)
    ensure_closed_weeks(settings)
    receipts = read_receipts(settings, known_at)
    doubted = doubted_cases(settings, agency, receipts, as_of, known_at)
    unread = unread_entries(settings, agency, known_at)
    tables = control_tables(agency, receipts, as_of, known_at, doubted, unread)
    this = this_build(settings, agency, as_of, known_at)
    with _writing(settings) as connection:
        before = None if anew or settings.replay else last_build(connection, settings, agency, this)
        # Until every model and test is through, there is nothing here to judge, to publish or to go on from.
        forget_build(connection)
        if before is None:
            write_whole_scope(connection, settings, agency, known_at)
        else:
            write_tonights_scope(connection, settings, agency, before, as_of, known_at)
        write_control(connection, tables | scope_tables(before is None))
        _forget_judgements(connection, as_of)
        cases = None if before is None else _count(connection, "select count(*) from control.scope")
    # Unit tests say what the models mean, not what tonight's data are: `make test` runs them.
    command = ["build", "--exclude-resource-type", "unit_test"]
    command += ["--full-refresh"] if before is None else ["--exclude", "tag:whole_ledger"]
    receipt = run_dbt(settings, agency, command, known_at)
    with _writing(settings) as connection:
        write_made_by(connection, made_by(settings, agency, known_at))
        keep_build(connection, this, rebuilt_because)
        found = (beyond_calendar(connection, agency), calendar_warning(agency, local_date(as_of, agency.zone)))
    return replace(receipt, cases=cases, problems=tuple(problem for problem in found if problem is not None))


def _forget_judgements(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    """Nothing that was judged as of ``as_of`` or later is said of what is built now; earlier nights stand."""
    if connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'marts' AND table_name = 'expectation_results'"
    ).fetchone():
        connection.execute("DELETE FROM marts.expectation_results WHERE as_of >= ?", [naive_utc(as_of)])


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def require_built(settings: Settings, as_of: datetime, known_at: datetime) -> None:
    """Raises TransformError unless the working warehouse was wholly built at ``as_of`` and ``known_at`` (aware)."""
    wanted = (naive_utc(as_of), naive_utc(known_at))
    remedy = "run the transform step of this night to its end first"
    where = str(settings.work_warehouse)
    if not settings.work_warehouse.exists():
        raise TransformError("no warehouse has been built", where=where, remedy=remedy)
    try:
        with opened(settings, settings.work_warehouse, read_only=True) as connection:
            built = connection.execute("select as_of, known_at from control.built").fetchall()
    except duckdb.CatalogException as error:
        raise TransformError("the warehouse was not built to its end", where=where, remedy=remedy) from error
    except duckdb.IOException as error:
        raise _unusable(settings, error) from error
    if built != [wanted]:
        said = f"the warehouse was built for another night ({built[0][0]} UTC)"
        raise TransformError(said, where=where, remedy=remedy)


@contextmanager
def _writing(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with ExitStack() as open_files:
        try:
            connection = open_files.enter_context(opened(settings, settings.work_warehouse))
        except duckdb.IOException as error:
            raise _unusable(settings, error) from error
        yield connection


def _unusable(settings: Settings, error: Exception) -> TransformError:
    waiting = "one run at a time writes: wait for the other one to end, then run again"
    return TransformError(
        f"the working warehouse can't be opened: {str(error).splitlines()[0]}",
        where=str(settings.work_warehouse),
        remedy=waiting if tells_lock(str(error)) else "see that this user may read and write it, then run again",
    )


def run_dbt(settings: Settings, agency: Agency, command: list[str], known_at: datetime = EVER) -> BuildReceipt:
    """Runs one dbt command in this process on the working warehouse, of what was known at ``known_at`` (aware).

    Raises TransformError when a node fails, StateError when dbt's own files can't be written."""
    with root_log_as_it_is():
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

    project = str(lay_out(settings, agency))
    target = settings.work_dir / "dbt_target"
    arguments = [
        *command,
        "--project-dir",
        project,
        "--profiles-dir",
        project,
        "--target-path",
        str(target),
        "--log-path",
        str(settings.work_dir / "dbt_logs"),
        # What failed, and why. At dbt's own level, debug, writing the log is a third of a small night's work.
        "--log-level-file",
        "info",
        "--vars",
        json.dumps(dbt_variables(settings, agency, known_at), ensure_ascii=False),
        # Of a build everything is in its result, and told from there: `--quiet` puts each line together, then hides it.
        *(("--log-level", "none") if command[0] == "build" else ("--quiet",)),
    ]
    with _environment(settings), _logging_quietly(), _collecting_seldom():
        result = dbtRunner().invoke(arguments)
    # dbt keeps its connection for the process's life; the next step of the same process needs the file.
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if result.exception is not None and tells_damage(str(result.exception)):
        raise damaged(settings, settings.work_warehouse, str(result.exception))
    if isinstance(result.exception, OSError):
        raise StateError.of([unusable(result.exception, settings.work_dir)])
    if result.exception is not None:
        raise TransformError(
            f"dbt could not run: {_first_line(str(result.exception))}",
            where="dbt_project",
            remedy=f"read {settings.work_dir / 'dbt_logs' / 'dbt.log'}",
        )
    nodes = list(getattr(result.result, "results", None) or [])
    failed = [node for node in nodes if node.status in ("error", "fail", "runtime error")]
    for node in failed:
        if tells_damage(str(node.message)):
            raise damaged(settings, settings.work_warehouse, _first_line(str(node.message)))
    if failed or not result.success:
        raise TransformError.of([_problem(settings, node) for node in failed] or [_unexplained(settings.work_dir)])
    models = sum(node.node.resource_type == "model" for node in nodes)
    # Reports that read the marts are nodes of dbt's, too.
    tests = sum(node.node.resource_type in ("test", "unit_test") for node in nodes)
    return BuildReceipt(models=models, tests=tests)


def _problem(settings: Settings, node: Any) -> Problem:
    ran = Path(node.node.build_path or node.node.compiled_path or "")
    # dbt names it from the project's folder, which lies beside the target folder.
    file = Path(os.path.normpath(settings.work_dir / "dbt_project" / ran))
    shown = file.relative_to(settings.var_dir.parent) if file.is_relative_to(settings.var_dir.parent) else file.name
    return Problem(
        f"{node.node.resource_type} {node.node.name}: {_first_line(node.message or node.status)}",
        place_of(settings, node.node.original_file_path),
        f"mend the rows or the model it names; the SQL that ran is in {shown}, and in Airflow's log",
    )


def _unexplained(work_dir: Path) -> Problem:
    return Problem("dbt failed without naming a node", "dbt_project", f"read {work_dir / 'dbt_logs' / 'dbt.log'}")


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[:4])[:400]


@contextmanager
def _logging_quietly() -> Iterator[None]:
    """A log that can't be written (dbt keeps one) says so nowhere: what fails next says that the disk is full."""
    before = logging.raiseExceptions
    logging.raiseExceptions = False
    try:
        yield
    finally:
        logging.raiseExceptions = before


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """dbt makes millions of objects and keeps them: looking for garbage among them as often as usual is a tenth of a
    small night's work, and finds little."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _environment(settings: Settings) -> Iterator[None]:
    """dbt takes the warehouse's place and further models' from the environment; it is put back afterwards."""
    wanted = {
        "CHARTER_WORK_WAREHOUSE": str(settings.work_warehouse),
        "CHARTER_TEMP_DIR": str(spill_dir(settings)),
        "CHARTER_TABLE_MODELS": TABLE_MODELS,
        "CHARTER_AGENCY_MODELS": OWN_MODELS,
        MEMORY_LIMIT: memory_limit(settings),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
