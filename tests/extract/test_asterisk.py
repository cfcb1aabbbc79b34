"""The example for an Asterisk exchange, on its files as they come: one row for each call, whatever the log holds."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

from charter.base.settings import Settings
from charter.definitions import load_agency
from charter.definitions.models import Agency, Source, Sources
from charter.extract import SourceReceipt, extract_source, pseudonym, read_quarantine

from .builders import KEY, World, night

HOME = Path(__file__).parents[2]
EXAMPLE = HOME / "docs" / "examples" / "asterisk" / "sources.yaml"

# 2026-07-01 10:00:00 in Seoul.
TEN = 1782867600
CALLER, NAME = "01098765432", '"홍길동" <01098765432>'


@pytest.fixture
def agency() -> Agency:
    return load_agency(HOME / "charters" / "kotra")


def example(source_id: str) -> Source:
    content = YAML(typ="safe").load(EXAMPLE.read_text(encoding="utf-8"))
    return next(source for source in Sources.model_validate(content).sources if source.id == source_id)


def extract(world: World, agency: Agency, source_id: str, day: str = "2026-07-01") -> SourceReceipt:
    environment = {"CHARTER_CONN_EXCHANGE": str(world.folder / "asterisk"), "CHARTER_PSEUDONYM_KEY": KEY}
    settings = Settings(world.folder, world.folder / "charter", world.folder / "var", environment)
    return extract_source(settings, agency, example(source_id), night(day))


def write(world: World, name: str, lines: list[str]) -> None:
    path = world.folder / "asterisk" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = ("\n".join(lines) + "\n").encode() if lines else b""
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)


def entered(at: int, call: str, queue: str = "support") -> str:
    return f"{at}|{call}|{queue}|NONE|ENTERQUEUE||{CALLER}|1"


LOG = [
    f"{TEN - 60}|NONE|NONE|NONE|QUEUESTART|",
    f"{TEN - 50}|REALTIME|NONE|Agent/7|PAUSE|",
    # Rang for 4 s at one desk, then 5 s at another, which answered.
    entered(TEN, "1.1"),
    f"{TEN + 6}|1.1|support|Agent/7|RINGNOANSWER|4000",
    f"{TEN + 14}|1.1|support|Agent/8|CONNECT|14|1.2|5",
    f"{TEN + 90}|1.1|support|Agent/8|COMPLETECALLER|14|76|1",
    entered(TEN + 100, "1.3", "branch"),
    f"{TEN + 112}|1.3|branch|NONE|ABANDON|1|1|12",
    entered(TEN + 200, "1.4"),
    f"{TEN + 260}|1.4|support|NONE|EXITWITHTIMEOUT|1|1|60",
    # A queue that nobody has told us of.
    entered(TEN + 300, "1.5", "lobby"),
    f"{TEN + 301}|1.5|lobby|NONE|ABANDON|1|1|1",
    "no time|1.6|support|NONE|ENTERQUEUE|",
    "cut",
    # Still talking when the day ends.
    entered(TEN + 50_000, "1.9"),
]


def test_the_events_of_a_call_become_its_one_row(world: World, agency: Agency) -> None:
    write(world, "queue_log", LOG)
    feed = extract(world, agency, "exchange-queues").feeds[0]
    assert (feed.status, feed.read, feed.arrived, feed.landed, feed.quarantined) == ("landed", 15, 6, 3, 3)
    # The pause of an agent; the start of the exchange, and the call that still goes on.
    assert [(rows.why, rows.rows) for rows in feed.left_out_rows or []] == [("declared", 1), ("not_used", 2)]
    calls = world.versions("calls").set_index("call_id")
    first = calls.loc["1.1"]
    assert first.rang_at == datetime(2026, 7, 1, 1, 0, 2)
    assert first.answered_at == datetime(2026, 7, 1, 1, 0, 14)
    assert first.ended_at == datetime(2026, 7, 1, 1, 1, 30)
    assert first.caller == pseudonym(CALLER, KEY.encode(), "KR")
    assert first._origin == "queue_log:3"
    assert calls.outcome.to_dict() == {"1.1": "answered", "1.3": "abandoned", "1.4": "unanswered"}
    assert calls.department_id.to_dict() == {"1.1": "voc-team", "1.3": "branch-team", "1.4": "voc-team"}
    refused = read_quarantine(world.settings, night("2026-07-01")).set_index("origin").reason
    assert "a value of the shape aaaaa is not one of" in refused["queue_log:11"]
    assert refused["queue_log:13"] == "time: is no instant as instant_format says"
    assert "has 1 fields, 5 to 10 were expected" in refused["queue_log:14"]


def test_a_call_that_begins_before_the_log_is_rotated_and_ends_after_is_one_call(world: World, agency: Agency) -> None:
    write(world, "queue_log", LOG)
    extract(world, agency, "exchange-queues")
    assert "1.9" not in set(world.versions("calls").call_id)
    write(world, "queue_log.1.gz", LOG)
    write(world, "queue_log", [f"{TEN + 50_060}|1.9|support|Agent/8|CONNECT|60|1.10|3"])
    assert extract(world, agency, "exchange-queues", "2026-07-02").feeds[0].landed == 0
    write(
        world,
        "queue_log",
        [
            f"{TEN + 50_060}|1.9|support|Agent/8|CONNECT|60|1.10|3",
            f"{TEN + 50_200}|1.9|support|Agent/8|COMPLETEAGENT|60|140|1",
        ],
    )
    feed = extract(world, agency, "exchange-queues", "2026-07-03").feeds[0]
    assert (feed.landed, feed.unchanged) == (1, 3)
    call = world.versions("calls").set_index("call_id").loc["1.9"]
    assert (call.rang_at, call._origin) == (datetime(2026, 7, 1, 14, 54, 17), "queue_log.1.gz:15")


def test_what_was_written_after_the_night_is_not_seen_by_it(world: World, agency: Agency) -> None:
    write(world, "queue_log", [entered(TEN, "1.1"), f"{TEN + 86_400}|1.1|support|NONE|ABANDON|1|1|86400"])
    feed = extract(world, agency, "exchange-queues").feeds[0]
    assert (feed.read, feed.arrived, feed.waiting) == (2, 0, 1)
    assert extract(world, agency, "exchange-queues", "2026-07-02").feeds[0].landed == 1


class TestWhenADeskBeganToRing:
    """The caller entered at ten; the time before a desk rings is the queue's."""

    def rang_after(self, world: World, agency: Agency, *events: str) -> tuple[float, str]:
        """Seconds from the caller's entry until a desk rang, and what became of the call."""
        write(world, "queue_log", [entered(TEN, "1.1"), *(event.replace("|", "|1.1|support|", 1) for event in events)])
        feed = extract(world, agency, "exchange-queues").feeds[0]
        assert (feed.arrived, feed.landed) == (1, 1)
        call = world.versions("calls").iloc[0]
        return (call.rang_at - datetime(2026, 7, 1, 1)).total_seconds(), call.outcome

    def test_a_desk_that_could_not_be_reached_did_not_ring(self, world: World, agency: Agency) -> None:
        missed = [f"{TEN + 1}|Agent/7|RINGNOANSWER|0", f"{TEN + 6}|Agent/7|RINGNOANSWER|0"]
        done = f"{TEN + 90}|Agent/8|COMPLETEAGENT|60|30|1"
        assert self.rang_after(world, agency, *missed, f"{TEN + 60}|Agent/8|CONNECT|60|q.9|4", done) == (56, "answered")

    def test_of_two_desks_the_first_that_rang_counts(self, world: World, agency: Agency) -> None:
        both = [f"{TEN + 10}|Agent/7|RINGNOANSWER|8000", f"{TEN + 11}|Agent/8|RINGNOANSWER|8000"]
        done = f"{TEN + 90}|Agent/8|COMPLETEAGENT|60|30|1"
        assert self.rang_after(world, agency, *both, f"{TEN + 20}|Agent/8|CONNECT|20|q.9|5", done) == (2, "answered")

    def test_a_caller_who_gives_up_while_a_desk_rings(self, world: World, agency: Agency) -> None:
        gone = [f"{TEN + 30}|Agent/7|RINGCANCELED|5000", f"{TEN + 30}|NONE|ABANDON|1|1|30"]
        assert self.rang_after(world, agency, *gone) == (25, "abandoned")

    def test_a_caller_who_gives_up_while_no_desk_rings_has_waited_from_the_start(
        self, world: World, agency: Agency
    ) -> None:
        gone = [f"{TEN + 3}|Agent/7|RINGNOANSWER|0", f"{TEN + 30}|NONE|ABANDON|1|1|30"]
        assert self.rang_after(world, agency, *gone) == (0, "abandoned")

    @pytest.mark.parametrize("ringing", ["", "x"])
    def test_a_time_that_cannot_be_read_counts_from_the_start(self, world: World, agency: Agency, ringing: str) -> None:
        missed, done = f"{TEN + 9}|Agent/7|RINGNOANSWER|{ringing}", f"{TEN + 90}|Agent/8|COMPLETEAGENT|60|30|1"
        assert self.rang_after(world, agency, missed, f"{TEN + 60}|Agent/8|CONNECT|60|q.9|4", done) == (0, "answered")

    @pytest.mark.parametrize("end", ["EXITWITHTIMEOUT|1|1|60", "EXITEMPTY|1|1|60", "EXITWITHKEY|1|1", "SYSCOMPAT|"])
    def test_a_call_that_leaves_the_queue_is_unanswered(self, world: World, agency: Agency, end: str) -> None:
        assert self.rang_after(world, agency, f"{TEN + 60}|NONE|{end}") == (0, "unanswered")

    @pytest.mark.parametrize(
        "end", ["TRANSFER|200|x|5|9", "BLINDTRANSFER|200|x|5|9|1", "ATTENDEDTRANSFER|BRIDGE|x|5|9|1"]
    )
    def test_a_call_that_is_handed_on_was_answered(self, world: World, agency: Agency, end: str) -> None:
        answered = f"{TEN + 5}|Agent/8|CONNECT|5|q.9|5"
        assert self.rang_after(world, agency, answered, f"{TEN + 14}|Agent/8|{end}") == (0, "answered")


class TestACallWithoutAnEnd:
    rang = f"{TEN + 10}|1.1|support|Agent/7|RINGNOANSWER|5000"
    answered = f"{TEN + 20}|1.1|support|Agent/8|CONNECT|20|1.2|4"
    restarted = f"{TEN + 3600}|NONE|NONE|NONE|QUEUESTART|"

    def ended(self, world: World, agency: Agency, *lines: str, day: str = "2026-07-01") -> list[tuple[str, datetime]]:
        write(world, "queue_log", [entered(TEN, "1.1"), *lines])
        extract(world, agency, "exchange-queues", day)
        calls = world.versions("calls").to_dict("records")
        return [(call["outcome"], call["ended_at"]) for call in calls]

    def test_ended_when_the_exchange_was_started_anew(self, world: World, agency: Agency) -> None:
        assert self.ended(world, agency, self.rang, self.restarted) == [("unanswered", datetime(2026, 7, 1, 2))]

    def test_was_answered_if_a_desk_had_answered(self, world: World, agency: Agency) -> None:
        calls = self.ended(world, agency, self.answered, self.restarted)
        assert calls == [("answered", datetime(2026, 7, 1, 2))]

    def test_that_went_on_after_the_start_is_over_at_its_end(self, world: World, agency: Agency) -> None:
        done = f"{TEN + 4000}|1.1|support|Agent/8|COMPLETEAGENT|20|3980|1"
        calls = self.ended(world, agency, self.answered, self.restarted, done)
        assert calls == [("answered", datetime(2026, 7, 1, 2, 6, 40))]

    def test_is_over_when_the_log_has_gone_on_for_a_day(self, world: World, agency: Agency) -> None:
        """Its last line was cut, perhaps; nobody talks for a day."""
        later = entered(TEN + 10 + 86_399, "1.5")
        assert self.ended(world, agency, self.rang, later, day="2026-07-02") == []
        later = entered(TEN + 10 + 86_400, "1.5")
        calls = self.ended(world, agency, self.rang, later, day="2026-07-03")
        assert calls == [("unanswered", datetime(2026, 7, 1, 1, 0, 10))]

    def test_is_not_over_while_it_may_go_on(self, world: World, agency: Agency) -> None:
        assert self.ended(world, agency, self.answered) == []


def test_a_call_that_nobody_saw_enter_is_refused(world: World, agency: Agency) -> None:
    """The rotated log with its beginning is gone: when a desk first rang can't be told."""
    write(
        world,
        "queue_log",
        [f"{TEN + 20}|1.1|support|Agent/8|CONNECT|20|1.2|4", f"{TEN + 30}|1.1|support|NONE|ABANDON|1"],
    )
    feed = extract(world, agency, "exchange-queues").feeds[0]
    assert (feed.arrived, feed.landed, feed.quarantined) == (1, 0, 1)
    assert "rang" in read_quarantine(world.settings, night("2026-07-01")).iloc[0].reason


def record(number: str, answer: str, disposition: str, *more: str, application: str = "Dial") -> list[str]:
    return [
        "", CALLER, "600", "incoming", NAME, "PJSIP/1", "PJSIP/2", application, 'support,"x"', "2026-07-01 10:00:00",
        answer, "2026-07-01 10:01:00", "60", "50", disposition, "DOCUMENTATION", number, *more,
    ]  # fmt: skip


def write_records(world: World, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").writerows(rows)
    write(world, "cdr-csv/Master.csv", text.getvalue().splitlines())


@pytest.mark.parametrize("more", [(), ("",), ("", "", "1.1", "7")], ids=["17 columns", "18 columns", "21 columns"])
def test_call_detail_records_are_read_with_the_columns_that_the_exchange_writes(
    world: World, agency: Agency, more: tuple[str, ...]
) -> None:
    rows = [record("1.1", "", "NO ANSWER", *more), record("1.1", "2026-07-01 10:00:08", "ANSWERED", *more)]
    write_records(world, rows)
    feed = extract(world, agency, "exchange-records").feeds[0]
    assert (feed.read, feed.arrived, feed.landed) == (2, 1, 1)
    call = world.versions("calls").iloc[0]
    assert (call.rang_at, call.answered_at) == (datetime(2026, 7, 1, 1), datetime(2026, 7, 1, 1, 0, 8))
    assert call._origin == "cdr-csv/Master.csv:1"


AT_ONCE, AFTER_4 = "2026-07-01 10:00:00", "2026-07-01 10:00:04"


@pytest.mark.parametrize(
    ("records", "outcome", "answered_at"),
    [
        ([("Dial", AFTER_4, "ANSWERED")], "answered", datetime(2026, 7, 1, 1, 0, 4)),
        ([("Dial", "", "NO ANSWER"), ("Dial", AFTER_4, "ANSWERED")], "answered", datetime(2026, 7, 1, 1, 0, 4)),
        (
            [("VoiceMail", AT_ONCE, "ANSWERED"), ("Dial", AFTER_4, "ANSWERED")],
            "answered",
            datetime(2026, 7, 1, 1, 0, 4),
        ),
        ([("Dial", "", "NO ANSWER")], "abandoned", None),
        ([("Queue", "", "NO ANSWER")], "abandoned", None),
        ([("VoiceMail", AFTER_4, "ANSWERED")], "unanswered", None),
        ([("voicemail", AFTER_4, "ANSWERED")], "unanswered", None),
        ([("Dial", "", "NO ANSWER"), ("VoiceMail", AFTER_4, "ANSWERED")], "unanswered", None),
        ([("Dial", "", "BUSY")], "unanswered", None),
        ([("Dial", "", "FAILED")], "unanswered", None),
        ([("Dial", "", "NO ANSWER"), ("Dial", "", "BUSY")], "unanswered", None),
        ([("Hangup", "", "NO ANSWER")], "unanswered", None),
    ],
)
def test_a_call_is_answered_when_a_desk_answers_and_by_nothing_else(
    world: World,
    agency: Agency,
    records: list[tuple[str, str, str]],
    outcome: str,
    answered_at: datetime | None,
) -> None:
    write_records(world, [record("1.1", answer, said, application=by) for by, answer, said in records])
    extract(world, agency, "exchange-records")
    call = world.versions("calls").iloc[0]
    assert (call.outcome, None if pd.isna(call.answered_at) else call.answered_at) == (outcome, answered_at)


@pytest.mark.parametrize("application", ["Queue", "Playback", "Hangup", "BackGround", ""])
def test_a_call_that_the_exchange_took_by_itself_is_refused(world: World, agency: Agency, application: str) -> None:
    """Whether and when a desk rang is not in these records."""
    write_records(world, [record("1.1", AT_ONCE, "ANSWERED", application=application)])
    feed = extract(world, agency, "exchange-records").feeds[0]
    assert (feed.arrived, feed.landed, feed.quarantined) == (1, 0, 1)
    assert read_quarantine(world.settings, night("2026-07-01")).iloc[0].reason.startswith("outcome")


def test_the_exchange_tells_nobody_who_called(world: World, agency: Agency) -> None:
    write(world, "queue_log", LOG)
    write(world, "cdr-csv/Master.csv", [NAME, '"","' + CALLER + '",broken'])
    receipts = [extract(world, agency, source_id) for source_id in ("exchange-queues", "exchange-records")]
    assert [receipt.feeds[0].quarantined for receipt in receipts] == [3, 2]
    kept = [path.read_bytes() for path in (world.folder / "var").rglob("*") if path.is_file()]
    shown = json.dumps(read_quarantine(world.settings, night("2026-07-01")).to_dict(), default=str, ensure_ascii=False)
    for word in (CALLER, "홍길동"):
        assert word not in shown
        assert not any(word.encode() in content for content in kept)
