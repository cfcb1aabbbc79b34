"""A range of nights: in order, each once, resumed where it was interrupted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from charter import backfill
from charter.backfill import NightRun, gravest, nights_between, run_nights
from charter.base.errors import (
    CharterError,
    CheckError,
    DefinitionError,
    EvidenceError,
    NightMissing,
    ReportError,
    SettingError,
    SourceError,
    TransformError,
)
from tests.line.installation import HOME, House, house

NOW = datetime(2026, 7, 10, tzinfo=UTC)
FIRST = date(2026, 7, 1)


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTER_HOME", str(HOME))


def error(kind: type[CharterError]) -> CharterError:
    return kind("it went wrong", where="somewhere", remedy="mend it")


class Line:
    """Runs nights by writing down which; ``failing`` are errors by business day, ``done`` the nights sealed before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, done: tuple[str, ...] = ()) -> None:
        self.ran: list[str] = []
        self.failing: dict[str, CharterError] = {}
        self._clock = itertools.count(step=5)
        monkeypatch.setattr(backfill, "is_done", lambda as_of: self._day(as_of) in done)

    def _day(self, as_of: str) -> str:
        # Midnights of Seoul are 15:00 UTC: the UTC date is that of the day that ended.
        return as_of[:10]

    def night(self, as_of: str) -> list[str]:
        self.ran.append(self._day(as_of))
        if wrong := self.failing.get(self._day(as_of)):
            raise wrong
        return ["telephone: late", "telephone: late"]

    def run(self, last: str = "2026-07-05", stop_on_error: bool = False) -> list[NightRun]:
        nights = nights_between(FIRST, date.fromisoformat(last), NOW)
        clock: Callable[[], float] = lambda: float(next(self._clock))  # noqa: E731
        return list(run_nights(nights, stop_on_error=stop_on_error, run=self.night, clock=clock))


@pytest.mark.usefixtures("shipped")
def test_each_night_is_run_once_the_earliest_first_and_told_when_it_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(monkeypatch)

    runs = line.run("2026-07-03")

    assert line.ran == ["2026-07-01", "2026-07-02", "2026-07-03"]
    assert [(run.number, run.of, str(run.day), run.outcome) for run in runs] == [
        (1, 3, "2026-07-01", "done"),
        (2, 3, "2026-07-02", "done"),
        (3, 3, "2026-07-03", "done"),
    ]
    assert [(run.seconds, run.left) for run in runs] == [(5, 10), (5, 5), (5, 0)]
    assert runs[0].notes == ("telephone: late",)


@pytest.mark.usefixtures("shipped")
def test_nights_that_were_sealed_are_skipped_and_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(monkeypatch, done=("2026-07-01", "2026-07-03", "2026-07-05"))

    runs = line.run()

    assert line.ran == ["2026-07-02", "2026-07-04"]
    assert [run.outcome for run in runs] == ["was_done", "done", "was_done", "done", "was_done"]
    assert [run.left for run in runs] == [None, 5, 5, 0, 0]


@pytest.mark.usefixtures("shipped")
def test_after_a_night_that_failed_the_next_is_run_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(monkeypatch)
    line.failing["2026-07-02"] = error(CheckError)
    assert [run.outcome for run in line.run("2026-07-03")] == ["done", "failed", "done"]

    line.ran.clear()
    assert [run.outcome for run in line.run("2026-07-03", stop_on_error=True)] == ["done", "failed"]
    assert line.ran == ["2026-07-01", "2026-07-02"]


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize("kind", [SettingError, DefinitionError, SourceError])
def test_a_mistake_that_every_night_would_meet_ends_the_range(
    monkeypatch: pytest.MonkeyPatch, kind: type[CharterError]
) -> None:
    line = Line(monkeypatch)
    line.failing["2026-07-01"] = error(kind)
    [run] = line.run()
    assert (run.outcome, run.error) == ("failed", line.failing["2026-07-01"])


@pytest.mark.usefixtures("shipped")
def test_a_defect_is_not_taken_for_a_failed_night(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(monkeypatch)
    monkeypatch.setattr(line, "night", lambda as_of: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        line.run()


@pytest.mark.parametrize(
    ("kinds", "worst"),
    [
        ((SourceError, CheckError), CheckError),
        ((ReportError, EvidenceError, SettingError), EvidenceError),
        ((TransformError, SettingError, CheckError), SettingError),
        ((CheckError, TransformError), TransformError),
    ],
)
def test_the_gravest_failure_names_the_range(kinds: tuple[type[CharterError], ...], worst: type[CharterError]) -> None:
    assert isinstance(gravest([error(kind) for kind in kinds]), worst)
    assert gravest([]) is None


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2026-07-05", "2026-07-01", "2026-07-01 is before 2026-07-05"),
        ("2025-12-30", "2026-07-01", "nothing was promised yet on 2025-12-30"),
        ("2026-07-01", "2062-07-01", "the midnight that ends 2062-07-01 has not come yet"),
    ],
)
def test_a_range_that_cannot_be_is_refused_before_anything_is_run(first: str, last: str, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        nights_between(date.fromisoformat(first), date.fromisoformat(last), NOW)


# ── on an installation ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Sealed:
    """Stands in for a line of the chain of seals: the night after a day of July in Seoul."""

    as_of: datetime
    kind: str = "nightly"

    @classmethod
    def after(cls, day: int) -> Sealed:
        return cls(datetime(2026, 7, day, 15, tzinfo=UTC))


@pytest.mark.usefixtures("shipped")
class TestMissedNights:
    """The scheduler was down, or paused: the next night makes up for those that were missed."""

    @pytest.fixture
    def caught(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        def catch_up(sealed: Sequence[int], tonight: int, failing: dict[int, CharterError] | None = None) -> Any:
            ran: list[int] = []

            def run(as_of: str) -> list[str]:
                day = datetime.fromisoformat(as_of).day
                ran.append(day)
                if error := (failing or {}).get(day):
                    raise error
                return []

            monkeypatch.setattr(backfill, "read_chain", lambda folder: [Sealed.after(day) for day in sealed])
            monkeypatch.setattr(backfill, "is_done", lambda as_of: False)
            monkeypatch.setattr(backfill, "run_night", run)
            return ran, backfill.catch_up(Sealed.after(tonight).as_of.isoformat())

        return catch_up

    def test_are_run_before_tonights_in_their_order_each_as_of_its_own_midnight(self, caught: Any) -> None:
        ran, said = caught(sealed=[1, 2], tonight=6)
        assert (ran, said) == ([3, 4, 5], {"made_up_for": 3, "problems": []})

    def test_are_none_when_the_night_before_was_sealed_or_no_night_ever_was(self, caught: Any) -> None:
        assert caught(sealed=[5], tonight=6)[0] == []
        assert caught(sealed=[], tonight=6)[0] == []

    def test_are_none_when_a_past_night_is_run_again(self, caught: Any) -> None:
        assert caught(sealed=[1, 9], tonight=6)[0] == []

    def test_that_fail_stop_no_other_and_are_told_at_the_end(self, caught: Any) -> None:
        ran, said = caught(sealed=[1], tonight=5, failing={3: error(CheckError)})

        assert (ran, said["made_up_for"]) == ([2, 3, 4], 2)
        with pytest.raises(NightMissing, match="the night after 2026-07-03 was missed, and failed") as told:
            backfill.require_caught_up(said)
        assert "charter nightly --from" in told.value.problems[0].remedy

    def test_that_cannot_be_tried_are_each_told(self, caught: Any) -> None:
        ran, said = caught(sealed=[1], tonight=5, failing={2: error(SettingError)})

        assert ran == [2]
        assert [problem.split(" was missed, and ")[0] for problem in said["problems"]] == [
            f"the night after 2026-07-0{day}" for day in (2, 3, 4)
        ]

    def test_that_are_too_many_for_an_accident_are_left_to_a_person(
        self, caught: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CHARTER_CATCH_UP", "3")

        assert caught(sealed=[1], tonight=5)[0] == [2, 3, 4]
        ran, said = caught(sealed=[1], tonight=6)
        assert ran == []
        with pytest.raises(NightMissing, match="the 4 nights after 2026-07-02 to 2026-07-05 were not run"):
            backfill.require_caught_up(said)


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch, house(tmp_path_factory.mktemp("house"), patch) as made:
        made.live_until("2026-01-04")
        yield made


def run_range(first: str, last: str) -> list[str]:
    nights = nights_between(date.fromisoformat(first), date.fromisoformat(last), datetime.now(UTC))
    return [run.outcome for run in run_nights(nights)]


@pytest.mark.slow
@pytest.mark.long
def test_a_range_given_again_runs_what_is_missing_and_an_earlier_night_is_sealed_beside(agency: House) -> None:
    assert run_range("2026-01-03", "2026-01-04") == ["done", "done"]
    assert agency.truth("2026-01-04T15:00:00+00:00").differences == []
    sealed, published = agency.files("evidence"), agency.marts()

    assert run_range("2026-01-03", "2026-01-04") == ["was_done", "was_done"]
    assert (agency.files("evidence"), agency.marts()) == (sealed, published)

    # A night before the published one is built beside it, and sealed, as it never was.
    assert run_range("2026-01-02", "2026-01-04") == ["done", "was_done", "was_done"]
    assert agency.marts() == published
    assert "evidence/20260102T150000Z-nightly/manifest.json" in agency.files("evidence")
    assert run_range("2026-01-02", "2026-01-04") == ["was_done", "was_done", "was_done"]
