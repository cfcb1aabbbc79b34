"""The main job, `make run`: an agency's demonstration from nothing to its recipients' inboxes, and what came of it.

It is the installation that `docs/` describes, on one machine: the same DAGs, run by Airflow one after the other,
against sources, keys and a mail server that are made here. All of it is under `var/`; another call goes on from there.
"""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

import click
import duckdb
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from charter.base.errors import CharterError, SettingError
from charter.base.lock import exclusive
from charter.base.moments import end_of_day, stamp
from charter.base.settings import Settings
from charter.commands.results import Unknowns
from charter.commands.terminal import counted
from charter.definitions import load_agency
from charter.demonstration import demonstration_of, write_demo_settings
from charter.planted import compare_with_truth
from charters.one_airflow import COMMAND_ENDED, READY

DAGS = ("charter_nightly", "charter_weekly")
# The agency of an installation that names none; its state is in var, that of another one in a folder there.
USUAL = "kotra"

# Airflow for one process on one file: no examples, no report to anybody, log lines that a program can read.
AIRFLOW = {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    "AIRFLOW__LOGGING__JSON_LOGS": "True",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "SCARF_ANALYTICS": "false",
    "DO_NOT_TRACK": "1",
    # Nobody wants to wait two minutes at a terminal to see whether a source has come back.
    "CHARTER_RETRY_SECONDS": "1",
}

STARTING = re.compile(r"\[DAG TEST\] starting task_id=(?P<task>\S+) map_index=(?P<index>-?\d+)")
ENDED = re.compile(r"\[DAG TEST\] end task task_id=(?P<task>\S+) map_index=(?P<index>-?\d+)")
RETURNED = "Done. Returned value was: "
FAILED = "Task failed with exception"
# A step that fails for a reason that a person can mend says it, and ends as a command would.
EXITED = "Task exited"

SCORES = """
    select dim_standard.position, standard_results.standard_id, standard_results.result,
           standard_results.met, standard_results.breached, standard_results.pending, standard_results.excluded,
           coalesce(standard_results.reason, '')
    from marts.standard_results
    inner join marts.dim_standard on
        standard_results.standard_id = dim_standard.standard_id
        and dim_standard.effective_from <= standard_results.period_end
        and standard_results.period_start <= coalesce(dim_standard.effective_to, date '9999-12-31')
    where
        standard_results.period_kind = 'year' and standard_results.department_id is null
        and standard_results.period_start = (
            select max(period_start) from marts.standard_results where period_kind = 'year'
        )
    qualify row_number() over (partition by standard_results.standard_id order by dim_standard.rule_version desc) = 1
    order by dim_standard.position
"""


class JobFailed(Exception):  # noqa: N818  it is an outcome, not a defect
    """A step did not do what it should; ``advice`` says where to look."""

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(what)
        self.advice = advice


@dataclass(frozen=True)
class Score:
    """How one standard stands in the year so far, for the whole agency."""

    position: int
    standard_id: str
    result: str
    met: int
    breached: int
    pending: int
    excluded: int
    reason: str


@dataclass
class Task:
    """One task of a running DAG: what it was called, when it began, what went wrong, and what it returned."""

    name: str
    index: int
    began: float
    wrong: list[str] = field(default_factory=list)
    returned: Any = None

    @property
    def label(self) -> str:
        if isinstance(self.returned, dict) and "source_id" in self.returned:
            return f"{self.name} {self.returned['source_id']}"
        return self.name if self.index < 0 else f"{self.name} {self.index + 1}"

    @property
    def figures(self) -> str:
        """The counts among what the task returned, in words for the terminal."""
        if not isinstance(self.returned, dict):
            return self.returned if isinstance(self.returned, str) else ""
        counts = {key: value for key, value in self.returned.items() if isinstance(value, int)}
        return ", ".join(key.replace("_", " ") if value is True else f"{key} {value}" for key, value in counts.items())

    @property
    def problems(self) -> list[str]:
        return list(self.returned.get("problems", [])) if isinstance(self.returned, dict) else []


@dataclass
class DagRun:
    """What became of one DAG, as its log tells it line by line."""

    dag: str
    tasks: list[Task] = field(default_factory=list)
    running: Task | None = None
    failures: dict[str, str] = field(default_factory=dict)
    last_lines: list[str] = field(default_factory=list)

    def read(self, line: str, now: float) -> Task | None:
        """Takes in one line of the log; gives the task that ended with it."""
        try:
            entry = json.loads(line)
            event = str(entry["event"])
        except (ValueError, KeyError, TypeError):
            self._keep(line)
            return None
        if entry.get("level") in ("error", "critical"):
            self._keep(event)
        if begun := STARTING.match(event):
            self.running = Task(begun["task"], int(begun["index"]), now)
        elif self.running and event.startswith(RETURNED):
            self.running.returned = _literal(event.removeprefix(RETURNED))
        elif self.running and event == FAILED:
            self.failures[self.running.label] = _first_exception(entry.get("exception"))
        elif self.running and event == EXITED:
            wrong = "\n".join(self.running.wrong)
            self.failures[self.running.label] = wrong or f"exit status {entry.get('exit_code')}, without a word"
        elif self.running and entry.get("level") == "error":
            self.running.wrong.append(event)
        elif self.running and ENDED.match(event):
            task, self.running = self.running, None
            if task.returned is not None:
                self.failures.pop(task.label, None)
                self.failures.pop(f"{task.name} {task.index + 1}", None)
                self.tasks.append(task)
                return task
        return None

    def returned_by(self, name: str) -> list[dict[str, Any]]:
        """What each run of the task ``name`` returned."""
        return [task.returned for task in self.tasks if task.name == name and isinstance(task.returned, dict)]

    def _keep(self, text: str) -> None:
        if text.strip():
            self.last_lines = [*self.last_lines[-11:], text.strip()[:400]]


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _first_exception(exceptions: Any) -> str:
    """Kind and message of the first exception in Airflow's structured account of a defect."""
    if not (isinstance(exceptions, list) and exceptions):
        return "no reason was logged"
    return f"{exceptions[0].get('exc_type', '')}: {exceptions[0].get('exc_value', '')}"


class Terminal:
    """Progress as plain lines, in colour where the terminal has it; keeps each step's time."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.times: list[tuple[str, float]] = []

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Announces a step, and keeps how long it took."""
        self.console.print(f"[bold]{escape(title)}[/bold]")
        began = time.perf_counter()
        yield
        self.times.append((title, time.perf_counter() - began))

    def done(self, name: str, seconds: float, figures: str = "") -> None:
        self.console.print(f"  [green]✓[/green] {escape(name):<26}{seconds:6.1f} s  {escape(figures)}")

    def note(self, text: str) -> None:
        self.console.print(f"    [yellow]![/yellow] {escape(text)}")


# ── what the job needs around it ────────────────────────────────────────────────────────────────


def airflow_environment(settings: Settings) -> dict[str, str]:
    """An Airflow of the job's own: its files in `var/airflow`, its DAGs those of the project."""
    home = settings.var_dir.resolve() / "airflow"
    return {**AIRFLOW, "AIRFLOW_HOME": str(home), "AIRFLOW__CORE__DAGS_FOLDER": str(settings.home / "dags")}


def without_others(environment: dict[str, str]) -> dict[str, str]:
    """The environment less what belongs to another installation: its Airflow, its mail server, its sources."""
    foreign = re.compile(r"AIRFLOW_|CHARTER_(CONN|SMTP|PSEUDONYM|SIGNING|MAIL)_")
    return {name: value for name, value in environment.items() if not foreign.match(name)}


def environment_of(agency: str, environment: dict[str, str], project: Path) -> dict[str, str]:
    """The environment in which the job works for ``agency``. Raises SettingError when it has no demonstration."""
    there = sorted(path.parents[1].name for path in (project / "charters").glob("*/demo/__init__.py"))
    if agency not in there:
        raise SettingError(
            f"there is no demonstration of an agency '{agency}'", where="AGENCY", remedy=f"choose {' or '.join(there)}"
        )
    own = without_others(environment)
    if agency == USUAL:
        return own
    return {"CHARTER_VAR": f"var/{agency}", **own, "CHARTER_DIR": f"charters/{agency}"}


# ── Airflow as a child process ──────────────────────────────────────────────────────────────────


@contextmanager
def child(command: Sequence[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Runs ``command`` in a process group of its own; whatever happens, the group has ended when this returns."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[str]) -> None:
    """Ends a process group: interrupted first, as by Ctrl-C, and killed after five seconds."""
    for number, patience in ((signal.SIGINT, 5), (signal.SIGKILL, 10)):
        if process.poll() is not None:
            return
        os.killpg(process.pid, number)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue


class Airflow:
    """Airflow in one process (``charters.one_airflow``) that runs what it is asked to, in order."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, *command: str) -> None:
        """Has ``command`` run once all before it are through, without waiting for it; ``answer`` tells of it."""
        assert self._process.stdin is not None
        # One that has ended already says why when its answer is read.
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()

    def answer(self, log: TextIO, heard: Callable[[str], None] = lambda line: None) -> int:
        """Waits for the first command that was not answered yet. Every line that it says goes to ``log`` and ``heard``.
        Gives its exit status."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if COMMAND_ENDED in line and (status := _ended_with(line)) is not None:
                return status
            log.write(line)
            heard(line)
        return self._process.wait() or 1


def _ended_with(line: str) -> int | None:
    try:
        said = json.loads(line)
        return int(said["status"]) if said["event"] == COMMAND_ENDED else None
    except (ValueError, KeyError, TypeError):
        return None


@contextmanager
def one_airflow(environment: dict[str, str]) -> Iterator[Airflow]:
    """An Airflow that makes its database, where it is not there yet, and loads itself, while other things are done."""
    with child(("charters.one_airflow",), environment) as process:
        airflow = Airflow(process)
        airflow.ask("db", "migrate")
        airflow.ask(*READY)
        yield airflow


def make_ready(airflow: Airflow, log_path: Path) -> None:
    """Waits until Airflow can run a DAG. Raises JobFailed when it can't."""
    with log_path.open("w", encoding="utf-8") as log:
        if airflow.answer(log) or airflow.answer(log):
            raise JobFailed("Airflow could not make its database.", f"See {log_path}")


def run_dag(airflow: Airflow, dag: str, as_of: date, log_path: Path, terminal: Terminal) -> DagRun:
    """Runs one DAG to its end, a line for each task. Raises JobFailed naming the task that failed."""
    run = DagRun(dag)
    with (
        log_path.open("w", encoding="utf-8") as log,
        terminal.console.status("Airflow starts …") as status_line,
    ):

        def heard(line: str) -> None:
            if ended := run.read(line, time.perf_counter()):
                terminal.done(ended.label, time.perf_counter() - ended.began, ended.figures)
                for problem in ended.problems:
                    terminal.note(problem)
            if run.running:
                status_line.update(f"{run.running.name} …")

        airflow.ask("dags", "test", dag, "--conf", json.dumps({"as_of": as_of.isoformat()}))
        status = airflow.answer(log, heard)
    if run.failures:
        task, reason = next(iter(run.failures.items()))
        raise JobFailed(f"{dag}, task {task}: {reason}", f"Everything that was logged: {log_path}")
    if status != 0 or not run.tasks:
        said = "\n".join(run.last_lines) or "it said nothing"
        raise JobFailed(
            f"{dag} ended with status {status} after {counted(len(run.tasks), 'task')}:\n{said}", f"See {log_path}"
        )
    return run


# ── the closing summary ─────────────────────────────────────────────────────────────────────────


def read_scores(settings: Settings) -> list[Score]:
    """Every standard's result in the year so far, from the published warehouse."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        return [Score(*row) for row in warehouse.execute(SCORES).fetchall()]


def print_scores(console: Console, scores: list[Score], unknowns: Unknowns) -> None:
    """How many standards were kept, and those that were not, with what is not known of each."""
    words = {
        "kept": "[green]kept[/green]",
        "broken": "[red]broken[/red]",
        "nothing_due": "nothing due yet",
        "no_data": "[yellow]no data[/yellow]",
        "check_error": "[yellow]could not be checked[/yellow]",
    }
    counts = {result: sum(score.result == result for score in scores) for result in words}
    totals = ", ".join(f"{count} {words[result]}" for result, count in counts.items() if count)
    console.print(f"\n[bold]{counted(len(scores), 'standard')}, this year so far:[/bold] {totals}")
    shown = [score for score in scores if score.result not in ("kept", "nothing_due")]
    if not shown:
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("standard", "result"):
        table.add_column(heading, no_wrap=True)
    for heading in ("met", "breached", "pending", "excluded"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("not known")
    for score in sorted(shown, key=lambda score: (score.result != "broken", score.position)):
        figures = (f"{count:,}" for count in (score.met, score.breached, score.pending, score.excluded))
        table.add_row(
            score.standard_id, words.get(score.result, score.result), *figures, escape(unknowns.reasons(score.reason))
        )
    console.print(table)


def print_mail(console: Console, weekly: DagRun, nightly: DagRun) -> None:
    """What went out, and what was refused entry."""
    rendered = next(iter(weekly.returned_by("render_reports")), {})
    states = next(iter(weekly.returned_by("deliver")), {})
    sent = ", ".join(f"{count} {state}" for state, count in states.items() if type(count) is int and count)
    console.print(
        f"[bold]Mail for {rendered.get('week', 'the week')}:[/bold] {rendered.get('new', 0)} new, "
        f"{rendered.get('already', 0)} already in the outbox · {sent or 'nothing to send'}"
    )
    quarantined = sum(receipt.get("quarantined", 0) for receipt in nightly.returned_by("extract"))
    console.print(f"[bold]Rows in quarantine tonight:[/bold] {quarantined} (.venv/bin/charter quarantine tells why)")


def worth_opening(settings: Settings, as_of: datetime) -> list[tuple[str, Path]]:
    """One of each thing that was made."""
    site, mails = settings.site_dir, sorted((settings.outbox_dir / "received").glob("*.eml"))
    pdfs = sorted(site.rglob("*.pdf")) or sorted(settings.var_dir.rglob("reports/**/*.pdf"))
    seal = settings.evidence_dir / f"{stamp(as_of)}-nightly" / "manifest.json"
    found = [("pages", site / "index.html"), ("a mail", mails[-1] if mails else None)]
    found += [("a PDF", pdfs[-1] if pdfs else None), ("evidence", seal)]
    return [(what, path) for what, path in found if path is not None and path.exists()]


def print_times(console: Console, terminal: Terminal) -> None:
    total = sum(seconds for _, seconds in terminal.times)
    steps = " · ".join(f"{title} {seconds:.1f} s" for title, seconds in terminal.times)
    console.print(f"[bold]Time:[/bold] {total:.1f} s  ({escape(steps)})")


# ── the job ─────────────────────────────────────────────────────────────────────────────────────


def run_job(agency: str, as_of: date, size: float, seed: int | None, console: Console) -> int:
    """Everything, in order. Gives the exit status: 0, or 1 when the figures are not those that were planted."""
    terminal = Terminal(console)
    home = Settings.from_environment().home
    settings = Settings.from_environment(environment_of(agency, dict(os.environ), home))
    demo = demonstration_of(settings)
    logs = settings.var_dir / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    lock = exclusive(settings.var_dir / "main_job.lock", wait_s=0, error=SettingError)
    with lock:
        environment = {
            **settings.environment,
            **airflow_environment(settings),
            **write_demo_settings(settings),
            "CHARTER_HOME": str(settings.home),
        }
        runs = {}
        with one_airflow(environment) as airflow:
            with terminal.step("The agency's source systems"):
                built = demo.build_demo(settings, as_of, size, demo.SEED if seed is None else seed)
                console.print(f"  as they stood at the end of {as_of}: {built.summary}")
            with terminal.step("Airflow"):
                make_ready(airflow, logs / "airflow_database.log")
            for dag in DAGS:
                with terminal.step(dag):
                    runs[dag] = run_dag(airflow, dag, as_of, logs / f"{dag}.log", terminal)
        with terminal.step("Against the truth that was planted"):
            midnight = end_of_day(as_of, load_agency(settings.charter_dir, settings.cache_dir).zone)
            comparison = compare_with_truth(settings, midnight)
            for difference in comparison.differences[:20]:
                terminal.note(str(difference))
            console.print(f"  {comparison.checked:,} compared, {counted(len(comparison.differences), 'difference')}")
    print_scores(console, read_scores(settings), Unknowns(settings))
    print_mail(console, runs["charter_weekly"], runs["charter_nightly"])
    print_times(console, terminal)
    console.print("[bold]Open:[/bold]")
    for what, path in worth_opening(settings, midnight):
        console.print(f"  {what:<9} {os.path.relpath(path)}")
    return 1 if comparison.differences else 0


@click.command()
@click.option("--agency", default=USUAL, show_default=True, help="Whose demonstration: a folder of charters/.")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), default="2026-07-05", show_default=True, help="Last day lived."
)
@click.option("--size", type=float, default=1.0, show_default=True, help="How much happens: 1 is a small agency.")
@click.option("--seed", type=int, help="Which agency of that size; default: the demonstration's own.")
def main(agency: str, as_of: datetime, size: float, seed: int | None) -> None:
    """Build the demo agency, run its night and its week, and say what came of it."""
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = 120
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    # A stop from outside ends the children too, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(run_job(agency, as_of.date(), size, seed, console))
    except CharterError as error:
        for problem in error.problems:
            errors.print(f"[red]✗[/red] {escape(str(problem))}")
        sys.exit(error.exit_code)
    except JobFailed as failure:
        errors.print(f"[red]✗ {escape(str(failure))}[/red]\n{escape(failure.advice)}")
        sys.exit(1)
    except KeyboardInterrupt:
        errors.print("\nInterrupted; what was running has been ended. Call it again to go on.")
        sys.exit(130)


if __name__ == "__main__":
    main()
