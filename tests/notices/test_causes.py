"""What is told of what was found: once, again when it gets worse or lasts, and when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from charter.health.examine import Examination
from charter.health.finding import State
from charter.notices.causes import OpenCause, Rhythm, step
from tests.notices.builders import NOW, QUARTER, finding, found


def told(looks: Sequence[Examination], rhythm: Rhythm | None = None) -> list[list[str]]:
    """What each look in turn gives to tell: kind and cause."""
    open_causes: dict[str, OpenCause] = {}
    given = []
    for look in looks:
        after = step(open_causes, look, rhythm or Rhythm())
        open_causes = after.open
        given.append([f"{each.kind} {each.finding.cause}" for each in after.notices])
    return given


def at(quarters: int) -> datetime:
    return NOW + quarters * QUARTER


def test_a_cause_is_told_once() -> None:
    looks = [found(finding(), at=at(number)) for number in range(4)]
    assert told(looks) == [["opened disk/free"], [], [], []]


def test_its_worsening_is_told_once() -> None:
    bad = finding(state=State.FAILURE)
    looks = [found(finding(), at=at(0)), found(bad, at=at(1)), found(bad, at=at(2)), found(finding(), at=at(3))]
    assert told(looks) == [["opened disk/free"], ["worse disk/free"], [], []]


def test_what_swings_between_grave_and_less_grave_is_not_told_each_time() -> None:
    bad = finding(state=State.FAILURE)
    looks = [found(bad if number % 2 else finding(), at=at(number)) for number in range(6)]
    assert told(looks) == [["opened disk/free"], ["worse disk/free"], [], [], [], []]


def test_twice_as_many_are_worse_and_a_few_more_are_not() -> None:
    looks = [found(finding(amount=amount), at=at(number)) for number, amount in enumerate((3, 5, 6, 11, 12))]
    assert told(looks) == [["opened disk/free"], [], ["worse disk/free"], [], ["worse disk/free"]]


def test_a_failure_that_lasts_is_told_again_each_day_and_a_warning_each_week() -> None:
    day = timedelta(days=1)
    bad, note = finding("disk/free", State.FAILURE), finding("disk/files")
    looks = [found(bad, note, at=NOW + days * day) for days in (0, 1, 6, 7)]
    assert told(looks) == [
        ["opened disk/free", "opened disk/files"],
        ["again disk/free"],
        ["again disk/free"],
        ["again disk/free", "again disk/files"],
    ]


def test_its_end_is_told_once_when_it_has_stayed_away() -> None:
    looks = [found(finding(), at=at(0)), *(found(at=at(number)) for number in range(1, 5))]
    assert told(looks) == [["opened disk/free"], [], ["ended disk/free"], [], []]


def test_what_comes_and_goes_is_told_once() -> None:
    looks = [found(*([] if number % 2 else [finding()]), at=at(number)) for number in range(8)]
    assert told(looks) == [["opened disk/free"], *[[]] * 7]


def test_what_comes_back_after_its_end_is_a_new_cause() -> None:
    looks = [found(finding(), at=at(0)), found(at=at(1)), found(at=at(2)), found(finding(), at=at(3))]
    assert told(looks)[2:] == [["ended disk/free"], ["opened disk/free"]]


def test_a_probe_that_could_not_look_ends_nothing() -> None:
    blind = [found(at=at(number), whole=["sources"]) for number in range(1, 20)]
    assert told([found(finding(), at=at(0)), *blind]) == [["opened disk/free"], *[[]] * 19]


def test_what_is_shown_and_not_told_neither_begins_nor_lasts() -> None:
    quiet = finding(quiet=True)
    assert told([found(quiet, at=at(0))]) == [[]]
    looks = [found(finding(), at=at(0)), found(quiet, at=at(1)), found(quiet, at=at(2))]
    assert told(looks) == [["opened disk/free"], [], ["ended disk/free"]]


def test_of_two_findings_of_one_cause_the_graver_counts() -> None:
    both = found(finding(state=State.FAILURE), finding(), at=at(0))
    again = found(finding(), finding(state=State.FAILURE), at=at(1))
    assert told([both, again]) == [["opened disk/free"], []]


def test_a_clock_that_was_set_back_tells_nothing_twice() -> None:
    bad = finding(state=State.FAILURE)
    looks = [found(bad, at=NOW), found(bad, at=NOW - timedelta(days=400))]
    assert told(looks) == [["opened disk/free"], []]
