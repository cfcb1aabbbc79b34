"""When each message is tried: as many a minute as a domain gets, and later where it turned one away."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.base.errors import SettingError
from charter.deliver import Clock, Pace
from charter.deliver.pace import SendingQueue
from charter.deliver.records import Waiting

from .builders import clock_that_flies, message, settings_in


def waiting(*recipients: str) -> list[Waiting]:
    return [Waiting(row, message(recipient).key) for row, recipient in enumerate(recipients, start=1)]


def times(queue: SendingQueue, clock: Clock, turned_away: int = 0) -> list[tuple[str, float]]:
    """Who is tried, and after how many seconds; the first ``turned_away`` tries are turned away for now."""
    tried = []
    while (each := queue.next()) is not None:
        tried.append((each.key.recipient.partition("@")[0], clock.seconds()))
        queue.heard(each, is_for_now=len(tried) <= turned_away)
    return tried


def test_without_a_limit_nothing_waits() -> None:
    clock = clock_that_flies()
    assert times(SendingQueue(waiting("a@x.example", "b@x.example"), Pace(), clock), clock) == [("a", 0), ("b", 0)]


def test_a_domain_gets_so_many_a_minute_and_holds_up_no_other() -> None:
    clock = clock_that_flies()
    queue = SendingQueue(
        waiting("a@x.example", "b@x.example", "c@X.example", "d@y.example"), Pace(per_minute=30), clock
    )
    assert times(queue, clock) == [("a", 0), ("d", 0), ("b", 2), ("c", 4)]


def test_after_each_refusal_for_now_the_wait_is_twice_as_long() -> None:
    clock = clock_that_flies()
    assert times(SendingQueue(waiting("a@x.example"), Pace(), clock), clock, turned_away=3) == [
        *(("a", 0), ("a", 5), ("a", 15), ("a", 35))
    ]


def test_one_full_mailbox_holds_up_its_domain_once_and_is_tried_last() -> None:
    clock = clock_that_flies()
    queue = SendingQueue(waiting("a@x.example", "b@x.example", "c@x.example"), Pace(), clock)
    assert [who for who, _ in times(queue, clock, turned_away=1)] == ["a", "a", "b", "c"]


def test_patience_ends() -> None:
    clock = clock_that_flies()
    queue = SendingQueue(waiting("a@x.example"), Pace(patience_s=60), clock)
    assert times(queue, clock, turned_away=99) == [("a", 0), ("a", 5), ("a", 15), ("a", 35)]


def test_a_domain_that_turns_three_away_is_given_up_and_the_others_are_not() -> None:
    queue = SendingQueue(
        waiting("a@x.example", "b@x.example", "c@x.example", "d@x.example", "e@y.example"),
        Pace(patience_s=0),
        clock_that_flies(),
    )
    given_up = []
    for _ in range(3):
        each = queue.next()
        assert each is not None
        given_up += queue.heard(each, is_for_now=True)
    assert [each.key.recipient for each in given_up] == ["d@x.example"]
    assert [each.key.recipient for each in queue.left()] == ["e@y.example"]


@given(
    recipients=st.lists(st.sampled_from(["a@x.example", "b@x.example", "c@y.example"]), max_size=12),
    per_minute=st.integers(1, 600),
)
def test_no_domain_gets_more_than_its_limit_in_any_minute_and_everybody_gets_theirs(
    recipients: list[str], per_minute: int
) -> None:
    clock = clock_that_flies()
    tried = times(SendingQueue(waiting(*recipients), Pace(per_minute=per_minute), clock), clock)
    assert sorted(who for who, _ in tried) == sorted(each.partition("@")[0] for each in recipients)
    at_x = [at for who, at in tried if who in "ab"]
    for start in at_x:
        assert sum(start <= at < start + 60 - 1e-6 for at in at_x) <= per_minute


def test_pace_comes_from_the_settings(tmp_path: Path) -> None:
    assert Pace.from_settings(settings_in(tmp_path)) == Pace()
    set_so = settings_in(tmp_path, CHARTER_SMTP_PER_MINUTE="60", CHARTER_SMTP_PATIENCE="0")
    assert Pace.from_settings(set_so) == Pace(per_minute=60, patience_s=0)
    for name, value in (("CHARTER_SMTP_PER_MINUTE", "0"), ("CHARTER_SMTP_PATIENCE", "long")):
        with pytest.raises(SettingError, match=f"{name}: '{value}' cannot be used"):
            Pace.from_settings(settings_in(tmp_path, **{name: value}))
