"""`charter check` on names that the engine has taken, and on conditions that a column of that type can't meet."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from charter.definitions.names import COLUMNS_OF_EVERY_ROW, ENGINE_MODELS, SQL_WORDS
from tests.definitions.test_counted import problems_with

HOME = Path(__file__).parents[2]
SHARE = "{share: {where: {minutes: {at_most: 20}}}}"
NO_PHONE = "where: {by_phone: [true]}"
EXTRA = "      held_on: {type: date, required: true}\n"


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        (
            "subjects.yaml",
            EXTRA,
            f"{EXTRA}      not: {{type: text}}\n",
            "the column 'not' of 'events' is a word of SQL",
        ),
        (
            "subjects.yaml",
            EXTRA,
            f"{EXTRA}      origin: {{type: text}}\n",
            "every row of 'events' has a column 'origin'",
        ),
        ("subjects.yaml", "    key: event_id", "    key: event_id\n    model: run", "which is one of the engine's own"),
        ("subjects.yaml", "    key: event_id", "    key: event_id\n    model: stg_visits", "have the same model"),
        (
            "subjects.yaml",
            "subjects:",
            "subjects:\n  waivers_: {from: events, text: x, model: int_waivers}",
            "engine's own",
        ),
    ],
)
def test_a_name_that_is_taken(tmp_path: Path, file: str, old: str, new: str, what: str) -> None:
    [(problem, line)] = problems_with(tmp_path / "branches", file, old, new)
    assert what in problem and line.isdigit()


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (NO_PHONE, "where: {by_phone: ['yes']}", "'yes' is no value of a column of type boolean"),
        (NO_PHONE, "where: {by_phone: [1]}", "1 is no value of a column of type boolean"),
        (NO_PHONE, "where: {by_phone: []}", "no value is listed for 'by_phone'"),
        (NO_PHONE, "where: {by_phone: {not_in: []}}", "no value is listed for 'by_phone'"),
        (NO_PHONE, "where: {minutes: ten}", "'ten' is no value of a column of type number"),
        (NO_PHONE, "where: {minutes: true}", "True is no value of a column of type number"),
        (NO_PHONE, "where: {client: 7}", "7 is no value of a column of type text"),
        (NO_PHONE, "where: {client: {at_least: 7}}", "at_least and at_most compare numbers"),
        (NO_PHONE, "where: {centre: mitte}", "'mitte' is not a value of 'centre'"),
        (NO_PHONE, "where: {visited_at: '2026-03-01'}", "no value is compared with that"),
        (SHARE, "{share: {where: {client: {at_most: 20}}}}", "at_least and at_most compare numbers"),
        ("standing: {passed: true}", "standing: {passed: 'true'}", "'true' is no value of a column of type boolean"),
    ],
)
def test_a_condition_that_no_such_column_meets(tmp_path: Path, old: str, new: str, what: str) -> None:
    [(problem, line)] = problems_with(tmp_path / "branches", "charter.yaml", old, new)
    assert what in problem and line.isdigit()


@pytest.mark.parametrize(
    "condition", ["{centre: nordstadt}", "{score: [4, 5]}", "{minutes: 0.5}", "{client: {not_in: [A]}}"]
)
def test_conditions_that_fit(tmp_path: Path, condition: str) -> None:
    assert problems_with(tmp_path / "branches", "charter.yaml", NO_PHONE, f"where: {condition}") == []


def test_the_names_of_the_engine_are_those_of_its_models() -> None:
    models = {path.stem for path in (HOME / "dbt_project" / "models").rglob("*.sql")}
    assert {*models, "int_ownership"} == ENGINE_MODELS


def test_every_other_word_of_sql_is_a_name_with_its_table_before_it() -> None:
    with duckdb.connect() as connection:
        words = {word for (word,) in connection.execute("select keyword_name from duckdb_keywords()").fetchall()}
        for word in words - SQL_WORDS:
            connection.execute(f'create or replace table t as select 7 as "{word}"')
            query = f"select t.{word} as {word} from t where t.{word} is not null group by t.{word} order by t.{word}"
            assert connection.execute(query).fetchall() == [(7,)], word
    assert not SQL_WORDS - words and not COLUMNS_OF_EVERY_ROW & words


def test_a_key_of_two_sources_is_named_only_by_a_column_that_says_so(tmp_path: Path) -> None:
    """Two registers of clients: a visit's `client` would never be one of theirs, and every share would read as 0."""
    feed = "{table: clients, path: more.csv, full: true, columns: {client: c, centre: w, registered_on: r, left_on: l}}"
    second = f"""sources:
  - id: second
    text: {{ko: 둘째, en: Second}}
    kind: csv
    connection: second
    time_zone: Europe/Berlin
    freshness: {{expect: each_night}}
    feeds: [{feed}]
"""
    problem = problems_with(tmp_path / "branches", "sources.yaml", "sources:\n", second)
    assert [what for what, _ in problem] == [
        "'clients' is fed by second and centres, and nothing says that 'client' of 'visits' names its rows"
    ] * 2
