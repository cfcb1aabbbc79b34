"""The worked examples of APIs in docs/examples, each against a server that answers as the real one does."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from charter.definitions import load_agency
from charter.definitions.models import Agency, Source, Sources
from charter.extract import SourceReceipt, extract_source
from tests.servers.apis import Asked, Reply, SurveySystem, TicketSystem, running_api

from .builders import World, night

HOME = Path(__file__).parents[2]


@pytest.fixture
def agency() -> Agency:
    return load_agency(HOME / "charters" / "kotra")


def example(name: str, number: int = 0) -> Source:
    path = HOME / "docs" / "examples" / name / "sources.yaml"
    return Sources.model_validate(YAML(typ="safe").load(path.read_text(encoding="utf-8"))).sources[number]


def extract(
    world: World, agency: Agency, feeding: Source, url: str, secret: str, day: str = "2026-07-01"
) -> SourceReceipt:
    name = feeding.connection.upper().replace("-", "_")
    environment = {
        **world.settings.environment,
        f"CHARTER_CONN_{name}": url,
        f"CHARTER_AUTH_{name}": secret,
    }
    settings = dataclasses.replace(world.settings, environment=environment)
    # The real one is asked slowly; this one need not be.
    quick = feeding.model_copy(update={"requests": feeding.requests.model_copy(update={"per_minute": None})})
    receipt = extract_source(settings, agency, quick, night(day))
    assert [feed.problem for feed in receipt.feeds if feed.problem] == []
    return receipt


def zendesk_ticket(no: int, **changes: Any) -> dict[str, Any]:
    row = {
        "id": no,
        "url": f"https://agency.example/api/v2/tickets/{no}.json",
        "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": "2026-07-01T00:00:00Z",
        "updated_at": "2026-07-01T00:30:00Z",
        "subject": "a subject",
        "description": "a description",
        "requester_id": 20978392,
        "group_id": 8001,
        "status": "open",
        "tags": [],
        "custom_fields": [{"id": 9001, "value": "programme_champ"}, {"id": 9002, "value": "kind_complaint"}],
    }
    return {**row, **changes}


def metric_event(no: int, ticket: int, metric: str, kind: str, at: str) -> dict[str, Any]:
    return {"id": no, "ticket_id": ticket, "metric": metric, "instance_id": 1, "type": kind, "time": at}


def test_zendesk(world: World, agency: Agency) -> None:
    tickets = TicketSystem([zendesk_ticket(1), zendesk_ticket(2, group_id=8004), zendesk_ticket(3, group_id=1)])
    events = [
        metric_event(11, 1, "reply_time", "activate", "2026-07-01T00:00:00Z"),
        metric_event(12, 1, "reply_time", "fulfill", "2026-07-01T02:00:00Z"),
        metric_event(13, 1, "agent_work_time", "fulfill", "2026-07-01T02:00:00Z"),
    ]

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("ticket_metric_events.json"):
            return Reply({"ticket_metric_events": events, "count": 3, "next_page": asked.path, "end_of_stream": True})
        return tickets(asked)

    with running_api(answer) as api:
        tickets.url = api.url
        receipt = extract(world, agency, example("zendesk"), api.url, "keeper@agency.example/token:abc")
    assert [(feed.landed, feed.quarantined) for feed in receipt.feeds] == [(2, 1), (1, 0)]
    landed = world.versions("tickets").set_index("ticket_id")
    first = {name: landed[name]["1"] for name in ("programme", "kind", "channel", "department_id")}
    assert tuple(first.values()) == ("champ", "complaint", "website", "branch-team")
    assert landed.department_id["2"] == "voc-team"
    event = world.versions("ticket_events").iloc[0]
    assert (event.event_id, event.ticket_id, event.kind) == ("12", "1", "public_reply")
    assert str(event.occurred_at) == "2026-07-01 02:00:00"


def test_a_ticket_deleted_in_zendesk_is_withdrawn(world: World, agency: Agency) -> None:
    tickets = TicketSystem([zendesk_ticket(1), zendesk_ticket(2)])

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("ticket_metric_events.json"):
            return Reply({"ticket_metric_events": [], "count": 0, "next_page": None, "end_of_stream": True})
        return tickets(asked)

    with running_api(answer) as api:
        tickets.url = api.url
        extract(world, agency, example("zendesk"), api.url, "keeper@agency.example/token:abc")
        # As the real one tells it: the ticket's texts are scrubbed, its fields may be empty.
        tickets.tickets[0] |= {"status": "deleted", "updated_at": "2026-07-02T00:30:00Z", "custom_fields": []}
        receipt = extract(world, agency, example("zendesk"), api.url, "keeper@agency.example/token:abc", "2026-07-02")
    assert (receipt.feeds[0].landed, receipt.feeds[0].deleted, receipt.feeds[0].quarantined) == (1, 1, 0)
    assert world.versions("tickets").set_index("ticket_id")._deleted["1"].tolist() == [False, True]


def test_a_ticket_merged_in_zendesk_is_a_duplicate(world: World, agency: Agency) -> None:
    merged = {"status": "closed", "tags": ["closed_by_merge"], "updated_at": "2026-07-01T05:00:00Z"}
    tickets = TicketSystem([zendesk_ticket(1), zendesk_ticket(2, **merged)])
    with running_api(tickets) as api:
        tickets.url = api.url
        receipt = extract(world, agency, example("zendesk", 1), api.url, "keeper@agency.example/token:abc")
    assert (receipt.feeds[0].landed, receipt.feeds[0].quarantined) == (1, 0)
    event = world.versions("ticket_events").iloc[0]
    assert (event.ticket_id, event.kind) == ("2", "marked_duplicate")
    assert str(event.occurred_at) == "2026-07-01 05:00:00"


def test_limesurvey(world: World, agency: Agency) -> None:
    answers = {
        "id": 4,
        "submitdate": "2026-07-01 11:00:00",
        "KIND": "R",
        "TICKET": "VOC-1",
        "TEAM": "voc-team",
        "SCORE": "5",
        "MAIL": "someone@example.org",
        "COMMENT": "free text",
    }
    unfinished = {**answers, "id": 5, "submitdate": None}
    surveys = SurveySystem({385126: [answers, unfinished]}, "reader", "secret")
    with running_api(surveys) as api:
        receipt = extract(world, agency, example("limesurvey"), api.url + SurveySystem.PATH, "reader:secret")
    assert receipt.feeds[0].arrived == 1
    row = world.versions("survey_responses").iloc[0]
    assert (row.response_id, row.kind, row.ticket_id, row.score) == ("4", "reply_rating", "VOC-1", 5.0)
    assert str(row.responded_at) == "2026-07-01 02:00:00"


@pytest.mark.parametrize("count", [250, 201, 1, 0])
def test_open_data(world: World, agency: Agency, count: int) -> None:
    row = {"bizGbn": "지사화", "pblancDt": "20260701", "chargeDept": "branch-team", "rgsDt": "20260630", "tel": "02-1"}
    items = [{**row, "pblancNo": f"2026-{no}"} for no in range(count)]

    def answer(asked: Asked) -> Reply:
        assert (asked.query["serviceKey"], asked.query["pblancFrom"]) == ("a+b==", "20260101")
        page, size = int(asked.query["pageNo"]), int(asked.query["numOfRows"])
        found = items[(page - 1) * size : page * size]
        # Made from XML: one item is no list, and no item is an empty text.
        given = "" if not found else {"item": found[0] if len(found) == 1 else found}
        return Reply({"response": {"header": {}, "body": {"items": given, "totalCount": count}}})

    with running_api(answer) as api:
        receipt = extract(world, agency, example("open-data"), api.url, "a+b==")
    assert (receipt.feeds[0].arrived, receipt.feeds[0].landed) == (count, count)
    assert len(api.asked) == max(-(-count // 100), 1)
    landed = world.versions("notices")
    assert count == len(landed) and (not count or {str(day) for day in landed.published_on} == {"2026-07-01"})
