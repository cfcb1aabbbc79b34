"""What waits for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import CronDataIntervalTimetable

if TYPE_CHECKING:
    from airflow.sdk import DAG


def waits(dag: DAG) -> dict[str, set[str]]:
    return {task.task_id: set(task.upstream_task_ids) for task in dag.tasks}


def test_a_night_extracts_then_judges_then_publishes_then_seals(dags: dict[str, DAG]) -> None:
    assert waits(dags["charter_nightly"]) == {
        "earlier_night": set(),
        "resolve_night": {"earlier_night"},
        "source_ids": set(),
        "require_night_settings": {"resolve_night"},
        "catch_up": {"resolve_night", "require_night_settings"},
        "extract": {"resolve_night", "catch_up", "source_ids"},
        "transform": {"resolve_night", "extract"},
        "assert_expectations": {"resolve_night", "transform"},
        "publish": {"resolve_night", "assert_expectations"},
        "seal_night": {"resolve_night", "publish"},
        "build_site": {"resolve_night", "seal_night"},
        "require_caught_up": {"build_site", "catch_up"},
    }


def test_a_week_renders_then_delivers_then_seals_and_ends_with_what_a_person_must_settle(dags: dict[str, DAG]) -> None:
    assert waits(dags["charter_weekly"]) == {
        "resolve_week": set(),
        "render_reports": {"resolve_week"},
        "deliver": {"resolve_week", "render_reports"},
        "seal_week": {"resolve_week", "deliver"},
        "refresh_site": {"seal_week"},
        "require_settled": {"refresh_site", "render_reports"},
    }


def test_a_month_goes_as_a_week_does(dags: dict[str, DAG]) -> None:
    assert waits(dags["charter_monthly"]) == {
        "resolve_month": set(),
        "render_reports": {"resolve_month"},
        "deliver": {"resolve_month", "render_reports"},
        "seal_month": {"resolve_month", "deliver"},
        "refresh_site": {"seal_month"},
        "require_settled": {"refresh_site", "render_reports"},
    }


def test_a_morning_renders_then_delivers_then_seals(dags: dict[str, DAG]) -> None:
    assert waits(dags["charter_daily"]) == {
        "resolve_morning": set(),
        "render_digests": {"resolve_morning"},
        "deliver": {"resolve_morning", "render_digests"},
        "seal_morning": {"resolve_morning", "deliver"},
        "require_settled": {"seal_morning", "render_digests"},
    }


def test_the_assets_lead_from_the_sources_over_the_published_night_to_the_mails(dags: dict[str, DAG]) -> None:
    def way(dag_id: str) -> list[tuple[str, list[str], list[str]]]:
        tasks = dags[dag_id].topological_sort()  # type: ignore[no-untyped-call]
        named = [(task.task_id, [i.name for i in task.inlets], [o.name for o in task.outlets]) for task in tasks]
        return [each for each in named if each[1] or each[2]]

    assert way("charter_nightly") == [
        ("extract", [], ["charter_lake"]),
        ("transform", ["charter_lake"], []),
        ("assert_expectations", ["charter_lake"], []),
        ("publish", ["charter_lake"], ["charter_night"]),
        ("seal_night", ["charter_night"], ["charter_evidence"]),
        ("build_site", ["charter_night"], ["charter_site"]),
    ]
    assert way("charter_weekly") == [
        ("resolve_week", ["charter_night"], []),
        ("render_reports", ["charter_night"], ["charter_reports"]),
        ("deliver", ["charter_reports"], ["charter_mail"]),
        ("seal_week", ["charter_mail"], ["charter_evidence"]),
        ("refresh_site", ["charter_reports"], ["charter_site"]),
    ]


def test_each_source_is_a_task_of_its_own_that_shows_its_name(dags: dict[str, DAG]) -> None:
    extract = dags["charter_nightly"].get_task("extract")

    assert extract.is_mapped
    assert "source_id" in str(extract.map_index_template)


def test_the_clocks_are_two_at_night_each_morning_monday_at_seven_the_first_of_the_month_and_every_quarter_hour(
    dags: dict[str, DAG],
) -> None:
    assert {dag_id: dag.timetable for dag_id, dag in dags.items()} == {
        "charter_daily": CronDataIntervalTimetable("30 7 * * *", timezone="Asia/Seoul"),
        "charter_monthly": CronDataIntervalTimetable("0 7 1 * *", timezone="Asia/Seoul"),
        "charter_nightly": CronDataIntervalTimetable("0 2 * * *", timezone="Asia/Seoul"),
        "charter_watch": CronDataIntervalTimetable("*/15 * * * *", timezone="Asia/Seoul"),
        "charter_weekly": CronDataIntervalTimetable("0 7 * * MON", timezone="Asia/Seoul"),
    }
