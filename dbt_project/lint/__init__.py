"""What dbt gives to models, as far as the SQL linter needs it (`library_path` in .sqlfluff).

Every public name here is a name in the templates. Relations, `config`, `is_incremental` and `return` come from
sqlfluff itself, the macros from their folder.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from .variables import of_a_run

execute = True
model = SimpleNamespace(name="of_the_first_tier")
target = SimpleNamespace(name="duckdb", type="duckdb", schema="main", database="warehouse")


def var(name: str, default: Any = None) -> Any:
    """The variable as a run would get it, its lists cut short: a loop is linted a few times, not once a standard."""
    known = of_a_run()
    if name in known:
        return known[name]
    if default is not None:
        return default
    raise KeyError(f"var('{name}') is none of the variables that charter.transform gives to dbt")


def env_var(name: str, default: str = "") -> str:
    """An environment variable: its default, or its own name."""
    return default or name


class _Adapter:
    @pass_context
    def dispatch(self, context: Context, macro: str) -> Any:
        """The macro as written for DuckDB, else the common one."""
        return context.get(f"duckdb__{macro}") or context[f"default__{macro}"]

    def quote(self, identifier: str) -> str:
        return f'"{identifier}"'


adapter = _Adapter()


class _Exceptions:
    def raise_compiler_error(self, message: str) -> str:
        raise ValueError(message)


exceptions = _Exceptions()
