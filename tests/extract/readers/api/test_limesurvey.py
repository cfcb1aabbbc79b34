"""LimeSurvey: completed responses only, within one session that is given back; what it refuses is told."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from charter.base.errors import SourceError
from charter.definitions.models import Source
from charter.extract import SourceReceipt, extract_source, read_quarantine
from tests.extract.builders import World, night, source
from tests.extract.test_personal_data import MAIL, MEMO, NAME, PHONE, PLANTED, RRN, texts_below
from tests.servers.apis import Api, Asked, Reply, SurveySystem, running_api

SURVEY, PASSWORD = 385126, "pass:word-for-tests"
FEED = {
    "table": "tickets",
    "survey": SURVEY,
    "recorded_at": "submitdate",
    "full": True,
    "columns": {
        "ticket_id": "id",
        "kind": {"source": "G01Q01[SQ001]", "values": {"A1": "inquiry", "A2": "complaint"}},
        "received_at": "startdate",
        "customer": "G02Q01 (385126X7X31)",
        "score": "G01Q02",
    },
}


def response(no: int, **changes: Any) -> dict[str, Any]:
    row = {
        "id": no,
        "submitdate": "2026-07-01 10:00:00",
        "lastpage": 2,
        "startlanguage": "ko",
        "startdate": "2026-07-01 09:30:00",
        "G01Q01[SQ001]": "A1",
        "G01Q02": "5",
        "G02Q01": "a comment",
        "G02Q01 (385126X7X31)": f"{no}@example.org",
    }
    return {**row, **changes}


@pytest.fixture
def surveys() -> SurveySystem:
    rows = [response(1), response(2, submitdate=None), response(3, G01Q02=None)]
    return SurveySystem({SURVEY: rows, 7: []}, "reader", PASSWORD)


@pytest.fixture
def api(surveys: SurveySystem) -> Iterator[Api]:
    with running_api(surveys) as running:
        yield running


def extract(
    world: World, api: Api, day: str = "2026-07-01", secret: str = f"reader:{PASSWORD}", **changes: Any
) -> SourceReceipt:
    feeding: Source = source("limesurvey", {**FEED, **changes}, requests={"attempts": 2, "timeout": "2 seconds"})
    environment = {
        **world.settings.environment,
        "CHARTER_CONN_A_LIMESURVEY": api.url + SurveySystem.PATH,
        "CHARTER_AUTH_A_LIMESURVEY": secret,
    }
    return extract_source(
        dataclasses.replace(world.settings, environment=environment), world.agency, feeding, night(day)
    )


@pytest.mark.parametrize("wrapped", [False, True], ids=["version-5", "version-3"])
def test_completed_responses_land(world: World, api: Api, surveys: SurveySystem, wrapped: bool) -> None:
    surveys.wrapped = wrapped
    feed = extract(world, api).feeds[0]
    assert (feed.arrived, feed.landed) == (2, 2), feed.problem
    row = world.versions("tickets").iloc[0]
    assert (row.ticket_id, row.kind, row.score, row._origin) == ("1", "inquiry", 5.0, f"survey {SURVEY}:1")
    assert str(row.received_at) == "2026-07-01 00:30:00"


def test_the_session_is_given_back_whatever_happens(world: World, api: Api, surveys: SurveySystem) -> None:
    extract(world, api)
    extract(world, api, "2026-07-02", survey=99)
    assert surveys.sessions == set()
    assert [method for method, _ in surveys.asked_for].count("release_session_key") == 2


def test_a_response_that_was_deleted_is_a_deletion(world: World, api: Api, surveys: SurveySystem) -> None:
    extract(world, api)
    del surveys.surveys[SURVEY][0]
    assert extract(world, api, "2026-07-02").feeds[0].deleted == 1


def test_a_survey_without_responses_is_no_fault(world: World, api: Api) -> None:
    feed = extract(world, api, survey=7).feeds[0]
    assert (feed.status, feed.arrived) == ("landed", 0)


@pytest.mark.parametrize(
    ("result", "status", "said"),
    [
        ({"status": "No permission"}, "failed", "refuses to export the responses: No permission"),
        ({"status": "No Data, survey table does not exist."}, "missing", "no table of responses"),
        ({"status": MEMO}, "failed", "what LimeSurvey exported can't be read"),
        ("%%%", "failed", "what LimeSurvey exported can't be read"),
        ("e30=", "failed", "what LimeSurvey exported can't be read"),
    ],
)
def test_what_limesurvey_refuses_is_told(
    world: World, api: Api, surveys: SurveySystem, result: object, status: str, said: str
) -> None:
    surveys._export_responses = lambda *_: result  # type: ignore[method-assign]
    feed = extract(world, api).feeds[0]
    assert (feed.status, feed.problem is not None) == (status, True)
    assert said in str(feed.problem)
    assert NAME not in str(feed.problem)


def test_a_wrong_password_is_told_without_repeating_it(world: World, api: Api) -> None:
    receipt = extract(world, api, secret="reader:hunter2")
    assert receipt.status == "failed"
    assert "CHARTER_AUTH_A_LIMESURVEY" in str(receipt.feeds[0].problem)
    assert "hunter2" not in receipt.model_dump_json()
    with pytest.raises(SourceError, match="not of the form user:password"):
        extract(world, api, secret="hunter2")


def test_json_rpc_that_is_turned_off_is_told(world: World) -> None:
    with running_api(lambda asked: Reply(b"", headers={"Content-Type": "text/html; charset=utf-8"})) as api:
        receipt = extract(world, api)
    assert "no JSON (text/html)" in str(receipt.feeds[0].problem)
    with running_api(lambda asked: Reply({"id": 1, "result": None, "error": "unknown"})) as api:
        receipt = extract(world, api)
    assert "turn on JSON-RPC" in str(receipt.feeds[0].problem)


def test_a_limesurvey_that_is_down_is_unreachable_and_one_that_blips_is_asked_again(
    world: World, api: Api, surveys: SurveySystem
) -> None:
    api.troubles += [Reply(None, 502)]
    assert extract(world, api).status == "landed"
    api.troubles += [Reply(None, 502)] * 9
    assert extract(world, api, "2026-07-02").status == "unreachable"


def test_a_question_that_was_renamed_is_drift(world: World, api: Api, surveys: SurveySystem) -> None:
    surveys.surveys[SURVEY] = [{**response(1), "startdatum": "x"}]
    surveys.surveys[SURVEY][0].pop("startdate")
    feed = extract(world, api).feeds[0]
    assert (feed.status, feed.drift.missing) == ("drifted", ["startdate"])
    assert "renamed to 'startdatum'" in str(feed.problem)


def test_neither_secret_nor_anybodys_name_is_found_under_var_or_in_the_log(
    world: World,
    api: Api,
    surveys: SurveySystem,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    person = "G02Q01 (385126X7X31)"
    surveys.surveys[SURVEY] = [
        response(1, **{person: NAME, "G02Q01": MEMO}),
        response(2, **{person: MAIL, "G01Q01[SQ001]": NAME, "G01Q02": RRN}),
        response(3, **{person: PHONE, "startdate": PHONE, "ipaddr": MEMO}),
    ]

    def flaky(asked: Asked) -> Reply:
        return Reply(MEMO.encode(), 500) if len(api.asked) == 2 else surveys(asked)

    api._answer = flaky
    with caplog.at_level(logging.DEBUG):
        feed = extract(world, api).feeds[0]
    assert (feed.landed, feed.quarantined) == (1, 2)
    output = capfd.readouterr()
    everything = "\n".join([texts_below(world.settings.var_dir), caplog.text, output.out, output.err])
    assert [word for word in (*PLANTED, PASSWORD) if word in everything] == []
    assert len(read_quarantine(world.settings, night("2026-07-01"))) == 2
