"""Posting: each recipient gets a week's figures once, and a correction when what was reported is not what is known."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from charter.base.errors import DeliveryError, ReportError, StateError
from charter.base.moments import parse_week
from charter.base.settings import Settings
from charter.definitions.models import Recipient, ReportDefinition, Reports
from charter.deliver import MessageKey, Outbox
from charter.deliver.rebuild import rebuild
from charter.evidence.manifest import DeliverySeal
from charter.report import PostedWeek, post_week, prepare_week
from charter.report.facts.filed import filed_figures, week_folder
from charter.report.facts.refiled import refiled_messages
from charter.report.facts.reported import ReportedFigures
from charter.report.render.pdf import PdfPrinter
from charter.report.view.models import ReportView
from charter.transform.build.builds import MadeBy
from charter.transform.build.closing import close_weeks

from . import builders
from .builders import SUNDAY, Scenario, usual_week

SENDER = {"CHARTER_MAIL_FROM": "고객서비스헌장 <charter@kotra.example>"}
WEEK = parse_week("2026-W27")
AGENCY = "president@kotra.example"
HANOI, REGION, TEAM = "hanoi@kotra.example", "southeast-asia@kotra.example", "branch-team@kotra.example"
NEXT_RELEASE = MadeBy(engine="next release", charter="this charter")


def small_week(folder: Path) -> Scenario:
    """A week in which hanoi broke one promise, and branch-team's calls of one day are missing."""
    week = Scenario(folder)
    week.commitment(
        "redress-correction", "hanoi", "CM-2026-011", "breached", opened="2026-06-25 09:00", due="2026-07-02 09:00"
    )
    week.many_met("phone-answer", "branch-team", 8)
    week.no_data("phone-answer", "telephone", date(2026, 7, 3), reason="calls_20260703.csv did not arrive")
    week.commitment(
        *("branch-first-reply", "branch-team", "VOC-2026-000420", "breached"),
        opened="2026-06-30 11:00",
        due="2026-07-02 11:00",
    )
    week.companions.append(("satisfaction-reply-rating", "mean-rating", "branch-team", 12.5, 3))
    return week.build()


def settings_of(scenario: Scenario) -> Settings:
    return replace(scenario.settings, environment=SENDER)


def post(scenario: Scenario, week: str = "2026-W27") -> PostedWeek:
    settings = settings_of(scenario)
    return post_week(settings, scenario.agency, prepare_week(settings, scenario.agency, parse_week(week)))


def messages(scenario: Scenario, week: str = "2026-W27") -> dict[str, list[tuple[int, str]]]:
    """Recipient → (revision, subject) of every message of the week in the outbox."""
    found: dict[str, list[tuple[int, str]]] = {}
    with Outbox.open(settings_of(scenario)) as outbox:
        for record in outbox.records(period=week):
            subject = str(make_header(decode_header(message_from_bytes(outbox.mime(record.key))["Subject"])))
            found.setdefault(record.key.recipient, []).append((record.key.revision, subject))
    return found


def text_of(scenario: Scenario, recipient: str, revision: int) -> str:
    with Outbox.open(settings_of(scenario)) as outbox:
        mime = outbox.mime(MessageKey(report="weekly", period="2026-W27", revision=revision, recipient=recipient))
    parts = [part for part in message_from_bytes(mime).walk() if part.get_content_type() == "text/plain"]
    payload = parts[0].get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def revisions(scenario: Scenario, recipient: str) -> list[int]:
    return [revision for revision, _ in messages(scenario).get(recipient, [])]


def late_breach(scenario: Scenario, arrived_on: date) -> None:
    """A correction that hanoi owed by 3 July came in after the week was reported."""
    scenario.commitment(
        *("redress-correction", "hanoi", "CM-2026-012", "breached"),
        opened="2026-06-26 09:00",
        due="2026-07-03 09:00",
        arrived_on=arrived_on,
    )


def later(scenario: Scenario, days: int) -> Scenario:
    scenario.as_of_day = SUNDAY + timedelta(days=days)
    return scenario


def test_every_recipient_gets_one_message(tmp_path: Path) -> None:
    scenario = usual_week(tmp_path / "var")
    posted = post(scenario)
    found = messages(scenario)
    assert posted.week == "2026-W27"
    assert posted.new == len(found) == sum(len(items) for items in found.values())
    assert {"president@kotra.example", "voc-team@kotra.example", "voc-desk@kotra.example"} <= set(found)
    assert "aftercare-team@kotra.example" not in found


def test_an_address_of_the_weekly_reports_entry_gets_the_whole_agencys_and_nobody_else_does(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    weekly = ReportDefinition(id="weekly", period="week", recipients=["Audit@kotra.example"])
    scenario.agency = scenario.agency.model_copy(update={"reports": Reports(reports=[weekly])})
    assert post(scenario).new == 1
    assert list(messages(scenario)) == ["audit@kotra.example"]
    assert "전체" in messages(scenario)["audit@kotra.example"][0][1]
    assert post(scenario).new == 0


def test_what_is_filed_has_the_sections_of_its_entry(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    weekly = ReportDefinition(id="weekly", period="week", sections=["standards"])
    scenario.agency = scenario.agency.model_copy(update={"reports": Reports(reports=[weekly])})
    post(scenario)
    page = week_folder(scenario.settings, WEEK) / "branch-team" / "r1" / "report.txt"
    text = page.read_text(encoding="utf-8")
    assert "■ 이행표준별 결과" in text
    assert "■ 지키지 못한 약속" not in text
    assert "■ 자료가 없는" in text or "calls_20260703.csv" in text, "missing data always stand"


def test_posting_again_tells_nobody_anything_new(tmp_path: Path) -> None:
    scenario = usual_week(tmp_path / "var")
    first = post(scenario)
    assert post(scenario) == replace(first, new=0, already=first.new)


def test_a_later_day_alone_sends_nothing_and_leaves_the_files(tmp_path: Path) -> None:
    scenario = usual_week(tmp_path / "var")
    first = post(scenario)
    report = scenario.settings.site_dir / "reports" / "2026-W27" / "hanoi" / "r1" / "report.pdf"
    before = report.read_bytes()
    again = post(later(scenario, 2).build())
    assert (again.new, again.already) == (0, first.new)
    assert report.read_bytes() == before


# ── figures that turned out otherwise ───────────────────────────────────────────────────────────


def test_a_restated_week_goes_out_as_a_visible_correction(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    late_breach(scenario, SUNDAY + timedelta(days=1))
    posted = post(later(scenario, 1).build())
    found = messages(scenario)
    assert posted.revised == 3
    assert revisions(scenario, HANOI) == [1, 2]
    assert "[정정 2판]" in found[HANOI][1][1]
    folder = scenario.settings.site_dir / "reports" / "2026-W27" / "hanoi"
    assert sorted(path.name for path in folder.iterdir()) == ["r1", "r2"]
    # The region above hears of it too; a department that it does not touch does not.
    assert revisions(scenario, REGION) == [1, 2]
    assert revisions(scenario, TEAM) == [1]


def test_a_correction_says_what_became_otherwise_from_what_to_what_and_why(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    late_breach(scenario, SUNDAY + timedelta(days=1))
    post(later(scenario, 1).build())

    text = " ".join(text_of(scenario, HANOI, 2).split())

    assert "2026. 7. 5. 24:00 기준으로 보낸 수치와 2026. 7. 6. 24:00 기준으로 아는 수치가 다릅니다" in text
    assert "못 지킴 1 → 2 – 늦게 도착한 기록 1건" in text
    # The region names the office that it is about.
    assert "(하노이무역관): 못 지킴 1 → 2" in text_of(scenario, REGION, 2)


@pytest.mark.parametrize("days", [15, 91])
def test_a_week_reported_long_ago_is_corrected_by_the_run_of_another_week(tmp_path: Path, days: int) -> None:
    scenario = small_week(tmp_path / "var")
    first = post(scenario)
    late_breach(scenario, SUNDAY + timedelta(days=days))
    later(scenario, days).build()
    week = "2026-W29" if days == 15 else "2026-W40"

    posted = post(scenario, week)

    assert posted.revised == 3
    assert {name for name in messages(scenario) if len(messages(scenario)[name]) > 1} >= {HANOI, REGION}
    assert sum(len(items) for items in messages(scenario).values()) < 2 * first.new
    # Corrected once.
    assert post(scenario, week).new == 0


class TestMissedWeeks:
    """A night that never came, or a scheduler that was down, cost weeks 28 and 29: the run of week 30 reports them."""

    @pytest.fixture
    def scenario(self, tmp_path: Path) -> Scenario:
        scenario = small_week(tmp_path / "var")
        post(scenario)
        for number, day in enumerate((8, 15, 22), start=1):
            scenario.commitment(
                *("redress-correction", "hanoi", f"CM-2026-02{number}", "breached"),
                opened=f"2026-07-0{number} 09:00",
                due=f"2026-07-{day:02} 09:00",
            )
        return later(scenario, 21).build()

    def run(self, scenario: Scenario, week: str, *, catches_up: bool = True) -> PostedWeek:
        settings, period = settings_of(scenario), parse_week(week)
        return post_week(
            settings, scenario.agency, prepare_week(settings, scenario.agency, period, catches_up=catches_up)
        )

    def test_go_out_with_the_next_one_the_oldest_first(self, scenario: Scenario) -> None:
        posted = self.run(scenario, "2026-W30")

        assert posted.missed == ("2026-W28", "2026-W29")
        with Outbox.open(settings_of(scenario)) as outbox:
            sent = [message.key.period for message in outbox.posted("weekly") if message.key.recipient == HANOI]
        assert sent == ["2026-W27", "2026-W28", "2026-W29", "2026-W30"]

    def test_go_out_once(self, scenario: Scenario) -> None:
        self.run(scenario, "2026-W30")
        again = self.run(scenario, "2026-W30")
        assert (again.new, again.missed) == (0, ())

    def test_stay_away_when_a_certain_week_was_asked_for(self, scenario: Scenario) -> None:
        self.run(scenario, "2026-W30", catches_up=False)
        assert not messages(scenario, "2026-W28")

    def test_are_none_before_the_first_report(self, tmp_path: Path) -> None:
        scenario = small_week(tmp_path / "var")
        assert self.run(scenario, "2026-W27").missed == ()

    def test_are_named_and_left_to_a_person_when_they_are_too_many(self, scenario: Scenario) -> None:
        scenario.commitment(
            *("redress-correction", "hanoi", "CM-2026-031", "breached"),
            opened="2026-08-24 09:00",
            due="2026-08-31 09:00",
        )
        later(scenario, 70).build()

        posted = self.run(scenario, "2026-W36")

        assert posted.missed == ()
        (problem,) = [each for each in posted.problems if "never reported" in each.what]
        assert "2026-W28 to 2026-W35" in problem.what and "charter weekly --week" in problem.remedy
        assert not [each for each in self.run(scenario, "2026-W37").problems if "never" in each.what], "it is told once"


def test_a_department_that_has_nothing_left_in_the_week_gets_a_correction(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    scenario.commitments = [item for item in scenario.commitments if item["department_id"] != "hanoi"]
    post(later(scenario, 1).build())
    assert revisions(scenario, HANOI) == [1, 2]
    assert "못 지킴 1 → 0 – 원천에서 지운 기록 1건" in text_of(scenario, HANOI, 2)


def test_a_department_that_a_late_row_brings_into_the_week_gets_its_first_report(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    assert "singapore@kotra.example" not in messages(scenario)
    scenario.commitment(
        *("redress-correction", "singapore", "CM-9", "breached"),
        opened="2026-06-26 09:00",
        due="2026-07-03 09:00",
        arrived_on=SUNDAY + timedelta(days=8),
    )
    post(later(scenario, 8).build(), "2026-W28")
    [(revision, subject)] = messages(scenario)["singapore@kotra.example"]
    assert revision == 1
    assert "정정" not in subject


def test_another_case_breached_in_place_of_one_that_was_named_is_a_correction(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    scenario.commitments = [item for item in scenario.commitments if item["subject_id"] != "CM-2026-011"]
    late_breach(scenario, SUNDAY + timedelta(days=1))
    post(later(scenario, 1).build())
    assert revisions(scenario, HANOI) == [1, 2]
    assert "지키지 못한 사례가 바뀜(건수는 그대로)" in text_of(scenario, HANOI, 2)


def test_a_day_that_was_silent_and_is_heard_since_is_a_correction(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    scenario.days_without_data.clear()
    scenario.gaps.clear()
    post(later(scenario, 1).build())
    assert "자료가 없는 날 1 → 0" in text_of(scenario, TEAM, 2)
    assert "자료가 없던 날의 자료가 옴" in text_of(scenario, TEAM, 2)
    assert revisions(scenario, HANOI) == [1]


def test_rows_in_doubt_that_were_put_right_are_reported_with_both_ends(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    scenario.refused["phone-answer"] = 2
    post(scenario.build())
    scenario.refused["phone-answer"] = 1
    post(later(scenario, 1).build())
    assert (
        "읽지 못한 자료 2 → 1, 가능한 비율의 범위 16.0% ~ 100% (n=50) → 16.3% ~ 100% (n=49)"
        " – 확인이 필요한 자료가 새로 오거나 바로잡힘"
    ) in text_of(scenario, AGENCY, 2)
    assert revisions(scenario, TEAM) == [1], "its own figures stand"


def test_when_nothing_is_open_any_more_it_is_a_correction(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    scenario.refused["visit-comfort"] = 1
    scenario.many_met("visit-comfort", "branch-team", 3)
    post(scenario.build())
    scenario.refused.clear()
    post(later(scenario, 1).build())
    assert "가능한 비율의 범위 75.0% ~ 100% (n=4) → 모르는 것 없음" in text_of(scenario, AGENCY, 2)


def test_a_row_in_doubt_that_undoes_what_was_kept_is_reported_as_the_cause(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    scenario.many_met("visit-comfort", "branch-team", 3)
    post(scenario.build())
    scenario.refused["visit-comfort"] = 1
    post(later(scenario, 1).build())
    assert (
        "읽지 못한 자료 0 → 1, 가능한 비율의 범위 모르는 것 없음 → 75.0% ~ 100% (n=4), 결과 충족 → 자료 없음"
        " – 확인이 필요한 자료가 새로 오거나 바로잡힘"
    ) in text_of(scenario, AGENCY, 2)


def test_what_a_silent_day_may_hold_is_reported_when_it_is_counted_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    monkeypatch.setattr(builders, "MISSING_DAY_AT_MOST", 8)
    post(later(scenario, 1).build())
    assert "16.7% ~ 100% (n=48) → 50.0% ~ 100% (n=16) – 빠진 자료에 들어 있을 수 있는 건수를 다시 셈" in text_of(
        scenario, TEAM, 2
    )
    assert revisions(scenario, HANOI) == [1]


def test_a_rule_of_the_charter_that_changed_is_the_cause_where_no_row_is(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    for item in scenario.commitments:
        if item["subject_id"] == "CM-2026-011":
            item["status"] = "met"
    scenario.made_by = MadeBy(engine="this release", charter="an amended charter")
    post(later(scenario, 1).build())
    assert "헌장의 규칙이 바뀜 1건" in text_of(scenario, HANOI, 2)


# ── every reported figure stands ──────────────────────────────────────────────────────────


def test_a_later_rating_a_late_answer_and_what_falls_due_next_send_nothing(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    scenario.companions = [(*each[:3], each[3] + 1, each[4] + 1) for each in scenario.companions]
    for item in scenario.commitments:
        if item["subject_id"] == "VOC-2026-000420":
            item["fulfilled_at"] = item["due_at"] + timedelta(days=4)
    scenario.commitment(
        *("redress-correction", "hanoi", "CM-2026-020", "pending"), opened="2026-07-06 09:00", due="2026-07-13 09:00"
    )
    assert post(later(scenario, 1).build()).new == 0


def test_what_a_new_release_makes_of_the_same_rows_sends_nothing(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    scenario.made_by = NEXT_RELEASE
    for item in scenario.commitments:
        if item["subject_id"] == "CM-2026-011":
            item["status"] = "met"
    scenario.days_without_data.clear()
    assert post(later(scenario, 1).build()).new == 0
    assert post(later(scenario, 8).build(), "2026-W28").revised == 0


def test_after_a_new_release_every_further_difference_is_a_correction(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    scenario.made_by = NEXT_RELEASE
    post(later(scenario, 1).build())
    # A waiver: no row of the case itself came since.
    for item in scenario.commitments:
        if item["subject_id"] == "CM-2026-011":
            item.update(status="excluded", exclusion_rule="spam")
    post(later(scenario, 2).build())
    assert revisions(scenario, HANOI) == [1, 2]
    assert "뒤에 제외하거나 제외를 거둠 1건" in text_of(scenario, HANOI, 2)


def test_a_late_row_is_reported_also_when_a_new_release_came_with_it(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    scenario.made_by = NEXT_RELEASE
    late_breach(scenario, SUNDAY + timedelta(days=1))
    post(later(scenario, 1).build())
    assert revisions(scenario, HANOI) == [1, 2]
    assert revisions(scenario, TEAM) == [1]


def post_as_before_figures_were_kept(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """Posts a week and leaves of it what releases before 0.3.0 left: the forms, a fingerprint of their own making, and
    the closed week."""
    scenario.made_by = None
    with monkeypatch.context() as patch:
        patch.setattr(ReportedFigures, "fingerprint", lambda self: sha256(self.department_id.encode()).hexdigest())
        post(scenario.build())
    folder = week_folder(scenario.settings, WEEK)
    for path in [*folder.glob("*/r*/figures.json"), *folder.glob("decided.*")]:
        path.unlink()
    close_weeks(scenario.settings, scenario.agency, scenario.as_of)
    scenario.made_by = NEXT_RELEASE


def test_reports_of_a_release_that_kept_no_figures_send_nothing_after_the_upgrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = small_week(tmp_path / "var")
    post_as_before_figures_were_kept(scenario, monkeypatch)
    for item in scenario.commitments:
        if item["subject_id"] == "CM-2026-011":
            item["status"] = "met"
    assert post(later(scenario, 1).build()).new == 0
    assert post(later(scenario, 8).build(), "2026-W28").revised == 0


@pytest.mark.parametrize("upgraded_first", [True, False])
def test_a_late_row_of_a_week_that_such_a_release_reported_is_a_correction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upgraded_first: bool
) -> None:
    scenario = small_week(tmp_path / "var")
    post_as_before_figures_were_kept(scenario, monkeypatch)
    if upgraded_first:
        post(later(scenario, 1).build())
    late_breach(scenario, SUNDAY + timedelta(days=2))
    post(later(scenario, 2).build())
    assert revisions(scenario, HANOI) == [1, 2]
    assert "못 지킴 1 → 2 – 늦게 도착한 기록 1건" in text_of(scenario, HANOI, 2)
    assert revisions(scenario, TEAM) == [1]


def without_ends(scenario: Scenario) -> None:
    """Leaves of the figures on file what a release kept that kept neither rows in doubt nor ends."""
    for path in week_folder(scenario.settings, WEEK).glob("*/r1/figures.json"):
        figures = json.loads(path.read_text(encoding="utf-8"))
        for row in figures["standards"]:
            del row["in_doubt"], row["ends"]
        path.write_text(json.dumps(figures), encoding="utf-8")


def test_ends_that_nobody_kept_are_not_compared_and_from_then_on_they_are(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    without_ends(scenario)
    scenario.refused["phone-answer"] = 2
    assert post(later(scenario, 1).build()).new == 0, "the same release cannot say what was reported either"
    scenario.made_by = NEXT_RELEASE
    assert post(later(scenario, 2).build()).new == 0
    scenario.refused["phone-answer"] = 1
    post(later(scenario, 3).build())
    assert "읽지 못한 자료 2 → 1" in text_of(scenario, AGENCY, 2)


def test_a_check_that_fails_tonight_takes_nothing_back(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    later(scenario, 1).check("redress.agreement", "agreement", "check_error", standard_id="redress-correction")
    assert post(scenario.build()).new == 0


def test_an_older_warehouse_that_was_put_back_corrects_nothing(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    late_breach(scenario, SUNDAY)
    post(later(scenario, 2).build())
    scenario.commitments = [item for item in scenario.commitments if item["subject_id"] != "CM-2026-012"]
    assert post(later(scenario, 1).build()).new == 0


# ── who gets it ─────────────────────────────────────────────────────────────────────────────────


def with_recipient(scenario: Scenario, department_id: str, address: str) -> Scenario:
    newcomer = Recipient(name="새 부서장", address=address)
    departments = [
        department.model_copy(update={"recipients": [*department.recipients, newcomer]})
        if department.id == department_id
        else department
        for department in scenario.agency.organisation.departments
    ]
    organisation = scenario.agency.organisation.model_copy(update={"departments": departments})
    scenario.agency = scenario.agency.model_copy(update={"organisation": organisation})
    return scenario


def test_who_joins_later_gets_the_week_that_is_reported_and_no_older_one(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    with_recipient(scenario, "hanoi", "new@kotra.example")
    assert post(scenario).new == 1

    with_recipient(scenario, "hanoi", "newer@kotra.example")
    post(later(scenario, 8).build(), "2026-W28")
    assert "newer@kotra.example" not in messages(scenario)


def test_who_joined_later_gets_a_correction_as_a_first_report_without_the_word(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    with_recipient(scenario, "hanoi", "new@kotra.example")
    late_breach(scenario, SUNDAY + timedelta(days=1))
    post(later(scenario, 1).build())
    [(revision, subject)] = messages(scenario)["new@kotra.example"]
    assert (revision, "정정" in subject) == (1, False)
    assert revisions(scenario, HANOI) == [1, 2]


def test_what_was_rendered_and_never_posted_was_not_issued(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    late_breach(scenario, SUNDAY + timedelta(days=1))
    settings = settings_of(later(scenario, 1).build())
    # The run ends here: the revision lies on file, and in no outbox.
    prepare_week(settings, scenario.agency, WEEK)
    scenario.commitments[-1]["status"] = "met"
    post(scenario.build())
    assert revisions(scenario, HANOI) == [1, 2]
    reported = filed_figures(week_folder(settings, WEEK), "hanoi", 2)
    assert reported is not None
    assert [(row.met, row.breached) for row in reported.standards] == [(1, 1)]


# ── which week ──────────────────────────────────────────────────────────────────────────────────


def test_a_week_is_reported_late_as_it_is_known_now(tmp_path: Path) -> None:
    scenario = later(small_week(tmp_path / "var"), 30).build()
    posted = post(scenario)
    assert (posted.week, posted.new) == ("2026-W27", len(messages(scenario)))
    assert {revision for items in messages(scenario).values() for revision, _ in items} == {1}
    assert "기준시각 2026. 8. 4. 24:00" in text_of(scenario, HANOI, 1)


def test_a_week_that_the_warehouse_has_not_seen_the_end_of_is_refused(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    with pytest.raises(ReportError, match="before week 2026-W28 had ended"):
        post(scenario, "2026-W28")


def test_without_the_pages_what_was_closed_tells_what_was_sent(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    close_weeks(scenario.settings, scenario.agency, scenario.as_of)
    shutil.rmtree(scenario.settings.site_dir)
    assert post(later(scenario, 1).build()).new == 0
    late_breach(scenario, SUNDAY + timedelta(days=2))
    post(later(scenario, 2).build())
    assert revisions(scenario, HANOI) == [1, 2]


def test_the_commitments_that_were_reported_are_kept_beside_the_reports(tmp_path: Path) -> None:
    scenario = small_week(tmp_path / "var")
    post(scenario)
    [kept] = week_folder(scenario.settings, WEEK).glob("decided.*.parquet")
    assert kept.name == "decided.20260705T150000Z.parquet"
    with duckdb.connect() as reader:
        statuses = reader.execute(f"select status, count(*) from '{kept}' group by all order by all").fetchall()
    assert [status for status, _ in statuses] == ["breached", "met"]


# ── one report stops no other ───────────────────────────────────────────────────────────────────


def test_a_report_that_cannot_be_rendered_stops_that_report_alone_and_comes_with_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    week = small_week(tmp_path)
    render = PdfPrinter.render

    def fail_for_hanoi(self: PdfPrinter, view: ReportView, as_of: datetime) -> bytes:
        if view.department == "하노이무역관":
            raise ReportError("cannot be printed", where="report.typ", remedy="mend the template")
        return render(self, view, as_of)

    with monkeypatch.context() as patch:
        patch.setattr(PdfPrinter, "render", fail_for_hanoi)
        first = post(week)
    assert [problem.what for problem in first.problems] == ["cannot be printed"]
    assert first.new > 0
    assert HANOI not in messages(week)
    second = post(week)
    assert (second.new, second.problems) == (1, ())
    assert HANOI in messages(week)


def test_a_report_that_cannot_be_written_stops_that_report_alone_and_comes_with_the_next_run(tmp_path: Path) -> None:
    week = small_week(tmp_path)
    in_the_way = week_folder(week.settings, WEEK) / "branch-team"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_text("a file where the report's folder should be")
    first = post(week)
    (problem,) = first.problems
    assert str(in_the_way) in problem.where
    assert TEAM not in messages(week)
    assert {AGENCY, REGION, HANOI} <= set(messages(week))
    in_the_way.unlink()
    second = post(week)
    assert (second.new, second.problems) == (1, ())
    assert TEAM in messages(week)


def spoil(path: Path) -> None:
    path.write_bytes(b"\xff\xfe not what was written")


def put_a_folder_in_its_place(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [spoil, put_a_folder_in_its_place])
@pytest.mark.parametrize("name", ["figures.json", "figures.sha256"])
def test_a_report_on_file_that_cannot_be_read_stops_its_own_correction_alone(
    tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    week = small_week(tmp_path)
    post(week)
    damaged = week_folder(week.settings, WEEK) / "hanoi" / "r1" / name
    whole = damaged.read_bytes()
    damage(damaged)
    late_breach(week, SUNDAY + timedelta(days=1))
    prepared = prepare_week(settings_of(week), later(week, 1).build().agency, WEEK)
    (problem,) = post_week(settings_of(week), week.agency, prepared).problems
    assert problem.where == str(damaged)
    assert (revisions(week, HANOI), revisions(week, REGION), revisions(week, AGENCY)) == ([1], [1, 2], [1, 2])
    assert not any("hanoi" in file.parts for file in prepared.files), "nothing seals what was damaged"

    shutil.rmtree(damaged) if damaged.is_dir() else damaged.unlink()
    damaged.write_bytes(whole)
    assert post(week).problems == ()
    assert revisions(week, HANOI) == [1, 2]


def test_the_commitments_kept_beside_an_old_week_stop_no_other_week_when_they_are_damaged(tmp_path: Path) -> None:
    week = small_week(tmp_path)
    post(week)
    [kept] = week_folder(week.settings, WEEK).glob("decided.*.parquet")
    spoil(kept)
    posted = post(later(week, 8).build(), "2026-W28")
    (problem,) = posted.problems
    assert problem.where == str(kept)
    assert "no correction of this week goes out" in problem.what
    assert "move it away" in problem.remedy
    assert messages(week, "2026-W28")


def test_where_the_commitments_kept_are_gone_a_correction_goes_out_all_the_same(tmp_path: Path) -> None:
    week = small_week(tmp_path)
    post(week)
    [kept] = week_folder(week.settings, WEEK).glob("decided.*.parquet")
    kept.unlink()
    late_breach(week, SUNDAY + timedelta(days=1))
    assert post(later(week, 1).build()).problems == ()
    assert revisions(week, HANOI) == [1, 2]


@pytest.mark.parametrize("name", ["2026-W60", "2026-W00", "old", "2026-W27 (copy)"])
def test_a_folder_that_is_no_weeks_is_reported_and_stops_nothing(tmp_path: Path, name: str) -> None:
    week = small_week(tmp_path)
    post(week)
    (week_folder(week.settings, WEEK).parent / name).mkdir()
    posted = post(later(week, 8).build(), "2026-W28")
    (problem,) = posted.problems
    assert problem.what.startswith(f"'{name}' is no week")
    assert problem.remedy
    assert messages(week, "2026-W28")


def test_a_full_disk_is_no_one_reports_fault_and_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    week = small_week(tmp_path)

    def no_room(self: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("charter.base.files.os.fsync", no_room)
    with pytest.raises(StateError, match="the disk is full"):
        post(week)


def test_a_recipient_who_cannot_be_addressed_is_reported_and_all_others_get_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    week = small_week(tmp_path)
    (hanoi,) = [item for item in week.agency.organisation.departments if item.id == "hanoi"]
    monkeypatch.setattr(hanoi.recipients[0], "__dict__", {**hanoi.recipients[0].__dict__, "name": "둘째\n줄"})
    posted = post(week)
    (problem,) = posted.problems
    assert "department 'hanoi'" in problem.where
    assert "recipient 1" in problem.what
    assert HANOI not in messages(week)
    assert TEAM in messages(week)


def test_a_lost_outbox_is_rebuilt_from_the_reports_on_file_and_sends_nobody_anything(tmp_path: Path) -> None:
    week = small_week(tmp_path)
    settings = settings_of(week)
    post(week)
    with Outbox.open(settings) as outbox:
        before = {record.key: record.department_id for record in outbox.records()}
    shutil.rmtree(settings.outbox_dir)
    one = next(iter(before))
    sealed = {one: DeliverySeal(**one.model_dump(), state="sent", message_id="<x@y>")}

    states = rebuild(settings, refiled_messages(settings, week.agency, sealed), by="kim", reason="the disk broke")

    assert states == {"sent": 1, "unknown": len(before) - 1}
    again = post(week)
    assert (again.new, again.problems) == (0, ())
    with Outbox.open(settings) as outbox:
        assert {record.key: record.department_id for record in outbox.records()} == before
        assert outbox.queued() == []


def test_a_lost_outbox_is_rebuilt_also_when_a_report_on_file_is_damaged_which_then_nobody_sends_again(
    tmp_path: Path,
) -> None:
    week = small_week(tmp_path)
    settings = settings_of(week)
    post(week)
    with Outbox.open(settings) as outbox:
        before = {record.key for record in outbox.records()}
    shutil.rmtree(settings.outbox_dir)
    put_a_folder_in_its_place(week_folder(settings, WEEK) / "hanoi" / "r1" / "report.pdf")
    states = rebuild(settings, refiled_messages(settings, week.agency, {}), by="kim", reason="the disk broke")
    assert states == {"unknown": len(before)}
    with Outbox.open(settings) as outbox:
        assert {record.key for record in outbox.records()} == before


def test_somebody_who_left_is_known_by_the_seals_alone(tmp_path: Path) -> None:
    week = small_week(tmp_path)
    settings = settings_of(week)
    post(week)
    shutil.rmtree(settings.outbox_dir)
    gone = MessageKey(report="weekly", period="2026-W27", revision=1, recipient="gone@kotra.example")
    sealed = {gone: DeliverySeal(**gone.model_dump(), state="queued", message_id="<x@y>")}
    rebuild(settings, refiled_messages(settings, week.agency, sealed), by="kim", reason="the disk broke")
    with Outbox.open(settings) as outbox, pytest.raises(DeliveryError, match="content was lost"):
        outbox.resolve_unknown(gone, "requeue", by="kim", reason="not in the mailbox")
