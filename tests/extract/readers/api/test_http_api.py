"""APIs over HTTP: every page, once; what is asked again, and what is told; no secret and nobody's name in words."""

from __future__ import annotations

import base64
import dataclasses
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from charter.base.errors import SourceError
from charter.definitions.models import Source
from charter.extract import SourceReceipt, extract_source, is_retryable, read_quarantine
from charter.extract.contract.faults import FeedFault
from charter.extract.readers import Window
from charter.extract.readers.api.http_api import HttpReader
from charter.extract.readers.api.http_client import Question, open_client
from tests.extract.builders import World, night, source
from tests.extract.test_personal_data import MAIL, MEMO, NAME, PHONE, PLANTED, RRN, texts_below
from tests.servers.apis import Api, Asked, Reply, TicketSystem, running_api

SECRET = "k3y-only-for-tests"
COLUMNS = {
    "ticket_id": "id",
    "kind": {"source": "type", "values": {"question": "inquiry", "problem": "complaint"}},
    "received_at": "created_at",
    "department_id": "group.name",
    "customer": "via.source.address",
    "score": "score",
    "count": "custom_fields[?id==`27`].value | [0]",
    "urgent": "urgent",
}
ZENDESK = {
    "table": "tickets",
    "path": "/api/v2/incremental/tickets/cursor.json",
    "parameters": {"start_time": "{since}"},
    "parameter_format": "unix",
    "records": "tickets",
    "pages": {"by": "link", "next": "after_url", "last": "end_of_stream"},
    "recorded_at": "updated_at",
    "cursor": {"column": "updated_at", "overlap": "1 hour"},
    "columns": COLUMNS,
}


def ticket(no: int, moved: str = "2026-07-01T01:00:00Z", **changes: Any) -> dict[str, Any]:
    row = {
        "id": no,
        "type": "question",
        "created_at": "2026-07-01T09:00:00+09:00",
        "updated_at": moved,
        "group": {"name": "수출팀"},
        "via": {"channel": "web", "source": {"address": f"{no}@example.org"}},
        "score": 4.5,
        "custom_fields": [{"id": 26, "value": "x"}, {"id": 27, "value": 3}],
        "urgent": False,
        "description": "free text",
    }
    return {**row, **changes}


def api_source(feed: dict[str, Any] | None = None, **changes: Any) -> Source:
    settings = {"instant_format": "iso8601", "requests": {"attempts": 3, "timeout": "2 seconds"}}
    return source("http", feed or ZENDESK, **{**settings, **changes})


def extract(world: World, url: str, feeding: Source, day: str = "2026-07-01", secret: str = SECRET) -> SourceReceipt:
    environment = {**world.settings.environment, "CHARTER_CONN_A_HTTP": url, "CHARTER_AUTH_A_HTTP": secret}
    settings = dataclasses.replace(world.settings, environment=environment)
    return extract_source(settings, world.agency, feeding, night(day))


@pytest.fixture
def tickets() -> TicketSystem:
    return TicketSystem([ticket(no) for no in range(1, 6)])


@pytest.fixture
def api(tickets: TicketSystem) -> Iterator[Api]:
    with running_api(tickets) as running:
        tickets.url = running.url
        yield running


def problem(receipt: SourceReceipt) -> str:
    found = receipt.feeds[0].problem
    assert found is not None
    return f"{found.where}: {found.what} → {found.remedy}"


# ── rows ────────────────────────────────────────────────────────────────────────────────────────


def test_nested_values_of_every_type_land_as_the_contract_says(world: World, api: Api) -> None:
    feed = extract(world, api.url, api_source()).feeds[0]
    assert (feed.arrived, feed.landed, feed.quarantined) == (5, 5, 0)
    row = world.versions("tickets").iloc[0]
    assert (row.ticket_id, row.kind, row.department_id, row.score) == ("1", "inquiry", "export", 4.5)
    assert (str(row.received_at), row["count"], row.urgent) == ("2026-07-01 00:00:00", 3, False)
    assert list(world.versions("tickets")._origin) == [f"tickets:{no}" for no in range(1, 6)]


def test_the_next_night_asks_for_what_moved_since_less_the_overlap(
    world: World, api: Api, tickets: TicketSystem
) -> None:
    extract(world, api.url, api_source(), "2026-07-01")
    tickets.tickets[0] = ticket(1, "2026-07-02T01:00:00Z", score=5)
    tickets.tickets.append(ticket(6, "2026-07-02T16:00:00Z"))
    api.asked.clear()
    feed = extract(world, api.url, api_source(), "2026-07-02").feeds[0]
    # 1 July 15:00 UTC, less an hour.
    assert api.asked[0].query == {"start_time": "1782914400"}
    assert (feed.arrived, feed.landed, feed.waiting) == (1, 1, 1)


def test_the_first_night_asks_from_the_earliest_day_of_the_sources_clock(world: World, api: Api) -> None:
    extract(world, api.url, api_source({**ZENDESK, "earliest": "2026-01-01"}))
    assert api.asked[0].query == {"start_time": "1767193200"}


def test_a_row_repeated_across_pages_is_one_row_and_every_count_is_true(
    world: World, api: Api, tickets: TicketSystem
) -> None:
    tickets.repeat = True
    feed = extract(world, api.url, api_source()).feeds[0]
    assert (feed.arrived, feed.landed, feed.unchanged, feed.quarantined) == (7, 5, 2, 0)
    assert sorted(world.versions("tickets").ticket_id) == ["1", "2", "3", "4", "5"]


def test_a_row_that_moved_while_it_was_read_counts_as_it_was_last(
    world: World, api: Api, tickets: TicketSystem
) -> None:
    tickets.tickets.append(ticket(1, "2026-07-01T02:00:00Z", score=1))
    feed = extract(world, api.url, api_source()).feeds[0]
    assert (feed.arrived, feed.landed, feed.quarantined) == (6, 5, 1)
    assert world.versions("tickets").set_index("ticket_id").score["1"] == 1.0


def test_a_list_within_a_row_becomes_rows_by_sql_over_what_arrived(world: World) -> None:
    rows = [
        {"ticket": no, "at": "2026-07-01T00:00:00Z", "events": [{"id": no * 10 + i} for i in (1, 2)]} for no in (1, 2)
    ]
    feed = {
        "table": "tickets",
        "path": "events",
        "full": True,
        "arrived_sql": """
            SELECT "at" AS received, 'inquiry' AS kind, ticket, json_extract_string(event, '$.id') AS id
            FROM (SELECT "at", ticket, unnest(json_extract(events, '$[*]')) AS event FROM arrived)""",
        "columns": {"ticket_id": "id", "kind": "kind", "received_at": "received", "count": "ticket"},
    }
    with running_api(lambda asked: Reply(rows)) as api:
        receipt = extract(world, api.url, api_source(feed))
    assert receipt.feeds[0].landed == 4, problem(receipt)
    landed = world.versions("tickets")
    assert list(zip(landed.ticket_id, landed["count"], strict=True)) == [("11", 1), ("12", 1), ("21", 2), ("22", 2)]


def test_what_is_no_row_goes_to_quarantine_with_its_page_and_place(
    world: World, api: Api, tickets: TicketSystem
) -> None:
    rows: list[Any] = [ticket(no) for no in range(4)]
    rows[1:1] = ["text", None, [1], ticket(9, type="\ud83d"), ticket(8, group=7)]

    def answer(asked: Asked) -> Reply:
        return Reply({"tickets": rows})

    with running_api(answer) as odd:
        plain = {**ZENDESK, "pages": None, "parameters": {}, "cursor": None}
        feed = extract(world, odd.url, api_source(plain)).feeds[0]
    assert (feed.arrived, feed.landed, feed.quarantined) == (9, 5, 4)
    refused = read_quarantine(world.settings, night("2026-07-01")).set_index("origin").reason
    assert refused["tickets page 1:2"] == "is no object, but a text"
    assert refused["tickets page 1:3"] == "is no object, but null"
    assert refused["tickets page 1:5"] == "'type' holds half a character"


def test_a_column_in_no_row_is_drift_and_one_in_some_rows_is_empty_in_the_others(
    world: World, api: Api, tickets: TicketSystem
) -> None:
    del tickets.tickets[0]["score"]
    tickets.tickets[1]["via"] = None
    assert extract(world, api.url, api_source()).feeds[0].landed == 5
    assert world.versions("tickets").set_index("ticket_id").score.isna().sum() == 1
    for row in tickets.tickets:
        row |= {"opened_at": row.pop("created_at"), "updated_at": "2026-07-02T01:00:00Z"}
    drifted = extract(world, api.url, api_source(), "2026-07-02")
    assert drifted.feeds[0].status == "drifted", problem(drifted)
    assert drifted.feeds[0].drift.missing == ["created_at"]
    assert "none of the 5 rows has 'created_at'" in problem(drifted)


def test_a_nested_column_that_is_gone_is_drift(world: World, api: Api, tickets: TicketSystem) -> None:
    for row in tickets.tickets:
        row["custom_fields"] = row.pop("fields", None)
        row["group_name"] = row.pop("group")["name"]
    required = {**COLUMNS, "ticket_id": "group.name"}
    drifted = extract(world, api.url, api_source({**ZENDESK, "columns": required}))
    assert drifted.feeds[0].drift.missing == ["group.name"]
    assert "was 'group.name' renamed to 'group_name'?" in problem(drifted)


def test_an_api_that_leaves_out_what_is_empty_is_told_so_by_an_optional_column(
    world: World, api: Api, tickets: TicketSystem
) -> None:
    for row in tickets.tickets:
        del row["score"]
    columns = {**COLUMNS, "score": {"source": "score", "optional": True}}
    assert extract(world, api.url, api_source({**ZENDESK, "columns": columns})).feeds[0].landed == 5


def test_a_new_field_is_reported(world: World, api: Api, tickets: TicketSystem) -> None:
    extract(world, api.url, api_source())
    tickets.tickets[0] = {**ticket(1, "2026-07-02T01:00:00Z"), "sentiment": "angry", "end_date": None}
    assert extract(world, api.url, api_source(), "2026-07-02").feeds[0].drift.new == ["a×9", "end_date"], (
        "what may be no name of a field is told by its shape"
    )


def test_many_pages_make_few_batches_and_every_row_counts(
    world: World, api: Api, tickets: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("charter.extract.readers.api.json_rows._BATCH", 7)
    tickets.tickets = [ticket(no) for no in range(20)]
    client = open_client(world.settings, api_source(), api.url, "CHARTER_CONN_A_HTTP")
    reader = HttpReader(api_source(), client)
    batches = list(reader.read(api_source().feeds[0], Window(night("2026-07-01"))))
    assert [len(batch) for batch in batches] == [2, 8, 8, 2]
    assert [no for batch in batches for no in batch.columns["id"].to_pylist()] == [str(no) for no in range(20)]


def test_no_rows_are_no_drift(world: World, api: Api, tickets: TicketSystem) -> None:
    tickets.tickets = []
    feed = extract(world, api.url, api_source()).feeds[0]
    assert (feed.status, feed.arrived) == ("landed", 0)


# ── pages ───────────────────────────────────────────────────────────────────────────────────────

NUMBERS = [ticket(no) for no in range(1, 8)]


def numbered(asked: Asked) -> Reply:
    """Seven tickets, three a page whatever is asked for, by page, by offset, by token or by the Link header."""
    start = (int(asked.query.get("page", 1)) - 1) * 3 + int(asked.query.get("skip", 0)) + int(asked.query.get("t", 0))
    rows = NUMBERS[start : start + 3]
    more = start + 3 < len(NUMBERS)
    body = {"data": rows, "meta": {"count": "7", "more": more, "token": start + 3 if more else None}}
    links = {"Link": f'</list?t={start + 3}>; rel="next", </list?t=0>; rel="first"'} if more else {}
    return Reply(body, headers=links)


@pytest.mark.parametrize(
    ("pages", "asked"),
    [
        ({"by": "link_header"}, 3),
        ({"by": "cursor", "next": "meta.token", "parameter": "t"}, 3),
        ({"by": "cursor", "next": "meta.token", "parameter": "t", "more": "meta.more"}, 3),
        ({"by": "offset", "parameter": "skip", "size": 100}, 4),
        ({"by": "offset", "parameter": "skip", "size": 100, "total": "meta.count"}, 3),
        ({"by": "number"}, 4),
        ({"by": "number", "more": "meta.more", "size": 3, "size_parameter": "per_page"}, 3),
    ],
    ids=["link-header", "token", "token-and-flag", "offset", "offset-and-total", "number", "number-and-flag"],
)
def test_every_way_of_paging_brings_every_row_once(world: World, pages: dict[str, Any], asked: int) -> None:
    feed = {**ZENDESK, "path": "list", "records": "data", "parameters": {}, "cursor": None, "pages": pages}
    with running_api(numbered) as api:
        receipt = extract(world, api.url, api_source(feed))
        assert (receipt.feeds[0].arrived, receipt.feeds[0].landed) == (7, 7), problem(receipt)
        assert len(api.asked) == asked


def always(body: object, **more: Any) -> Callable[[Asked], Reply]:
    return lambda asked: Reply(body, **more)


ROWS = [ticket(1), ticket(2)]


@pytest.mark.parametrize(
    ("answer", "pages", "status", "said"),
    [
        (always({"tickets": ROWS, "next": "/x?p=2"}), {"by": "link", "next": "next"}, "failed", "go round in circles"),
        (
            always({"tickets": ROWS, "next": 2}),
            {"by": "cursor", "next": "next", "parameter": "p"},
            "failed",
            "go round in circles",
        ),
        (always({"tickets": ROWS}), {"by": "number"}, "failed", "same as an earlier one"),
        (
            lambda asked: Reply({"tickets": [ticket(len(asked.query["p"]))], "next": asked.query["p"] + "x"}),
            {"by": "cursor", "next": "next", "parameter": "p", "at_most": 5},
            "failed",
            "more than 5 pages",
        ),
        (
            always({"tickets": ROWS, "next": "https://elsewhere.example/x"}),
            {"by": "link", "next": "next"},
            "failed",
            "leads to another host",
        ),
        (
            always({"tickets": ROWS, "more": True, "next": None}),
            {"by": "link", "next": "next", "more": "more"},
            "drifted",
            "more pages, and not where",
        ),
        (
            always({"tickets": ROWS, "more": "yes"}),
            {"by": "link", "next": "next", "more": "more"},
            "drifted",
            "'more' of the answer is neither true nor false",
        ),
        (
            lambda asked: Reply({"tickets": ROWS if asked.query["page"] == "1" else [], "total": 3}),
            {"by": "number", "total": "total"},
            "failed",
            "counts 3 rows, and gave 2",
        ),
        (
            always({"tickets": ROWS}),
            {"by": "number", "total": "total"},
            "drifted",
            "'total' of the answer is no number",
        ),
        (always({"results": ROWS}), None, "drifted", "has no 'tickets'; there are lists at: results"),
        (always({"tickets": {"a": 1}}), None, "drifted", "'tickets' of the answer is no list"),
        (always(b"<html>", headers={"Content-Type": "text/html"}), None, "failed", "no JSON (text/html)"),
        (always(None, status=404), None, "missing", "404 Not Found"),
        (always(None, status=400), None, "failed", "400 Bad Request"),
        (always(None, status=302, headers={"Location": "/login"}), None, "failed", "CHARTER_CONN_A_HTTP"),
        (always(None, status=401), None, "failed", "CHARTER_AUTH_A_HTTP"),
        (always(None, status=403), None, "failed", "CHARTER_AUTH_A_HTTP"),
    ],
)
def test_an_answer_of_another_shape_is_told_and_nothing_lands(
    world: World, answer: Callable[[Asked], Reply], pages: dict[str, Any] | None, status: str, said: str
) -> None:
    parameters = {"p": "1"} if pages and pages["by"] == "cursor" else {}
    feed = {**ZENDESK, "pages": pages, "parameters": parameters, "cursor": None}
    with running_api(answer) as api:
        receipt = extract(world, api.url, api_source(feed))
    assert receipt.feeds[0].status == status, problem(receipt)
    assert said in problem(receipt)
    assert world.versions("tickets").empty


# ── trouble ─────────────────────────────────────────────────────────────────────────────────────


def test_a_blip_is_asked_again_and_an_api_that_throttles_is_waited_for(world: World, api: Api) -> None:
    api.troubles += [Reply(None, 500), Reply(hang_up=True), Reply(None, 429, {"Retry-After": "1"})]
    receipt = extract(world, api.url, api_source(requests={"attempts": 4}))
    assert receipt.feeds[0].landed == 5, problem(receipt)
    assert api.asked[3].at - api.asked[2].at >= 1


def test_a_throttle_in_the_middle_asks_for_the_same_page_again(world: World, api: Api, tickets: TicketSystem) -> None:
    def answer(asked: Asked) -> Reply:
        if len(asked_pages := [each for each in api.asked if "cursor" in each.query]) == 1 and asked_pages[0] is asked:
            return Reply(None, 503, {"Retry-After": "0"})
        return tickets(asked)

    api._answer = answer
    assert extract(world, api.url, api_source()).feeds[0].landed == 5
    assert api.asked[1].query == api.asked[2].query


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (Reply(None, 503), "503 Service Unavailable (2 attempts)"),
        (Reply(None, 429, {"Retry-After": "3600"}), "asks to wait 3600 seconds"),
        (Reply(None, 429, {"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}), "asks to wait"),
        (Reply(hang_up=True), "no connection, or it broke off (2 attempts)"),
    ],
    ids=["down", "asks-for-too-long-a-wait", "asks-for-it-by-a-date", "hangs-up"],
)
def test_an_api_that_stays_down_is_unreachable_and_worth_trying_later(world: World, trouble: Reply, said: str) -> None:
    with running_api(lambda asked: trouble) as api:
        receipt = extract(world, api.url, api_source(requests={"attempts": 2}))
    assert (receipt.status, is_retryable(receipt)) == ("unreachable", True)
    assert said in problem(receipt)


def test_an_api_that_says_nothing_in_time_is_unreachable(world: World) -> None:
    done = threading.Event()

    def slowly(asked: Asked) -> Reply:
        done.wait(10)
        return Reply({"tickets": []})

    with running_api(slowly) as api:
        receipt = extract(world, api.url, api_source(requests={"attempts": 1, "timeout": "1 second"}))
        done.set()
    assert "no answer in time" in problem(receipt)


def test_an_api_is_asked_no_more_often_than_declared(world: World, api: Api) -> None:
    extract(world, api.url, api_source(requests={"per_minute": 200}))
    pauses = [after.at - before.at for before, after in zip(api.asked, api.asked[1:], strict=False)]
    assert len(pauses) == 2
    assert min(pauses) >= 0.25


def test_an_api_that_dies_in_the_middle_of_its_pages_is_read_again_with_the_same_result(
    tmp_path: Path, tickets: TicketSystem
) -> None:
    world, undisturbed = World(tmp_path / "a"), World(tmp_path / "b")
    with running_api(tickets) as api:
        tickets.url, port = api.url, api.port

        def dying(asked: Asked) -> Reply:
            return Reply(hang_up=True) if "cursor" in asked.query else tickets(asked)

        api._answer = dying
        receipt = extract(world, api.url, api_source())
        assert (receipt.status, world.versions("tickets").empty) == ("unreachable", True)
    with running_api(tickets, port) as again:
        assert extract(world, again.url, api_source()).feeds[0].landed == 5
        for folder in (world, undisturbed):
            extract(folder, again.url, api_source())
    assert world.bytes_of_lake() == undisturbed.bytes_of_lake()


# ── secrets ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("authentication", "secret", "seen"),
    [
        ({"by": "bearer"}, SECRET, ("Authorization", f"Bearer {SECRET}")),
        (
            {"by": "basic"},
            "이름/token:p:w",
            ("Authorization", "Basic " + base64.b64encode("이름/token:p:w".encode()).decode()),
        ),
        ({"by": "api_key", "header": "X-Api-Key"}, SECRET, ("X-Api-Key", SECRET)),
        ({"by": "none"}, SECRET, ("Authorization", None)),
    ],
    ids=["bearer", "basic", "header", "none"],
)
def test_every_page_is_asked_for_with_the_secret_of_the_environment(
    world: World, api: Api, authentication: dict[str, str], secret: str, seen: tuple[str, str | None]
) -> None:
    extract(world, api.url, api_source(authentication=authentication), secret=secret)
    assert [asked.headers.get(seen[0]) for asked in api.asked] == [seen[1]] * 3


def test_a_key_in_the_query_is_put_to_every_page_once(world: World, api: Api) -> None:
    authentication = {"by": "api_key", "parameter": "serviceKey"}
    extract(world, api.url, api_source(authentication=authentication), secret="a+b/c==")
    assert [asked.query["serviceKey"] for asked in api.asked] == ["a+b/c=="] * 3


@pytest.mark.parametrize(
    ("secret", "address", "said"),
    [
        ("", "https://api.example", "CHARTER_AUTH_A_HTTP is not set"),
        ("two\nlines", "https://api.example", "holds no text of one line"),
        ("no-colon", "https://api.example", "not of the form user:password"),
        ("u:p", "https://user:pass@api.example", "CHARTER_CONN_A_HTTP is not the address of an API"),
        ("u:p", "https://api.example/?key=abc", "CHARTER_CONN_A_HTTP is not the address of an API"),
        ("u:p", "api.example", "CHARTER_CONN_A_HTTP is not the address of an API"),
    ],
)
def test_a_secret_or_an_address_that_is_none_is_told_without_repeating_it(
    world: World, secret: str, address: str, said: str
) -> None:
    with pytest.raises(SourceError) as error:
        extract(world, address, api_source(authentication={"by": "basic"}), secret=secret)
    assert said in str(error.value)
    assert not any(part in str(error.value) for part in ("no-colon", "two", "pass@", "abc"))


def test_a_token_with_letters_that_no_header_holds_is_told_without_repeating_it(world: World) -> None:
    with pytest.raises(SourceError, match="holds letters that no token has") as error:
        extract(world, "https://api.example", api_source(authentication={"by": "bearer"}), secret="비밀")
    assert "비밀" not in str(error.value)


def test_a_secret_may_stand_in_a_file(world: World, api: Api) -> None:
    path = world.folder / "secret"
    path.write_text(f"{SECRET}\n")
    path.chmod(0o600)
    settings = {"CHARTER_CONN_A_HTTP": api.url, "CHARTER_AUTH_A_HTTP_FILE": str(path)}
    here = dataclasses.replace(world.settings, environment={**world.settings.environment, **settings})
    extract_source(here, world.agency, api_source(authentication={"by": "bearer"}), night("2026-07-01"))
    assert api.asked[0].headers["Authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize("by", ["bearer", "basic", "api_key"])
def test_a_secret_does_not_cross_the_network_in_the_clear(world: World, by: str) -> None:
    how = {"by": by} | ({"header": "X-Key"} if by == "api_key" else {})
    with pytest.raises(SourceError, match="would cross the network in the clear") as error:
        extract(world, "http://tickets.agency.example", api_source(authentication=how), secret="user:quiet-word")
    assert "quiet-word" not in str(error.value)


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        ("?p=2", "https://api.example/v2/list"),
        ("/v2/other?p=2", "https://api.example/v2/other"),
        ("https://api.example:443/v2/list?p=2", "https://api.example/v2/list"),
        ("http://api.example/v2/list?p=2", "https://api.example/v2/list"),
        ("https://someone:else@api.example/v2/list?p=2", "https://api.example/v2/list"),
        ("https://api.example:8443/v2/list?p=2", None),
        ("https://api.example.elsewhere.example/v2/list?p=2", None),
        ("//elsewhere.example/v2/list?p=2", None),
    ],
)
def test_a_link_leads_to_the_apis_own_host_or_nowhere(world: World, link: str, leads_to: str | None) -> None:
    client = open_client(world.settings, api_source(), "https://api.example/v2", "CHARTER_CONN_A_HTTP")
    here = Question("https://api.example/v2/list", (("p", "1"),))
    if leads_to is None:
        with pytest.raises(FeedFault, match="leads to another host"):
            client.following(here, link, "here")
    else:
        assert client.following(here, link, "here") == Question(leads_to, (("p", "2"),))


def test_an_api_whose_certificate_cannot_be_verified_is_not_asked(world: World, api: Api) -> None:
    api.speak_tls()
    receipt = extract(world, api.url.replace("http:", "https:"), api_source(authentication={"by": "bearer"}))
    assert (receipt.status, api.asked) == ("unreachable", [])
    assert "certificate can't be verified" in problem(receipt)


def test_certificates_that_are_not_there_are_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(world.folder / "nowhere.pem"))
    receipt = extract(world, "https://127.0.0.1:1", api_source())
    assert receipt.status == "unreachable"
    assert "correct REQUESTS_CA_BUNDLE" in problem(receipt)


def test_a_secret_is_never_sent_to_where_the_api_redirects(world: World) -> None:
    with running_api(always({"tickets": []})) as elsewhere:
        with running_api(always(None, status=307, headers={"Location": elsewhere.url})) as api:
            receipt = extract(world, api.url, api_source(authentication={"by": "bearer"}))
        assert receipt.status == "failed"
        assert elsewhere.asked == []


@pytest.mark.parametrize("trouble", [None, 500, 401, 400, "html", "loop"])
def test_neither_secret_nor_anybodys_name_is_found_under_var_or_in_the_log(
    world: World,
    api: Api,
    tickets: TicketSystem,
    trouble: int | str | None,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    someone = {"channel": "web", "source": {"address": MAIL}, "phone": PHONE}
    tickets.tickets[:3] = [
        ticket(1, via=someone, description=MEMO),
        ticket(2, via={**someone, "source": {"address": NAME}}, type=RRN, group={"name": NAME}),
        ticket(3, via={"source": PHONE}, score=MAIL, urgent=[NAME], created_at=PHONE, description=MEMO),
    ]
    tickets.url = api.url
    genuine = api._answer

    def answer(asked: Asked) -> Reply:
        leaky = {"error": f"{MEMO} {SECRET}", "tickets": MEMO}
        if "cursor" not in asked.query or trouble is None:
            return genuine(asked)
        if trouble == "html":
            return Reply(MEMO.encode(), headers={"Content-Type": f"text/{MAIL}"})
        if trouble == "loop":
            return Reply({"tickets": [MEMO], "end_of_stream": False, "after_url": f"/x?who={MAIL}"})
        return Reply(leaky, int(trouble))

    api._answer = answer
    authentication = {"by": "api_key", "parameter": "key"}
    feeding = api_source(authentication=authentication, requests={"attempts": 2})
    with caplog.at_level(logging.DEBUG):
        receipt = extract(world, api.url, feeding)
    assert (receipt.status == "landed") == (trouble is None)
    output = capfd.readouterr()
    everything = "\n".join([texts_below(world.settings.var_dir), caplog.text, output.out, output.err])
    assert "GET /api/v2/incremental/tickets/cursor.json" in caplog.text
    assert [word for word in (*PLANTED, SECRET) if word in everything] == []
