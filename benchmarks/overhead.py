"""What commands, DAG files and a small night cost beside their work: the aims of `docs/decisions.md`, "Overhead".

python -m benchmarks.overhead --before ../an-earlier-checkout

Each is a process of its own from its start to its end, on a state of its own. With ``--before`` the same is measured in
another checkout, in turns, so that the ratios hold on a machine that others use, too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

import click

from benchmarks.measure import HOME, Cost, JobFailedError
from benchmarks.results import OVERHEAD, with_section
from charter.evidence import generate_signing_key

DAY, NEXT_DAY = "2026-07-05", "2026-07-06"
HELP, CHECK_ANEW, CHECK, NIGHT, NEXT_NIGHT, JOB = (
    "`charter --help`",
    "`charter check`, after a change",
    "`charter check`",
    "the demo's night without Airflow, from nothing",
    "the night after it",
    "`make run`, installed",
)
# Seconds on a quiet machine of 2 cores.
AIMS = {HELP: 0.3, CHECK: 1.0, NIGHT: 15.0, JOB: 40.0}
DAG_AIM = 1.0

# As Airflow's DAG processor has it: Airflow is loaded, the file is not.
_PARSE = """
import json, runpy, sys, time
import airflow.sdk
took = {}
for path in sys.argv[1:]:
    began = time.process_time()
    runpy.run_path(path)
    took[path.rpartition("/")[2]] = time.process_time() - began
    for name in [each for each in sys.modules if each.partition(".")[0] in ("charter", "charter_defaults")]:
        del sys.modules[name]
print(json.dumps(took))
"""


@dataclass
class Program:
    """One checkout, with a state of its own."""

    checkout: Path
    var: Path
    costs: dict[str, list[Cost]] = field(default_factory=dict)
    dag_files: dict[str, float] = field(default_factory=dict)

    def measure(self, what: str, *command: str, settings: Sequence[tuple[str, str]] = ()) -> Cost:
        """Runs one Python command of this checkout; raises JobFailedError when it fails."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("CHARTER_", "AIRFLOW_"))},
            "PYTHONPATH": os.pathsep.join((str(self.checkout / "src"), str(self.checkout))),
            "PYTHONUTF8": "1",
            "CHARTER_HOME": str(self.checkout),
            "CHARTER_VAR": str(self.var),
            **dict(settings),
        }
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, *command],
            cwd=self.checkout,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        ) as process:
            assert process.stdout is not None
            said = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise JobFailedError(f"{what} ended with status {process.returncode}:\n{said[-2000:]}")
        wall = time.perf_counter() - began
        cost = Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said)
        self.costs.setdefault(what, []).append(cost)
        click.echo(f"  {self.checkout.name:<12} {what:<48} {wall:6.2f} s, CPU {cost.cpu_s:6.2f} s")
        return cost

    def charter(self, what: str, *arguments: str, settings: Sequence[tuple[str, str]] = ()) -> Cost:
        return self.measure(what, "-m", "charter.cli", *arguments, settings=settings)

    def best(self, what: str) -> Cost:
        """The cheapest of several: what others do on the machine only ever adds."""
        return min(self.costs[what], key=lambda cost: cost.cpu_s)


def commands(program: Program) -> None:
    """The commands that do next to nothing, and the DAG files."""
    program.var.mkdir(parents=True, exist_ok=True)
    program.charter(HELP, "--help")
    for kept in program.var.glob("cache/*"):
        kept.unlink()
    program.charter(CHECK_ANEW, "check", "--as-of", DAY)
    program.charter(CHECK, "check", "--as-of", DAY)
    folder = program.checkout / "dags"
    files = [str(path) for path in sorted(folder.glob("charter_*.py")) if path.stem != "charter_defaults"]
    path = os.pathsep.join((str(program.checkout / "src"), str(program.checkout), str(folder)))
    with tempfile.TemporaryDirectory(prefix="charter-airflow-") as home:
        found = program.measure(
            "all DAG files", "-c", _PARSE, *files, settings=[("PYTHONPATH", path), ("AIRFLOW_HOME", home)]
        )
    took: dict[str, float] = json.loads(str(found.result).splitlines()[-1])
    for name, seconds in took.items():
        program.dag_files[name] = min(seconds, program.dag_files.get(name, seconds))


def nights(program: Program, until: str, what: str) -> None:
    """The demo's source systems as they stood at the end of ``until``, and its night."""
    program.charter("the source systems", "demo", "--until", until)
    key = program.var / "signing.key"
    if not key.exists():
        key.write_bytes(generate_signing_key())
        key.chmod(0o600)
        (program.var / "pseudonym.key").write_text(token_hex(32), encoding="utf-8")
        (program.var / "pseudonym.key").chmod(0o600)
    lines = (program.var / "demo" / "connections.env").read_text(encoding="utf-8").splitlines()
    pairs = [line.partition("=") for line in lines if "=" in line and not line.startswith("#")]
    given = {name.removeprefix("export ").strip(): value.strip("'\"") for name, _, value in pairs}
    keys = {f"CHARTER_{name.upper()}_KEY_FILE": str(program.var / f"{name}.key") for name in ("signing", "pseudonym")}
    program.charter(what, "nightly", "--as-of", until, settings=[*given.items(), *keys.items()])


def written(now: Program, before: Program | None) -> str:
    """The section of RESULTS.md."""
    head = "| what | aim | time | CPU |" + (" CPU before | before ÷ now |" if before else "")
    rule = "| --- | ---: | ---: | ---: |" + (" ---: | ---: |" if before else "")
    rows = [_row(what, now, before) for what in (HELP, CHECK_ANEW, CHECK, NIGHT, NEXT_NIGHT, JOB) if what in now.costs]
    slowest = max(now.dag_files, key=lambda name: now.dag_files[name])
    then = max(before.dag_files.values()) if before else None
    seconds = now.dag_files[slowest]
    more = f" {then:.2f} s | **{then / seconds:.1f}×** |" if then is not None else ""
    rows.insert(3, f"| reading a DAG file, the slowest ({slowest}) | {DAG_AIM:g} s | – | {seconds:.2f} s |{more}")
    about = (
        "Written by `python -m benchmarks.overhead`: KOTRA's demo of size 1; each a process from its start to its end, "
        "Python and imports included, the cheapest of several by CPU (user and system). Aims are times on a quiet "
        "machine of 2 cores; where others use the machine, CPU is the steadier figure."
    )
    return "\n".join([about, "", head, rule, *rows])


def _row(what: str, now: Program, before: Program | None) -> str:
    cost = now.best(what)
    aim = f"{AIMS[what]:g} s" if what in AIMS else "–"
    cells = f"| {what} | {aim} | {cost.wall_s:.2f} s | {cost.cpu_s:.2f} s |"
    if before is None:
        return cells
    then = before.best(what).cpu_s
    return f"{cells} {then:.2f} s | **{then / cost.cpu_s:.1f}×** |"


@click.command()
@click.option("--before", type=click.Path(exists=True, file_okay=False, path_type=Path), help="An earlier checkout.")
@click.option("--repeat", type=click.IntRange(1), default=3, show_default=True, help="How often each command is run.")
@click.option("--job/--no-job", default=True, show_default=True, help="Whether the whole main job is run, too.")
@click.option("--results", type=Path, default=HOME / "benchmarks" / "RESULTS.md", show_default="benchmarks/RESULTS.md")
def main(before: Path | None, repeat: int, job: bool, results: Path) -> None:
    """Measure what is done beside the work, and write it into RESULTS.md."""
    with tempfile.TemporaryDirectory(prefix="charter-overhead-") as folder:
        programs = [Program(HOME, Path(folder) / "now")]
        if before is not None:
            programs.append(Program(before.resolve(), Path(folder) / "before"))
        for _ in range(repeat):
            for program in programs:
                commands(program)
        for until, what in ((DAY, NIGHT), (NEXT_DAY, NEXT_NIGHT)):
            for program in programs:
                nights(program, until, what)
        for program in programs if job else ():
            var = [("CHARTER_VAR", f"{program.var}-job")]
            program.measure(JOB, "-m", "charters.main_job", "--as-of", DAY, settings=var)
        page = results.read_text(encoding="utf-8") if results.exists() else "# Results\n"
        text = written(programs[0], programs[1] if before is not None else None)
        results.write_text(with_section(page, OVERHEAD, text), encoding="utf-8")


if __name__ == "__main__":
    main()
