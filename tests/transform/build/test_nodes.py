"""What a task's log tells of dbt's models and tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

from charter.transform.build.nodes import each, node_runs, slowest, sql_of


@dataclass
class Result:
    """Stands in for a result of dbt."""

    name: str
    kind: str = "model"
    status: str = "success"
    execution_time: float = 0.0
    failures: int | None = None
    sql: str = "select 1"
    node: SimpleNamespace = field(init=False)

    def __post_init__(self) -> None:
        self.node = SimpleNamespace(name=self.name, resource_type=self.kind, compiled_code=self.sql)


RESULTS = [
    *(Result(f"model_{number}", execution_time=number / 10) for number in range(12)),
    Result("grain_of_calls", kind="test", status="pass", execution_time=5),
    Result("no_subject_is_lost", kind="test", status="fail", failures=2, sql="select *\nfrom lost"),
]


def test_the_slowest_ten_are_named_the_slowest_first() -> None:
    head, *lines = slowest(node_runs(RESULTS, {})).splitlines()

    assert head == "dbt: models 12, tests 2; 11.6 s of work; the slowest 10:"
    assert [line.split()[4] for line in lines] == [
        "grain_of_calls",
        *(f"model_{number}" for number in range(11, 2, -1)),
    ]


def test_each_is_told_with_outcome_time_and_rows_what_failed_first() -> None:
    _, first, *others = each(node_runs(RESULTS, {"model_3": 12_034})).splitlines()

    assert first.split() == ["fail", "0.00", "s", "test", "no_subject_is_lost", "2", "rows"]
    assert len(others) == len(RESULTS) - 1
    assert [line.split()[5:] for line in others if "model_3" in line] == [["12,034", "rows"]]
    assert [line.split()[5:] for line in others if "model_4" in line] == [[]], "a view has no rows of its own"


def test_the_sql_of_what_failed_is_told_and_a_long_one_is_cut() -> None:
    failed = node_runs(RESULTS, {})[-1]
    assert sql_of(failed) == "test no_subject_is_lost ran:\nselect *\nfrom lost"

    (long,) = node_runs([Result("fct_commitments", status="error", sql="\n".join(["select"] * 100))], {})
    assert sql_of(long).splitlines()[-1] == "… 20 lines more"


def test_the_sql_of_what_passed_is_not_kept() -> None:
    assert [run.sql for run in node_runs(RESULTS, {}) if not run.has_failed] == [None] * 13
