"""A rendered week: files for every department that has something due, the same every time."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from charter.base.moments import closed_week
from charter.report import render_week, rendered_files

from .builders import usual_week


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_each_report_is_mail_text_and_pdf(tmp_path: Path) -> None:
    scenario = usual_week(tmp_path / "var")
    week = render_week(scenario.settings, scenario.agency, scenario.as_of)
    assert [report.department_id for report in week.reports][:3] == ["kotra", "branch-team", "customer-division"]
    folder = scenario.settings.site_dir / "reports" / "2026-W27" / "branch-team" / "r1"
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        *("figures.json", "figures.sha256", "mail.chart-1.png", "mail.html", "mail.txt"),
        *("report.csv", "report.html", "report.json", "report.pdf", "report.txt", "report.xlsx"),
    ]
    made = next(report for report in week.reports if report.department_id == "branch-team")
    assert (made.folder / "report.pdf").read_bytes() == made.own.pdf
    assert [person.address for person in made.recipients] == ["branch-team@kotra.example"]
    assert list(week.files) == rendered_files(scenario.settings, closed_week(scenario.as_of, scenario.agency.zone))
    assert len([path for path in week.files if path.suffix != ".png"]) == 10 * len(week.reports)


def test_the_same_facts_give_the_same_files(tmp_path: Path) -> None:
    for name in ("first", "second"):
        scenario = usual_week(tmp_path / name)
        render_week(scenario.settings, scenario.agency, scenario.as_of)
    assert digests(tmp_path / "first" / "site") == digests(tmp_path / "second" / "site")


def test_a_department_without_recipients_has_a_report_and_no_mail(tmp_path: Path) -> None:
    scenario = usual_week(tmp_path / "var")
    week = render_week(scenario.settings, scenario.agency, scenario.as_of)
    assert next(report for report in week.reports if report.department_id == "head-office").recipients == ()


def test_a_report_that_is_no_longer_due_stays_on_file_and_is_not_made_again(tmp_path: Path) -> None:
    scenario = usual_week(tmp_path / "var")
    before = render_week(scenario.settings, scenario.agency, scenario.as_of)
    scenario.commitments = [item for item in scenario.commitments if item["department_id"] != "hanoi"]
    scenario.build()
    week = render_week(scenario.settings, scenario.agency, scenario.as_of)
    assert "hanoi" not in {report.department_id for report in week.reports}
    # What was published, and is named in sealed evidence, is not taken away.
    assert [path for path in week.files if "hanoi" in path.parts] == [
        path for path in before.files if "hanoi" in path.parts
    ]


def test_nobody_is_named_in_any_file(tmp_path: Path) -> None:
    scenario = usual_week(tmp_path / "var")
    week = render_week(scenario.settings, scenario.agency, scenario.as_of)
    texts = "".join(
        path.read_text(encoding="utf-8") for path in week.files if path.suffix not in (".pdf", ".png", ".xlsx")
    )
    people = [person for item in scenario.agency.organisation.departments for person in item.recipients]
    assert [person.address for person in people if person.address in texts] == []


@pytest.mark.parametrize("revision", [1, 3])
def test_the_report_says_which_revision_it_is(tmp_path: Path, revision: int) -> None:
    scenario = usual_week(tmp_path / "var")
    week = render_week(scenario.settings, scenario.agency, scenario.as_of, {"branch-team": revision})
    made = next(report for report in week.reports if report.department_id == "branch-team")
    assert made.revision == revision
    assert ("[정정 3판]" in made.own.mail.subject) == (revision == 3)
