"""The register of actions (open, overdue, done, withdrawn, unreadable) and the owners' comments on a week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .rows import Action, PeriodComment
from .world import Broken, World, day_of, deleted, entered_on, on, tell

# The agency's first reply in Mexico City is broken in the same week, and nobody says why: no action is planted for it.


def add_mending(world: World) -> None:
    """Fills the register of actions, and the sheet of comments."""
    _action(
        world,
        1,
        ("visit-priority", None, "2026-01-01", "2026-03-15"),
        "점심시간에 안내 창구를 한 사람이 맡아 방문객이 오래 기다림",
        "점심시간 안내 창구를 두 사람으로 늘림",
        "customer-division",
        ("2026-03-20", "2026-03-18"),
        "2026-02-09",
    )
    _action(
        world,
        2,
        ("phone-transfer", "voc-team", "2026-06-22", None),
        "새로 온 직원이 연결 안내 순서를 익히지 못함",
        "전화 연결 안내문을 자리마다 두고 한 달 동안 함께 연습",
        "voc-team",
        ("2026-07-31", None),
        "2026-06-24",
    )
    _action(
        world,
        3,
        ("visit-priority", "frankfurt", "2026-06-01", None),
        "박람회 기간에 예약 없이 온 방문객이 몰림",
        "박람회 기간에 번호표를 두고 상담 약속을 잡아 줌",
        "무역관 창구 담당",
        ("2026-06-26", None),
        "2026-06-10",
    )
    withdrawn = _action(
        world,
        4,
        ("branch-first-reply", "branch-team", "2026-05-11", None),
        "담당자 부재 때 문의를 이어받을 사람이 정해지지 않음",
        "부재 때 대신 답할 사람을 정함",
        "branch-team",
        ("2026-06-30", None),
        "2026-05-20",
    )
    world.stories[Action][-1] = deleted(world.stories[Action][-1], withdrawn + timedelta(days=40))
    unreadable = Action(
        *("A-2026-005", "phone-greeting", "voc-team", on("2026-06-22"), None),
        *("인사말을 줄여 말하는 습관", "인사말을 다시 안내", "voc-team", on("2026-07-10")),
    )
    world.broken.append(Broken(unreadable, entered_on(on("2026-06-25")), "unparsable", {"due_on": "빠른 시일 안"}))
    _comment(world, 1, "visit-priority", "frankfurt", "박람회가 열린 주여서 방문객이 평소의 세 배였습니다.")
    _comment(world, 2, "phone-transfer", "voc-team", "6월 22일에 새 직원 두 명이 왔습니다.")


def _action(
    world: World,
    number: int,
    answers: tuple[str, str | None, str, str | None],
    cause: str,
    measure: str,
    owner: str,
    dates: tuple[str, str | None],
    entered: str,
) -> datetime:
    """An action that answers (standard, department, first, last day), with (due, done); gives when it was entered."""
    standard, department, first, last = answers
    due, done = dates
    action = Action(
        *(f"A-2026-{number:03d}", standard, department, on(first), on(last) if last else None),
        *(cause, measure, owner, on(due), on(done) if done else None),
    )
    world.add(tell(action, entered_on(on(entered)), "done_on"))
    return entered_on(on(entered))


def _comment(world: World, number: int, standard: str, department: str, text: str) -> None:
    """What a department says of the last week of June, entered on the Tuesday after it."""
    week = (on("2026-06-22"), on("2026-06-28"))
    comment = PeriodComment(f"C-2026-{number:03d}", standard, department, *week, text, department)
    world.add(tell(comment, entered_on(on("2026-06-30"))))


@dataclass(frozen=True)
class ActionTruth:
    """How an action stands at a midnight."""

    action_id: str
    standard_id: str
    department_id: str | None
    state: str


def action_truth(world: World, now: datetime) -> list[ActionTruth]:
    """Every action that the register shows at ``now`` and that can be read, by its number."""
    today = day_of(now) - timedelta(days=1)
    found = [
        ActionTruth(each.action_id, each.standard_id, each.department_id, _state(each, today))
        for each in world.known(Action, now)
    ]
    return sorted(found, key=lambda each: each.action_id)


def _state(action: Action, today: date) -> str:
    if action.done_on is not None and action.done_on <= today:
        return "done"
    return "overdue" if action.due_on < today else "open"
