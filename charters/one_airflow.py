"""Airflow's command line for several commands in one process: the main job's child.

Airflow takes ten seconds to load before its first task runs, and our own libraries three more. This process loads them
once. It reads one command a line, as a JSON list (``["dags", "test", "charter_nightly"]``), and runs each as
``airflow`` would; what that says goes where it always goes. After each it says in one line how it ended.
"""

from __future__ import annotations

import json
import sys
import traceback

# The command that loads, without running anything, what the first task would wait for.
READY = ["ready"]
COMMAND_ENDED = "one_airflow: ended"


def main() -> None:
    """Runs what is asked, one command after the other, until nothing more is."""
    for line in sys.stdin:
        status = run(json.loads(line))
        print(json.dumps({"event": COMMAND_ENDED, "status": status}), flush=True)


def run(command: list[str]) -> int:
    """Runs one command; gives the exit status that Airflow's own command line would end with."""
    try:
        if command == READY:
            load()
            return 0
        from airflow.__main__ import main as airflow

        sys.argv = ["airflow", *command]
        airflow()  # type: ignore[no-untyped-call]
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, flush=True)
        return 1
    except Exception:
        traceback.print_exc(file=sys.stdout)
        return 1
    finally:
        sys.stdout.flush()
    return 0


def load() -> None:
    """Loads what running a task takes: Airflow's own, and most of the line's libraries."""
    import httpx
    from airflow.cli.commands import dag_command  # noqa: F401
    from airflow.dag_processing import dagbag  # noqa: F401
    from airflow.sdk.execution_time import task_runner  # noqa: F401
    from airflow.sdk.execution_time.supervisor import in_process_api_server

    # Asked anything, it makes what its first answer takes.
    with httpx.Client(transport=in_process_api_server().transport, base_url="http://in-process.invalid") as asking:
        asking.get("/health")
    import charter.extract.night.extract_source
    import charter.line
    import charter.transform.build.nightly  # noqa: F401


if __name__ == "__main__":
    main()
