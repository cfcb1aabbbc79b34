"""What each probe finds wrong, and what it finds in order."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from charter.base.errors import SettingError
from charter.base.moments import stamp
from charter.deliver import Outbox, Sender
from charter.evidence import generate_signing_key, seal
from charter.extract.waivers.register import WaiverRecord, writing
from charter.health.finding import State
from charter.health.heartbeat import Beat
from charter.health.place import Place
from charter.health.probes import connections, disk, versions
from charter.health.runs import keep_run, last_run
from charter.health.tasks import FailedTask, failed_tasks, forget_failure, keep_failure, problem_of
from charter.runs.journal import began
from charter.runs.models import Outcome, StepError, StepRun
from tests.deliver.builders import message
from tests.evidence.builders import SUNDAY, Installation
from tests.health.builders import (
    MONDAY,
    NIGHT,
    hear,
    kotra,
    look,
    nights_until,
    place_in,
    publish,
    seal_lines,
    wrong,
)

DAY = timedelta(days=1)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return place_in(tmp_path)


# ── nights ──────────────────────────────────────────────────────────────────────────────────────


def test_a_night_that_is_published_and_sealed_is_in_order(place: Place) -> None:
    publish(place, NIGHT)
    seal_lines(place, nights_until(NIGHT, 3))
    assert wrong(place, "nights") == {}


def test_a_night_has_until_six_in_the_morning(place: Place) -> None:
    publish(place, NIGHT)
    seal_lines(place, nights_until(NIGHT, 3))
    six = datetime(2026, 7, 6, 21, tzinfo=UTC)
    assert wrong(place, "nights", six - timedelta(seconds=1)) == {}
    assert wrong(place, "nights", six) == {"nights/last": "night_missing"}


def test_missing_nights_are_counted_and_said_since_when(place: Place) -> None:
    publish(place, NIGHT)
    seal_lines(place, [NIGHT])
    found = look(place, "nights", NIGHT + 3 * DAY + timedelta(hours=7))["nights/last"]
    assert (found.amount, found.values["day"], found.values["last"]) == (3, "2026-07-06", "2026-07-05")
    assert found.since == datetime(2026, 7, 6, 21, tzinfo=UTC)


def test_a_night_that_was_published_and_not_sealed_within_an_hour_is_told(place: Place) -> None:
    seal_lines(place, [NIGHT - DAY])
    publish(place, NIGHT, written=MONDAY - timedelta(minutes=50))
    assert wrong(place, "nights") == {}
    publish(place, NIGHT, written=MONDAY - timedelta(minutes=70))
    assert look(place, "nights")["nights/sealed"].state is State.FAILURE


def test_a_gap_between_sealed_nights_is_told(place: Place) -> None:
    publish(place, NIGHT)
    seal_lines(place, [NIGHT - 4 * DAY, NIGHT - 3 * DAY, NIGHT])
    found = look(place, "nights")["nights/sealed"]
    assert (found.state, found.values["days"]) == (State.WARNING, "2026-07-03, 2026-07-04")


def test_a_damaged_warehouse_is_told_with_its_remedy(place: Place) -> None:
    place.settings.warehouse.write_bytes(b"DUCK" * 4096)
    assert wrong(place, "nights") == {"nights/warehouse": "warehouse_damaged"}


def test_an_installation_that_has_run_no_night_is_told_to_nobody(place: Place) -> None:
    assert not look(place, "nights")["nights/first"].is_told


# ── sources ─────────────────────────────────────────────────────────────────────────────────────


def test_a_source_that_missed_one_night_is_shown_and_its_owner_is_left_in_peace(place: Place) -> None:
    hear(place, "voc", ["landed", "unreachable"])
    found = look(place, "sources")["sources/voc"]
    assert (found.state, found.is_told) == (State.WARNING, False)


def test_a_source_that_is_silent_for_two_nights_is_told_to_its_owner(place: Place) -> None:
    hear(place, "voc", ["landed", "missing", "unreachable"])
    found = look(place, "sources")["sources/voc"]
    assert (found.state, found.is_told, found.owner) == (State.FAILURE, True, "voc-team")
    assert (found.amount, found.values["day"], found.values["problem"]) == (2, "2026-07-04", "the export has not come")


def test_a_source_that_is_back_is_in_order(place: Place) -> None:
    hear(place, "voc", ["missing", "missing", "landed"])
    assert wrong(place, "sources") == {}


def test_a_source_that_the_night_has_not_asked_yet_is_as_it_was(place: Place) -> None:
    hear(place, "voc", ["missing", "missing"], NIGHT - DAY)
    hear(place, "telephone", ["landed"], NIGHT)
    assert look(place, "sources")["sources/voc"].amount == 2


# ── reports ─────────────────────────────────────────────────────────────────────────────────────


def late(place: Place, now: datetime) -> dict[str, str]:
    found = look(place, "reports", now)
    return {cause: str(each.values["period"]) for cause, each in found.items() if each.code}


def test_a_report_is_late_from_nine_on_the_agencys_clocks(place: Place) -> None:
    seal_lines(place, nights_until(NIGHT, 10))
    keep_run(place.settings, "week", "2026-W26", NIGHT)
    keep_run(place.settings, "month", "2026-06", NIGHT)
    keep_run(place.settings, "working_day", "2026-07-04", NIGHT)
    nine = datetime(2026, 7, 6, 0, tzinfo=UTC)
    assert late(place, nine - timedelta(seconds=1)) == {}
    assert late(place, nine) == {"reports/weekly": "2026-W27", "reports/at-risk": "2026-07-06"}


def test_a_report_that_is_out_is_in_order(place: Place) -> None:
    seal_lines(place, nights_until(NIGHT, 10))
    for kind, period in [("week", "2026-W27"), ("month", "2026-06"), ("working_day", "2026-07-06")]:
        keep_run(place.settings, kind, period, NIGHT)
    assert late(place, MONDAY) == {}


def test_messages_tell_of_a_week_that_an_earlier_release_reported(place: Place) -> None:
    seal_lines(place, nights_until(NIGHT, 4))
    keep_run(place.settings, "working_day", "2026-07-06", NIGHT)
    with Outbox.open(place.settings) as outbox:
        outbox.enqueue([message()], sender=Sender(address="a@kotra.example"), as_of=NIGHT)
        assert late(place, MONDAY) == {"reports/weekly": "2026-W27"}
        outbox.refuse(outbox.queued()[0], "no such domain")
    assert late(place, MONDAY) == {}


def test_fridays_digest_is_late_over_the_weekend_too(place: Place) -> None:
    seal_lines(place, nights_until(NIGHT, 10))
    sunday_noon = datetime(2026, 7, 5, 3, tzinfo=UTC)
    assert late(place, sunday_noon)["reports/at-risk"] == "2026-07-03"
    keep_run(place.settings, "working_day", "2026-07-03", NIGHT)
    assert "reports/at-risk" not in late(place, sunday_noon)


def test_no_digest_is_due_on_a_day_off(place: Place) -> None:
    seal_lines(place, nights_until(NIGHT, 3))
    sunday_noon = datetime(2026, 7, 5, 3, tzinfo=UTC)
    assert "reports/at-risk" not in late(place, sunday_noon)


def test_nothing_is_asked_for_that_was_due_before_the_first_night(place: Place) -> None:
    assert late(place, MONDAY) == {}
    seal_lines(place, [NIGHT + DAY])
    assert late(place, MONDAY) == {}


def test_an_older_week_again_does_not_hide_the_newest(place: Place) -> None:
    keep_run(place.settings, "week", "2026-W27", NIGHT)
    keep_run(place.settings, "week", "2026-W20", MONDAY)
    known = last_run(place.settings, "week")
    assert known is not None
    assert known.of == "2026-W27"


# ── the outbox ──────────────────────────────────────────────────────────────────────────────────


def test_to_look_makes_no_outbox(place: Place) -> None:
    assert wrong(place, "outbox") == {}
    assert not place.settings.outbox_dir.exists()


def test_messages_that_wait_for_a_person_are_counted(place: Place) -> None:
    with Outbox.open(place.settings) as outbox:
        sender = Sender(address="a@kotra.example")
        outbox.enqueue([message(), message("lee@kotra.example")], sender=sender, as_of=NIGHT)
        for row in outbox.queued():
            outbox.refuse(row, "no such domain")
    found = look(place, "outbox")["outbox/unsettled"]
    assert (found.amount, found.values["states"]) == (2, "2 refused")


def test_messages_that_wait_for_hours_are_told(place: Place) -> None:
    with Outbox.open(place.settings) as outbox:
        outbox.enqueue([message()], sender=Sender(address="a@kotra.example"), as_of=NIGHT)
    now = datetime.now(UTC)
    assert wrong(place, "outbox", now + timedelta(hours=2)) == {}
    assert wrong(place, "outbox", now + timedelta(hours=4)) == {"outbox/waiting": "outbox_waiting"}


def test_an_outbox_that_is_gone_is_told(place: Place) -> None:
    with Outbox.open(place.settings):
        pass
    (place.settings.outbox_dir / "outbox.db").unlink()
    assert wrong(place, "outbox") == {"outbox/file": "outbox_unusable"}


# ── the evidence and its keys ───────────────────────────────────────────────────────────────────


def test_a_chain_that_holds_is_in_order_and_one_that_was_cut_is_told(tmp_path: Path) -> None:
    installation = Installation.build(tmp_path)
    place = Place(installation.settings, kotra())
    seal(installation.settings, "nightly", SUNDAY, SUNDAY)
    assert wrong(place, "evidence") == {}
    assert wrong(place, "keys") == {}
    next(installation.evidence.glob("*-nightly/manifest.dsse.json")).unlink()
    assert wrong(place, "evidence") == {"evidence/chain": "chain_broken"}


def test_another_signing_key_than_that_of_the_chain_is_told(tmp_path: Path) -> None:
    installation = Installation.build(tmp_path)
    seal(installation.settings, "nightly", SUNDAY, SUNDAY)
    other = {"CHARTER_SIGNING_KEY": generate_signing_key().decode()}
    place = Place(replace(installation.settings, environment=other), kotra())
    assert wrong(place, "keys") == {"keys/chain": "key_differs"}


def test_a_key_in_the_state_folder_may_be_lost_with_it(tmp_path: Path) -> None:
    file = tmp_path / "var" / "secrets" / "key"
    place = place_in(tmp_path, CHARTER_PSEUDONYM_KEY_FILE=str(file))
    file.parent.mkdir(parents=True)
    file.write_text("0" * 64)
    found = look(place, "keys")["keys/CHARTER_PSEUDONYM_KEY"]
    assert (found.code, found.values["folder"]) == ("key_at_risk", file.parent.as_posix())


# ── settings ────────────────────────────────────────────────────────────────────────────────────


def test_every_missing_setting_is_a_cause_of_its_own(place: Place) -> None:
    causes = wrong(place, "settings")
    assert {"settings/CHARTER_CONN_VOC", "settings/CHARTER_SIGNING_KEY", "settings/CHARTER_SMTP_HOST"} <= set(causes)
    assert set(causes.values()) == {"setting_wrong"}


# ── the machine ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("free", "state"), [(400_000_000, State.FAILURE), (1_400_000_000, State.WARNING), (1_600_000_000, State.OK)]
)
def test_the_disk_is_held_against_what_a_night_needs(
    place: Place, monkeypatch: pytest.MonkeyPatch, free: int, state: State
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert look(place, "disk")["disk/free"].state is state


def test_a_large_warehouse_needs_more(place: Place) -> None:
    with place.settings.warehouse.open("wb") as file:
        file.truncate(3_000_000_000)
    assert disk.size(disk.needed_by_a_night(place)) == "6.5 GB"


def test_a_clock_behind_the_newest_file_is_told(place: Place) -> None:
    publish(place, NIGHT, written=MONDAY + timedelta(minutes=6))
    assert wrong(place, "clock") == {"clock/behind": "clock_behind"}
    os.utime(place.settings.warehouse, (MONDAY.timestamp(), MONDAY.timestamp()))
    assert wrong(place, "clock") == {}


@pytest.mark.parametrize(
    ("day", "state", "code"),
    [
        (datetime(2027, 9, 1, tzinfo=UTC), State.OK, ""),
        (datetime(2027, 10, 3, tzinfo=UTC), State.WARNING, "calendar_ends"),
        (datetime(2027, 12, 2, tzinfo=UTC), State.FAILURE, "calendar_ends"),
        (datetime(2028, 1, 2, tzinfo=UTC), State.FAILURE, "calendar_ended"),
    ],
)
def test_the_calendars_end_is_told_in_time(place: Place, day: datetime, state: State, code: str) -> None:
    found = look(place, "calendar", day)["calendar/end"]
    assert (found.state, found.code) == (state, code)


def test_a_library_of_another_version_is_told(tmp_path: Path) -> None:
    lock = tmp_path / "requirements" / "run.txt"
    lock.parent.mkdir()
    lock.write_text("pydantic==0.1 \\\n    --hash=sha256:00\nno-such-library==1\nwinreg==1 ; sys_platform == 'win32'\n")
    assert versions.locked(lock) == {"pydantic": "0.1", "no-such-library": "1"}
    place = place_in(tmp_path)
    found = look(Place(replace(place.settings, home=tmp_path), place.charter), "versions")["versions/libraries"]
    assert found.amount == 2
    assert "no-such-library 1 (not there)" in str(found.values["packages"])


def test_who_cannot_be_reached_is_told_and_the_others_are_asked(tmp_path: Path) -> None:
    place = place_in(
        tmp_path,
        CHARTER_CONN_VOC="postgresql://u:secret@127.0.0.1:9/voc",
        CHARTER_CONN_TELEPHONE=str(tmp_path),
        CHARTER_CONN_REVIEWS=str(tmp_path / "nowhere"),
    )
    found = look(place, "connections")
    assert found["connections/telephone"].state is State.OK
    assert found["connections/voc"].values["problem"] == "ConnectionRefusedError (Connection refused)"
    assert found["connections/call-reviews"].values["problem"] == "it is not there"
    assert found["connections/surveys"].values["problem"] == "CHARTER_CONN_SURVEYS is not set"


def test_whoever_says_nothing_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_PATIENCE_S", 0.01)
    answer = connections._Answer(lambda: (__import__("time").sleep(1), "late")[1])
    assert answer.wait() == "it said nothing for 0.02 s"


# ── waivers, tasks, signs of life ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("days", "codes"), [(14, {}), (13, {"waivers/W-0001": "waiver_ending"}), (-1, {})])
def test_a_waiver_that_ends_within_two_weeks_is_told(place: Place, days: int, codes: dict[str, str]) -> None:
    today = date(2026, 7, 6)
    given = {"waiver": "W-0001", "standard": "phone-answer", "department": "*", "subject": "*", "from_on": today}
    with writing(place.settings) as records:
        for number, action in enumerate(("proposed", "approved"), start=1):
            who: dict[str, Any] = {"by": "a@kotra.example", "role": "", "typed_by": "a", "reason": "a move"}
            record = WaiverRecord(
                record=number, recorded_at=NIGHT, action=action, to_on=today + days * DAY, **given, **who
            )
            records.append(record.chained(records[-1].chain if records else ""))
    assert wrong(place, "waivers") == codes


def test_an_altered_register_of_waivers_is_told(place: Place) -> None:
    folder = place.settings.var_dir / "waivers"
    folder.mkdir()
    (folder / "register.csv").write_text("something else\n")
    assert wrong(place, "waivers") == {"waivers/register": "register_unusable"}


def failure(task: str = "transform", at: datetime = MONDAY) -> FailedTask:
    return FailedTask(dag="nightly", task=task, run="r1", at=at, what="no room", where="var", remedy="make room")


def test_a_failed_task_is_known_until_it_runs_well(place: Place) -> None:
    keep_failure(place.settings, failure())
    keep_failure(place.settings, failure("extract[voc]"))
    assert wrong(place, "tasks") == {
        "tasks/nightly.transform": "task_failed",
        "tasks/nightly.extract.voc.": "task_failed",
    }
    forget_failure(place.settings, "nightly", "transform")
    forget_failure(place.settings, "nightly", "transform")
    assert list(wrong(place, "tasks")) == ["tasks/nightly.extract.voc."]


def test_a_task_that_fails_again_has_failed_since_the_first_time(place: Place) -> None:
    keep_failure(place.settings, failure())
    keep_failure(place.settings, failure(at=MONDAY + DAY))
    assert [each.at for each in failed_tasks(place.settings)] == [MONDAY]


def test_of_a_defect_only_its_kind_is_kept() -> None:
    assert problem_of(KeyError("Kim, 010-1234-5678")).what == "it ended with KeyError"
    ended = SystemExit(2)
    ended.__cause__ = SettingError("no key", where="environment", remedy="set it")
    assert problem_of(ended).remedy == "set it"
    assert "stopped from outside" in problem_of(None).what


def ran(place: Place, outcome: Outcome, began: datetime, run: str = "command/1", **changes: Any) -> None:
    values: dict[str, Any] = {"step": "transform", "night": NIGHT, "agency": "kotra"}
    step = StepRun(attempt=f"{run}-{began}", run=run, began=began, outcome=outcome, **(values | changes))
    path = place.settings.var_dir / "runs" / f"{stamp(NIGHT)}.ndjson"
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(step.as_json()) + "\n")


HOUR = timedelta(hours=1)


def test_a_step_that_a_command_could_not_do_is_told_until_it_is_done(place: Place) -> None:
    error = StepError("TransformError", "model inquiries_commitments")
    ran(place, "failed", MONDAY - 2 * HOUR, error=error)
    found = look(place, "runs")["runs/transform"]
    assert (found.code, found.where, found.values["problem"]) == ("step_failed", error.where, "TransformError")
    ran(place, "done", MONDAY - HOUR, "command/2")
    assert wrong(place, "runs") == {}


def test_what_fails_in_airflow_is_told_by_its_task(place: Place) -> None:
    ran(place, "failed", MONDAY - 2 * HOUR, "charter_nightly/scheduled__2026-07-05")
    assert wrong(place, "runs") == {}


def test_a_step_that_was_stopped_is_told_at_once_or_when_airflow_did_not_try_it_again(place: Place) -> None:
    ran(place, "unfinished", MONDAY - HOUR / 2, step="publish")
    ran(place, "unfinished", MONDAY - HOUR / 2, "charter_nightly/a", step="seal")
    ran(place, "unfinished", MONDAY - 2 * HOUR, "charter_nightly/b", step="extract", source="voc")
    assert wrong(place, "runs") == {"runs/publish": "step_unfinished", "runs/extract.voc": "step_unfinished"}


def test_what_a_person_tried_and_what_is_long_past_is_no_news(place: Place) -> None:
    ran(place, "failed", MONDAY - HOUR, step="publication")
    ran(place, "failed", MONDAY - HOUR, "command/2", replay="a-past-night")
    ran(place, "failed", MONDAY - 49 * HOUR, "command/3", step="site")
    assert wrong(place, "runs") == {}


def test_a_step_that_runs_for_hours_may_hang(place: Place) -> None:
    run = StepRun(attempt="a", run="command/1", agency="kotra", step="transform", began=MONDAY - 7 * HOUR, night=NIGHT)
    running, _ = began(place.settings, run)
    assert wrong(place, "runs", MONDAY - 2 * HOUR) == {}
    assert wrong(place, "runs") == {"runs/transform": "step_long"}
    running.release()


def test_a_sign_of_life_that_was_not_heard_is_told(place: Place) -> None:
    path = place.settings.var_dir / "health" / "heartbeats" / "night.json"
    path.parent.mkdir(parents=True)
    path.write_text(Beat(at=MONDAY, problem="it answered with status 500", since=NIGHT).model_dump_json())
    found = look(place, "heartbeats")["heartbeats/night"]
    assert (found.code, found.since) == ("heartbeat_failed", NIGHT)
