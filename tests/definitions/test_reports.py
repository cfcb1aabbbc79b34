"""reports.yaml: which reports are made, when, of what and for whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from .folder import CharterFolder

WEEKLY = "reports:\n  - {id: weekly, period: week}\n"
DIGEST = "  - {id: at-risk, period: working_day"


def problems(tmp_path: Path, text: str) -> str:
    folder = CharterFolder(tmp_path)
    (folder.path / "reports.yaml").write_text(text, encoding="utf-8")
    return "\n".join(str(problem) for problem in folder.problems())


def test_without_the_file_there_is_the_weekly_report_as_it_always_was(tmp_path: Path) -> None:
    folder = CharterFolder(tmp_path)
    (folder.path / "reports.yaml").unlink()
    agency = folder.load()
    assert [(report.id, report.period, report.cron) for report in agency.reports.reports] == [
        ("weekly", "week", "0 7 * * MON")
    ]
    assert agency.reports.of("working_day") is None


def test_one_entry_declares_a_report(tmp_path: Path) -> None:
    folder = CharterFolder(tmp_path)
    (folder.path / "reports.yaml").write_text(WEEKLY + f"{DIGEST}}}\n", encoding="utf-8")
    digest = folder.load().reports.of("working_day")
    assert digest is not None
    assert digest.cron == "30 7 * * *"
    assert digest.goes_to_heads
    assert digest.shows("resolved")


def test_which_reports_are_made_has_no_part_in_any_figure(tmp_path: Path) -> None:
    folder = CharterFolder(tmp_path)
    before = folder.load().digests
    (folder.path / "reports.yaml").unlink()
    assert folder.load().digests == before


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (f"{DIGEST}, sections: [due, trend]}}", "no section 'trend', nor has any other"),
        (f"{DIGEST}, sections: [due, trend]}}", "remove it, or use one of due, overdue, resolved"),
        (f"{DIGEST}, sections: [due, charts]}}", "no section 'charts': a report of a week or a month has it"),
        (f"{DIGEST}, sections: [due, due]}}", "the section 'due' is given twice"),
        (f"{DIGEST}, recipients: []}}", "the report 'at-risk' goes to nobody"),
        (f"{DIGEST}, sections: []}}", "name at least one section, or leave sections out"),
        (f"{DIGEST}, schedule: every morning}}", "it is no schedule such as '30 7 * * *'"),
        (f"{DIGEST}, schedule: 30 7 * * FOO}}", "it is no schedule such as '30 7 * * *'"),
        (f"{DIGEST}, schedule: 99 7 * * *}}", "it is no schedule such as '30 7 * * *'"),
        (f"{DIGEST}, least_n: 3}}", "remove least_n: a publication has it"),
        (f"{DIGEST}, recipients: [boss]}}", "'boss' is nobody that a report can go to"),
        (f"{DIGEST}, recipients: [heads, heads]}}", "'heads' is given twice"),
        ("  - {id: weekly-digest, period: working_day}", "choose an id that does not begin with 'weekly-'"),
        ("  - {id: by-month, period: month}", "call the report of a month 'monthly', and no other one"),
        ("  - {id: monthly, period: working_day}", "call the report of a month 'monthly', and no other one"),
        ("  - {id: monday, period: week}", "call the report of a week 'weekly', and no other one"),
        (f"{DIGEST}}}\n  - {{id: soon, period: working_day}}", "'at-risk' and 'soon' are both of a working_day"),
        ("  - {id: weekly, period: working_day}", "the report 'weekly' is given twice"),
        ("  - {id: public, period: year, recipients: [a@x.example]}", "a publication takes no recipients"),
        ("  - {id: fortnightly, period: fortnight}", "use one of the values named"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_what_to_do(tmp_path: Path, entry: str, said: str) -> None:
    found = problems(tmp_path, f"{WEEKLY}{entry}\n")
    assert said in found
    assert "kotra/reports.yaml:" in found


def test_a_section_that_the_period_cannot_have_is_told_at_its_own_line(tmp_path: Path) -> None:
    text = "reports:\n  - id: weekly\n    period: week\n    sections:\n      - breaches\n      - resolved\n"
    assert "kotra/reports.yaml:6" in problems(tmp_path, text)


def test_the_weekly_report_has_the_sections_and_recipients_of_its_entry(tmp_path: Path) -> None:
    folder = CharterFolder(tmp_path)
    text = "reports:\n  - {id: weekly, period: week, sections: [breaches, due], recipients: [Chief@kotra.example]}\n"
    (folder.path / "reports.yaml").write_text(text, encoding="utf-8")
    weekly = folder.load().reports.of("week")
    assert weekly is not None
    assert (weekly.shows("due"), weekly.shows("charts")) == (True, False)
    assert (weekly.goes_to_heads, weekly.addresses) == (False, ["chief@kotra.example"])


def test_a_monthly_report_needs_months_to_be_judged(tmp_path: Path) -> None:
    folder = CharterFolder(tmp_path)
    (folder.path / "reports.yaml").write_text(f"{WEEKLY}  - {{id: monthly, period: month}}\n", encoding="utf-8")
    monthly = folder.load().reports.of("month")
    assert monthly is not None
    assert monthly.cron == "0 7 1 * *"
    folder.change("charter.yaml", lambda said: said.pop("periods"))
    assert "add periods: [month] to charter.yaml" in "\n".join(str(problem) for problem in folder.problems())


def test_no_digest_goes_to_a_domain_that_mails_may_not_go_to(tmp_path: Path) -> None:
    folder = CharterFolder(tmp_path)
    folder.change("departments.yaml", lambda said: said.update(mail={"domains": ["kotra.example"]}))
    text = f"{WEEKLY}{DIGEST}, recipients: [heads, audit@elsewhere.example]}}\n"
    (folder.path / "reports.yaml").write_text(text, encoding="utf-8")
    assert "no mail may go to 'elsewhere.example'" in "\n".join(str(problem) for problem in folder.problems())
