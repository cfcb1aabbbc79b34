"""Posting: each recipient gets a week's figures once, and a correction when they have changed."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path

from charter.deliver import Outbox
from charter.report import PostedWeek, post_week
from charter.settings import Settings

from .builders import Scenario, usual_week

SENDER = {"CHARTER_MAIL_FROM": "고객서비스헌장 <charter@kotra.example>"}


def settings_of(scenario: Scenario) -> Settings:
    return replace(scenario.settings, environment=SENDER)


def post(scenario: Scenario) -> PostedWeek:
    return post_week(settings_of(scenario), scenario.agency, scenario.as_of)


def messages(scenario: Scenario) -> dict[str, list[tuple[int, str]]]:
    """Recipient → (revision, subject) of every message in the outbox."""
    found: dict[str, list[tuple[int, str]]] = {}
    with Outbox.open(settings_of(scenario)) as outbox:
        for record in outbox.records():
            subject = str(make_header(decode_header(message_from_bytes(outbox.mime(record.key))["Subject"])))
            found.setdefault(record.key.recipient, []).append((record.key.revision, subject))
    return found


def test_every_recipient_gets_one_message(tmp_path: Path) -> None:
    scenario = usual_week(tmp_path / "var")
    posted = post(scenario)
    found = messages(scenario)
    assert posted.week == "2026-W27"
    assert posted.new == len(found) == sum(len(items) for items in found.values())
    assert {"president@kotra.example", "voc-team@kotra.example", "voc-desk@kotra.example"} <= set(found)
    assert "aftercare-team@kotra.example" not in found


def test_posting_again_tells_nobody_anything_new(tmp_path: Path) -> None:
    scenario = usual_week(tmp_path / "var")
    first = post(scenario)
    assert post(scenario) == replace(first, new=0, already=first.new)


def test_a_later_day_alone_sends_nothing_and_leaves_the_files(tmp_path: Path) -> None:
    scenario = usual_week(tmp_path / "var")
    first = post(scenario)
    report = scenario.settings.site_dir / "reports" / "2026-W27" / "hanoi" / "r1" / "report.pdf"
    before = report.read_bytes()
    scenario.as_of_day = scenario.as_of_day.replace(day=7)
    again = post(scenario.build())
    assert (again.new, again.already) == (0, first.new)
    assert report.read_bytes() == before


def test_a_restated_week_goes_out_as_a_visible_correction(tmp_path: Path) -> None:
    scenario = usual_week(tmp_path / "var")
    post(scenario)
    scenario.commitment(
        "redress-correction", "hanoi", "CM-2026-012", "breached", opened="2026-06-26 09:00", due="2026-07-03 09:00"
    )
    post(scenario.build())
    found = messages(scenario)
    assert [revision for revision, _ in found["hanoi@kotra.example"]] == [1, 2]
    assert "[정정 2판]" in found["hanoi@kotra.example"][1][1]
    folder = scenario.settings.site_dir / "reports" / "2026-W27" / "hanoi"
    assert sorted(path.name for path in folder.iterdir()) == ["r1", "r2"]
    # The region above hears of it too; a department that it does not touch does not.
    assert len(found["southeast-asia@kotra.example"]) == 2
    assert len(found["branch-team@kotra.example"]) == 1
