"""Sets how long a statement of a database may run, in its own way. Where it knows none, the guard gives up in time."""

from __future__ import annotations

import math
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from charter.extract.readers.allowance import Allowance

# SQLite asks that often, in steps of its machine, whether to go on.
_STEPS = 100_000


def limit_statements(connection: Connection, allowance: Allowance) -> None:
    """From now on no statement on ``connection`` outlives ``allowance``, as far as its database keeps limits."""
    seconds = max(allowance.seconds_left(), 0.001)
    milliseconds = math.ceil(seconds * 1000)
    driver: Any = connection.connection.driver_connection
    dialect = connection.dialect
    if dialect.name == "sqlite":
        driver.set_progress_handler(lambda: int(allowance.is_over), _STEPS)
    elif dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {milliseconds}")
    elif dialect.name in ("mysql", "mariadb"):
        is_mariadb = bool(getattr(dialect, "is_mariadb", False))
        own = f"max_statement_time = {seconds:.3f}" if is_mariadb else f"max_execution_time = {milliseconds}"
        try:
            connection.exec_driver_sql(f"SET SESSION {own}")
        except DBAPIError:
            # Servers older than these settings.
            return
    elif hasattr(driver, "call_timeout"):
        # Oracle's.
        driver.call_timeout = milliseconds
    elif hasattr(driver, "timeout"):
        # ODBC's.
        driver.timeout = math.ceil(seconds)
