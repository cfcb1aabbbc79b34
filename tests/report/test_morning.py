"""The digest of a working day: each recipient gets it once, and nothing when there is nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path

import pytest

from charter.base.errors import ReportError
from charter.base.settings import Settings
from charter.definitions.models import Agency, Recipient, ReportDefinition, Reports
from charter.deliver import MessageKey, MessageState, Outbox
from charter.evidence.manifest import DeliverySeal
from charter.report.facts.retold import refiled_digests
from charter.report.morning import PostedMorning, post_morning, prepare_morning

from .builders import SUNDAY, Scenario, usual_week
from .golden import check_golden

SENDER = {"CHARTER_MAIL_FROM": "고객서비스헌장 <charter@kotra.example>"}
REPLY, TEAM = "branch-first-reply", "branch-team"
TEAM_HEAD = "branch-team@kotra.example"


def settings_of(scenario: Scenario) -> Settings:
    return replace(scenario.settings, environment=SENDER)


def run(scenario: Scenario, agency: Agency | None = None) -> PostedMorning:
    settings, agency = settings_of(scenario), agency or scenario.agency
    return post_morning(settings, agency, prepare_morning(settings, agency, scenario.as_of))


def subjects(scenario: Scenario) -> dict[str, list[str]]:
    """Recipient → the subjects of the digests in the outbox, oldest first."""
    found: dict[str, list[str]] = {}
    with Outbox.open(settings_of(scenario)) as outbox:
        for record in outbox.records(report="at-risk"):
            subject = message_from_bytes(outbox.mime(record.key))["Subject"]
            found.setdefault(record.key.recipient, []).append(str(make_header(decode_header(subject))))
    return found


def with_digest(agency: Agency, **said: object) -> Agency:
    definition = ReportDefinition.model_validate({"id": "at-risk", "period": "working_day", **said})
    return agency.model_copy(update={"reports": Reports(reports=[definition])})


def due_today(scenario: Scenario, subject: str = "VOC-1") -> None:
    scenario.commitment(REPLY, TEAM, subject, "pending", opened="2026-07-04 13:20", due="2026-07-06 13:20")


def the_night_after(scenario: Scenario, day: date) -> Scenario:
    scenario.as_of_day = day
    return scenario


def test_the_owner_is_told_once_with_the_verdict_first(empty: Scenario) -> None:
    due_today(empty)
    assert run(empty.build()) == PostedMorning(new=1, already=0, problems=())
    assert subjects(empty) == {TEAM_HEAD: ["[오늘 기한 1] 지사화팀 7. 6.(월)"]}
    assert run(empty).new == 0
    assert run(empty).already == 1


def test_nothing_is_sent_when_nothing_is_at_risk(empty: Scenario) -> None:
    empty.many_met(REPLY, TEAM, 3)
    prepared = prepare_morning(settings_of(empty.build()), empty.agency, empty.as_of)
    assert (prepared.digests, prepared.messages, prepared.files) == (0, (), ())


def test_when_a_source_was_silent_nobody_is_left_to_believe_that_nothing_is_at_risk(empty: Scenario) -> None:
    empty.many_met(REPLY, TEAM, 3)
    empty.no_data(REPLY, "voc", SUNDAY, reason="the database was away")
    run(empty.build())
    assert subjects(empty)[TEAM_HEAD] == ["[자료 없음 1] 지사화팀 7. 6.(월)"]
    text = (empty.folder / "digests/at-risk/2026-07-06/branch-team/r1/mail.txt").read_text(encoding="utf-8")
    assert "자료가 들어오지 않아 오늘 챙길 것이 있는지 알 수 없습니다" in text
    assert "7. 5.(일)" in text
    assert "aftercare-team@kotra.example" not in subjects(empty), "nothing of theirs comes from it"
    assert run(empty).new == 0


def test_whoever_answers_for_a_silent_source_is_told_also_without_a_case_from_it(empty: Scenario) -> None:
    sources = [
        source.model_copy(update={"owner": "aftercare-team"}) if source.id == "voc" else source
        for source in empty.agency.sources
    ]
    empty.agency = empty.agency.model_copy(update={"sources": sources})
    empty.no_data(REPLY, "voc", SUNDAY, reason="the database was away")
    run(empty.build())
    assert subjects(empty)["aftercare-team@kotra.example"][0].startswith("[자료 없음 1]")


def test_when_the_silent_source_has_spoken_and_nothing_is_at_risk_that_is_told_as_a_correction(empty: Scenario) -> None:
    empty.many_met(REPLY, TEAM, 3)
    empty.no_data(REPLY, "voc", SUNDAY, reason="the database was away")
    run(empty.build())
    empty.gaps.clear()
    run(empty.build())
    assert subjects(empty)[TEAM_HEAD][-1] == "[정정 2판] [없음] 지사화팀 7. 6.(월)"


def test_on_a_day_off_nothing_is_sent(empty: Scenario) -> None:
    empty.commitment(REPLY, TEAM, "VOC-1", "pending", opened="2026-07-03 08:00", due="2026-07-05 08:00")
    the_night_after(empty, date(2026, 7, 3)).build()
    prepared = prepare_morning(settings_of(empty), empty.agency, empty.as_of)
    assert (prepared.day, prepared.is_working_day, prepared.messages) == (date(2026, 7, 4), False, ())


def test_the_next_digest_is_compared_with_the_one_before(empty: Scenario) -> None:
    due_today(empty, "VOC-1")
    due_today(empty, "VOC-2")
    run(empty.build())
    empty.commitments.clear()
    empty.commitment(REPLY, TEAM, "VOC-1", "breached", opened="2026-07-04 13:20", due="2026-07-06 13:20")
    empty.commitment(
        *(REPLY, TEAM, "VOC-2", "met"), opened="2026-07-04 13:20", due="2026-07-06 13:20", fulfilled="2026-07-06 10:00"
    )
    due = "2026-07-07 18:00"
    empty.commitment(REPLY, TEAM, "VOC-3", "pending", opened="2026-07-05 18:00", due=due)
    the_night_after(empty, date(2026, 7, 6)).build()
    run(empty)
    assert subjects(empty)[TEAM_HEAD][-1] == "[오늘 기한 1 · 밀림 1] 지사화팀 7. 7.(화)"
    text = (empty.folder / "digests/at-risk/2026-07-07/branch-team/r1/mail.txt").read_text(encoding="utf-8")
    assert "7. 6.(월) 알림 뒤: 새로 1건, 기한을 넘김 1건, 계속 0건, 끝남 1건" in text
    assert "기한 안에 처리" in text


def test_other_figures_of_the_same_morning_go_out_as_a_visible_correction(empty: Scenario) -> None:
    due_today(empty)
    run(empty.build())
    empty.commitments.clear()
    run(empty.build())
    assert subjects(empty)[TEAM_HEAD][-1] == "[정정 2판] [없음] 지사화팀 7. 6.(월)"
    run(empty)
    assert len(subjects(empty)[TEAM_HEAD]) == 2


def test_a_digest_that_was_filed_and_told_to_nobody_is_not_compared_with(empty: Scenario) -> None:
    due_today(empty)
    prepare_morning(settings_of(empty.build()), empty.agency, empty.as_of)
    the_night_after(empty, date(2026, 7, 6)).build()
    run(empty)
    text = (empty.folder / "digests/at-risk/2026-07-07/branch-team/r1/mail.txt").read_text(encoding="utf-8")
    assert "첫 알림이어서" in text


def test_an_address_gets_the_digest_of_the_whole_agency(empty: Scenario) -> None:
    due_today(empty)
    agency = with_digest(empty.agency, recipients=["quality@kotra.example"])
    run(empty.build(), agency)
    assert subjects(empty) == {"quality@kotra.example": ["[오늘 기한 1] 기관 전체 7. 6.(월)"]}
    assert run(empty, agency).already == 1


def test_a_mailbox_that_serves_several_departments_gets_one_of_each(empty: Scenario) -> None:
    shared = Recipient(name="Both", address="shared@kotra.example")
    departments = [
        each.model_copy(update={"recipients": [shared]}) if each.id in (TEAM, "voc-team") else each
        for each in empty.agency.organisation.departments
    ]
    organisation = empty.agency.organisation.model_copy(update={"departments": departments})
    agency = empty.agency.model_copy(update={"organisation": organisation})
    due_today(empty)
    empty.commitment(REPLY, "voc-team", "VOC-9", "pending", opened="2026-07-04 13:20", due="2026-07-06 13:20")
    assert run(empty.build(), agency).new == 2
    assert run(empty, agency).new == 0


def test_a_recipient_who_joins_later_gets_the_digest_as_a_first_one(empty: Scenario) -> None:
    due_today(empty)
    run(empty.build())
    team = next(each for each in empty.agency.organisation.departments if each.id == TEAM)
    joined = team.model_copy(
        update={"recipients": [*team.recipients, Recipient(name="New", address="new@kotra.example", language="en")]}
    )
    departments = [joined if each.id == TEAM else each for each in empty.agency.organisation.departments]
    organisation = empty.agency.organisation.model_copy(update={"departments": departments})
    run(empty, empty.agency.model_copy(update={"organisation": organisation}))
    assert subjects(empty)["new@kotra.example"][0].startswith("[1 due today] ")
    assert len(subjects(empty)[TEAM_HEAD]) == 1


def test_an_agency_that_declares_no_digest_is_told_how_to(empty: Scenario) -> None:
    agency = empty.agency.model_copy(update={"reports": Reports()})
    with pytest.raises(ReportError, match="period: working_day"):
        prepare_morning(settings_of(empty.build()), agency, empty.as_of)


def test_a_lost_outbox_is_rebuilt_with_the_digests_that_were_sent(empty: Scenario) -> None:
    due_today(empty)
    run(empty.build())
    key = MessageKey(report="at-risk", period="2026-07-06", revision=1, recipient=TEAM_HEAD)
    seal = DeliverySeal(**key.model_dump(), state="sent", message_id="<a@b>")
    known = refiled_digests(settings_of(empty), empty.agency, {key: seal})
    assert [(each.message.key, each.state) for each in known] == [(key, MessageState.SENT)]
    assert "오늘 기한 1" in known[0].message.subject
    unsealed = refiled_digests(settings_of(empty), empty.agency, {})
    assert [each.state for each in unsealed] == [MessageState.UNKNOWN]


@pytest.mark.parametrize("language", ["ko", "en", "de"])
def test_the_mail_reads_as_the_golden_file_has_it(tmp_path: Path, language: str) -> None:
    week = usual_week(tmp_path / "var")
    week.gaps["voc", date(2026, 7, 5)] = "missing"
    week.build()
    team = next(each for each in week.agency.organisation.departments if each.id == TEAM)
    reader = Recipient(name="Reader", address="reader@kotra.example", language=language)
    departments = [
        each.model_copy(update={"recipients": [reader]}) if each.id == team.id else each
        for each in week.agency.organisation.departments
    ]
    organisation = week.agency.organisation.model_copy(update={"departments": departments})
    agency = week.agency.model_copy(update={"organisation": organisation})
    settings = settings_of(week)
    prepared = prepare_morning(settings, agency, week.as_of, {week.as_of: "ab" * 32})
    [message] = [each for each in prepared.messages if each.recipient == "reader@kotra.example"]
    check_golden(f"at-risk.{language}.txt", f"{message.subject}\n\n{message.text}")
    if language == "ko":
        check_golden("at-risk.html", message.html)
