"""The counting queries of ``sql/``: each gives ``key``, ``rule_version``, ``evaluated``, ``unexpected``, ``unjudged``.

``evaluated`` rows were looked at, ``unexpected`` of them do not hold, ``unjudged`` could not be judged. Queries over
``bounds.sql`` count what is not known, too, and give both numbers for the worst and for the best.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from importlib.resources import files as resources
from pathlib import Path
from string import Template

from charter.base.moments import Period, naive_utc
from charter.base.sql import quoted
from charter.lake.files import rows_of
from charter.lake.newest import newest_versions
from charter.transform.compile.follows import Follow
from charter.transform.compile.rules import ANSWER_MAY_PRECEDE_SECONDS
from charter.transform.doubt.doubted_case import DoubtedCase

Literal = str | int | float | date | datetime | None


@dataclass(frozen=True)
class Parameters:
    """What the queries take from the run.

    ``judged_until`` gives, per standard, the instant (naive UTC) up to which all its sources have been heard; None if
    one never was. ``rules`` are the standards' rule versions with their kind and what the charter declares a silent day
    to hold at most; ``silent`` the days that a source needed by a rule version did not cover, with how many commitments
    each holds where the calendar says so; ``doubted`` what rows in doubt may mean; ``counting`` the parts of
    measures whose figure is a count or a share of rows, with what it is multiplied with. Periods and days are business
    dates, both ends included. ``landed`` are the files of each landed table;
    ``figures`` is a query that takes the measures' figures again; ``follows`` the parts that promise something of a
    breach; ``own_targets`` the parts with a target of their own, with it.
    """

    as_of: datetime
    last_day: date
    periods: tuple[Period, ...]
    judged_until: tuple[tuple[str, datetime | None], ...]
    sources: tuple[str, ...]
    departments: tuple[str, ...]
    rules: tuple[tuple[str, int, str, int | None], ...]
    silent: tuple[tuple[str, int, date, int | None], ...]
    doubted: tuple[DoubtedCase, ...]
    zone: str
    counting: tuple[tuple[str, int, str, int], ...] = ()
    landed: tuple[tuple[str, tuple[Path, ...]], ...] = ()
    figures: str = ""
    follows: tuple[Follow, ...] = ()
    own_targets: tuple[tuple[str, int, str, float], ...] = ()


def query_text(name: str) -> str:
    """The query ``name`` as written, with its ``$parameters``; ``bounds.sql`` stands where it names it."""
    text = resources("charter.assertions").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    return text.replace("$bounds", query_text("bounds").strip()) if "$bounds" in text else text


def render_query(name: str, parameters: Parameters) -> str:
    """The query ``name`` for one run, wrapped: Great Expectations takes no query that begins with WITH or a comment."""
    selected = f"SELECT * FROM (\n{query_text(name)}\n) AS counted"
    tables = {
        "rules": _typed_rows(("VARCHAR", "BIGINT", "VARCHAR", "BIGINT"), parameters.rules),
        "counting": _typed_rows(("VARCHAR", "BIGINT", "VARCHAR", "DOUBLE"), parameters.counting),
        "silent": _typed_rows(("VARCHAR", "BIGINT", "DATE", "BIGINT"), parameters.silent),
        "own_targets": _typed_rows(("VARCHAR", "BIGINT", "VARCHAR", "DOUBLE"), parameters.own_targets),
        "follows": _typed_rows(
            ("VARCHAR", "VARCHAR", "VARCHAR", "BIGINT", "VARCHAR", "VARCHAR", "BIGINT", "DATE", "DATE"),
            map(astuple, parameters.follows),
        ),
        "doubted": _typed_rows(
            (
                "VARCHAR",
                "VARCHAR",
                "BIGINT",
                "VARCHAR",
                "VARCHAR",
                "BOOLEAN",
                "BIGINT",
                "DATE",
                "DATE",
                "BIGINT",
                "BOOLEAN",
                "VARCHAR",
                "BOOLEAN",
                "BIGINT",
                "BIGINT",
            ),
            (
                (
                    each.case_id,
                    each.standard_id,
                    each.rule_version,
                    each.subject_id,
                    each.department_id,
                    each.by_day,
                    each.commitments,
                    each.first_day,
                    each.last_day,
                    each.rows,
                    each.may_waive,
                    each.target_part,
                    each.moves_due,
                    each.breaks,
                    each.mends,
                )
                for each in parameters.doubted
            ),
        ),
    }
    every_result = (
        "SELECT DISTINCT period_kind, period_start, period_end FROM marts.standard_results WHERE department_id IS NULL"
    )
    shown = "VALUES\n        " + _rows((period.kind, period.start, period.end) for period in parameters.periods)
    return Template(selected).substitute(
        tables,
        as_of=_literal(naive_utc(parameters.as_of)),
        last_day=_literal(parameters.last_day),
        zone=parameters.zone,
        answer_may_precede=ANSWER_MAY_PRECEDE_SECONDS,
        periods=every_result if name in ("results", "targets") else shown,
        judged_until=_rows(parameters.judged_until),
        sources=_rows((source,) for source in parameters.sources),
        standards=_rows((standard_id,) for standard_id, _ in parameters.judged_until),
        departments=_rows((department,) for department in parameters.departments),
        landed=_rows_on_hand(parameters.landed),
        figures=parameters.figures,
    )


def arrived_rows(files: Sequence[Path], columns: Iterable[str], shared_key: str | None = None) -> str:
    """The newest version of every row in the lake's ``files`` that is not deleted, with these columns.

    ``shared_key`` is the key of a table that several sources feed: it tells the source, as the ledger's ids do.

    The files are read themselves, not what the transformation made of them: which rows a night brought does not hang on
    what it then had to rework. The first of them is the table's contract, which fixes the columns.
    """
    wanted = ", ".join(
        f'_source_id || \'/\' || "{name}" AS "{name}"' if name == shared_key else f'"{name}"' for name in columns
    )
    return f"""SELECT {wanted} FROM (
    {newest_versions(rows_of(files))}
) AS newest WHERE NOT _deleted"""


def _rows_on_hand(landed: Iterable[tuple[str, Sequence[Path]]]) -> str:
    """How many rows each source ever gave each table, deleted ones among them."""
    counted = [
        f"SELECT {_literal(table)} AS table_name, _source_id AS source_id, count(DISTINCT _row_key) AS row_count"
        f" FROM {rows_of(files)} GROUP BY _source_id"
        for table, files in landed
        if files
    ]
    return "\n    UNION ALL\n    ".join(
        counted or ["SELECT NULL AS table_name, NULL AS source_id, 0 AS row_count WHERE FALSE"]
    )


def _rows(rows: Iterable[tuple[Literal, ...]]) -> str:
    return ",\n        ".join(f"({', '.join(_literal(value) for value in row)})" for row in rows)


def _typed_rows(types: Sequence[str], rows: Iterable[tuple[Literal, ...]]) -> str:
    """A table expression of ``rows``, whose columns have these types also when there are none."""
    listed = [f"({', '.join('NULL' if value is None else _literal(value) for value in row)})" for row in rows]
    nothing = f"SELECT {', '.join(f'CAST(NULL AS {each})' for each in types)} WHERE FALSE"
    if not listed:
        return nothing
    return f"{nothing}\n    UNION ALL VALUES\n        " + ",\n        ".join(listed)


def _literal(value: Literal) -> str:
    if value is None:
        return "CAST(NULL AS TIMESTAMP)"
    if isinstance(value, bool | int | float):
        return str(value).upper()
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S.%f}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    return quoted(value)
