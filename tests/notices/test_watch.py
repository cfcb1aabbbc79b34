"""A cause is told once, its worsening once, its end once, wherever the watch was killed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from charter.base.errors import SettingError, StateError
from charter.base.settings import Settings
from charter.health.examine import Examination
from charter.health.finding import State
from charter.notices import watch as module
from charter.notices.register import Register, register_path
from charter.notices.watch import Watched, rhythm_of, watch
from tests.health.builders import HOME, broken_place
from tests.notices.builders import NOW, QUARTER, Chat, Killed, finding, found

WORSE = finding(state=State.FAILURE)
# A life of one cause: it opens, gets worse, and is over.
LIFE = [[finding()], [finding()], [WORSE], [WORSE], [], [], []]
TOLD = ["opened disk/free", "worse disk/free", "ended disk/free"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return broken_place(tmp_path).settings


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets the watch find what stands in LIFE at a time."""

    def at(number: int) -> None:
        def examined(place: Any, now: datetime, *, everything: bool) -> Examination:
            return found(*LIFE[number], at=now)

        monkeypatch.setattr(module, "examined", examined)

    return at


def watched(settings: Settings, number: int, *chats: Chat) -> Watched:
    return watch(settings, NOW + number * QUARTER, list(chats))


def test_a_cause_its_worsening_and_its_end_are_told_once_each(settings: Settings, look: Callable[[int], None]) -> None:
    chat, other = Chat(), Chat("other")
    for number in range(len(LIFE)):
        look(number)
        watched(settings, number, chat, other)
    assert chat.heard == other.heard == TOLD


@pytest.mark.parametrize("number", range(len(LIFE)))
@pytest.mark.parametrize("point", ["looking", "keeping", "before", "claimed", "sent", "after"])
def test_across_a_crash_at_any_point_nothing_is_told_twice_and_nothing_is_lost_unseen(
    settings: Settings, look: Callable[[int], None], monkeypatch: pytest.MonkeyPatch, point: str, number: int
) -> None:
    chat, other = Chat(), Chat("other")
    for each in range(len(LIFE)):
        look(each)
        if each == number:
            with contextlib.suppress(Killed):
                _dying(monkeypatch, chat, point)
                watched(settings, each, chat, other)
            monkeypatch.undo()
            chat.dies = ""
            # Whoever watches next sees the same.
            look(each)
        watched(settings, each, chat, other)
    assert other.heard == TOLD
    with Register.open(settings) as register:
        unknown = [each for each in register.deliveries() if each.state == "unknown"]
    assert len(chat.heard) == len(set(chat.heard))
    # What was claimed, and perhaps not sent, is not lost unseen: the register says that nobody knows.
    missing = [each for each in TOLD if each not in chat.heard]
    assert len(missing) <= len(unknown) <= 1


def _dying(monkeypatch: pytest.MonkeyPatch, chat: Chat, point: str) -> None:
    chat.dies = point

    def killed(*_: Any, **__: Any) -> Any:
        raise Killed

    if point == "looking":
        monkeypatch.setattr(module, "examined", killed)
    if point == "keeping":
        monkeypatch.setattr(Register, "keep", killed)


def test_a_channel_that_is_away_is_told_later_and_keeps_no_other(
    settings: Settings, look: Callable[[int], None]
) -> None:
    chat, other = Chat(away=True), Chat("other")
    look(0)
    problems = watched(settings, 0, chat, other).problems
    assert [problem.what for problem in problems] == ["1 to tell: it was not reached"]
    assert (chat.heard, other.heard) == ([], TOLD[:1])
    chat.away = False
    assert watched(settings, 1, chat, other).problems == ()
    assert chat.heard == other.heard == TOLD[:1]


def test_without_a_channel_nothing_counts_as_told(settings: Settings, look: Callable[[int], None]) -> None:
    look(0)
    assert watched(settings, 0).told == {}
    chat = Chat()
    watched(settings, 1, chat)
    assert chat.heard == TOLD[:1]


def test_each_watch_gives_a_sign_of_life_with_its_instant(settings: Settings, look: Callable[[int], None]) -> None:
    look(0)
    watched(settings, 0)
    assert (settings.var_dir / "health" / "heartbeats" / "watch.txt").read_text() == f"{NOW.isoformat()}\n"


def test_a_register_that_is_damaged_is_told_with_its_remedy(settings: Settings, look: Callable[[int], None]) -> None:
    look(0)
    watched(settings, 0, Chat())
    for path in register_path(settings).parent.glob("notices.db*"):
        path.write_bytes(b"nothing of a database" * 500)
    with pytest.raises(StateError, match="what is open is then told once more"):
        watched(settings, 1, Chat())


@pytest.mark.parametrize("hours", ["never", "0", "-3", "nan"])
def test_the_time_after_which_a_failure_is_told_again_is_a_number_of_hours(tmp_path: Path, hours: str) -> None:
    settings = Settings(
        home=HOME, charter_dir=tmp_path, var_dir=tmp_path, environment={"CHARTER_NOTICE_AGAIN_HOURS": hours}
    )
    with pytest.raises(SettingError, match="CHARTER_NOTICE_AGAIN_HOURS"):
        rhythm_of(settings)
