"""Every medium tells the figures of the marts: read out of each as a reader does, and asked of the warehouse in SQL."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape

import duckdb
import openpyxl
import pytest

from charter.report import render_week
from charter.report.week import RenderedReport
from tests.report.builders import MONDAY, Scenario, usual_week

# A department, and the whole agency.
TEAM, AGENCY = "branch-team", "kotra"
FIGURE = r"2026-W27/[a-z-]+(?:/[a-z-]+)?"
PDFTOTEXT = shutil.which("pdftotext")


@dataclass(frozen=True)
class Counts:
    """What the marts count of one standard in the closed week."""

    met: int
    breached: int
    pending: int
    excluded: int

    @property
    def rate(self) -> str:
        """As a reader sees it: the share, and what it is of."""
        n = self.met + self.breached
        if not n:
            return ""
        share = "100%" if not self.breached else "0%" if not self.met else f"{100 * self.met / n:.1f}%"
        return f"{share} ({self.met}/{n})"


Figures = dict[str, Counts]
Rates = dict[str, str]


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return usual_week(tmp_path_factory.mktemp("media") / "var")


@pytest.fixture(scope="module")
def reports(week: Scenario) -> dict[str, RenderedReport]:
    rendered = render_week(week.settings, week.agency, week.as_of).reports
    return {report.department_id: report for report in rendered}


def in_the_marts(week: Scenario, department_id: str) -> Figures:
    """Figure → what the week's result counts; of those with anything to count."""
    owner = None if department_id == AGENCY else department_id
    with duckdb.connect(str(week.settings.warehouse), read_only=True) as warehouse:
        rows = warehouse.execute(
            "SELECT standard_id, met, breached, pending, excluded FROM marts.standard_results"
            " WHERE period_kind = 'week' AND period_start = ? AND department_id IS NOT DISTINCT FROM ?"
            " AND met + breached + pending + excluded > 0",
            [MONDAY, owner],
        ).fetchall()
    ending = f"/{owner}" if owner else ""
    return {f"2026-W27/{standard}{ending}": Counts(*counts) for standard, *counts in rows}


def counts_of_csv(report: RenderedReport) -> Figures:
    rows = csv.DictReader(io.StringIO((report.folder / "report.csv").read_text(encoding="utf-8-sig")))
    return {row["figure"]: Counts(*(int(row[name]) for name in Counts.__annotations__)) for row in rows}


def counts_of_json(report: RenderedReport) -> Figures:
    rows = json.loads((report.folder / "report.json").read_text(encoding="utf-8"))
    return {row["figure"]: Counts(*(row[name] for name in Counts.__annotations__)) for row in rows}


def counts_of_workbook(report: RenderedReport) -> Figures:
    heading, *rows = openpyxl.load_workbook(report.folder / "report.xlsx")["수치"].iter_rows(values_only=True)
    at = [heading.index(title) for title in ("지킴", "못 지킴", "진행 중", "제외")]
    return {str(row[0]): Counts(*(int(str(row[column])) for column in at)) for row in rows}


def counts_of_pdf(report: RenderedReport) -> Figures:
    counts = r"지킴 ([\d,]+)\s못 지킴 ([\d,]+)\s진행 중 ([\d,]+)\s제외 ([\d,]+)"
    return {
        name: Counts(*(int(count.replace(",", "")) for count in found.groups()))
        for name, cell in after_each_name(text_of_pdf(report))
        if (found := re.search(counts, cell))
    }


def rates_of_pdf(report: RenderedReport) -> Rates:
    rate = r"([\d.]+%) (\(\d+/\d+\))"
    cells = after_each_name(text_of_pdf(report))
    return {name: f"{found[1]} {found[2]}" for name, cell in cells if (found := re.search(rate, cell))}


def rates_of_page(report: RenderedReport) -> Rates:
    return rates_of_rows((report.folder / "report.html").read_text(encoding="utf-8"))


def rates_of_mail(report: RenderedReport) -> Rates:
    return rates_of_rows((report.folder / "mail.html").read_text(encoding="utf-8"))


def rates_of_text(report: RenderedReport) -> Rates:
    return rates_of_lines((report.folder / "report.txt").read_text(encoding="utf-8"))


def rates_of_mails_text(report: RenderedReport) -> Rates:
    return rates_of_lines((report.folder / "mail.txt").read_text(encoding="utf-8"))


def rates_of_rows(html: str) -> Rates:
    found: Rates = {}
    for row in re.findall(r"<tr\b.*?</tr>", html, re.DOTALL):
        text = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", row)))
        name, rate = re.search(FIGURE, text), re.search(r"([\d.]+%) (\(\d+/\d+\))", text)
        if name and rate:
            found[name[0]] = f"{rate[1]} {rate[2]}"
    return found


def rates_of_lines(text: str) -> Rates:
    """A standard's rate stands between its title, which begins with a hyphen, and its figure's name."""
    found: Rates = {}
    for entry in re.split(r"^- ", text, flags=re.MULTILINE):
        name = re.search(rf"^  ({FIGURE})$", entry, re.MULTILINE)
        rate = re.search(r"^  (\d+/\d+) · ([\d.]+%)", entry, re.MULTILINE)
        if name and rate:
            found[name[1]] = f"{rate[2]} ({rate[1]})"
    return found


def text_of_pdf(report: RenderedReport) -> str:
    if PDFTOTEXT is None:
        pytest.skip("needs the program pdftotext (Debian: apt-get install poppler-utils)")
    command = [PDFTOTEXT, "-raw", str(report.folder / "report.pdf"), "-"]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode()


def after_each_name(text: str) -> list[tuple[str, str]]:
    """Figure → what is printed from its name to the next one. A name goes on in the next line after a slash."""
    joined = re.sub(r"(2026-W27/(?:[a-z-]+/)?)\n(?=[a-z-])", r"\1", text)
    joined = re.sub(r"(2026-W27/[a-z-]+/)\n(?=[a-z-])", r"\1", joined)
    parts = re.split(rf"^({FIGURE})$", joined, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("department_id", [TEAM, AGENCY])
@pytest.mark.parametrize("counted", [counts_of_csv, counts_of_json, counts_of_workbook, counts_of_pdf])
def test_counts_are_those_of_the_marts(
    week: Scenario,
    reports: dict[str, RenderedReport],
    counted: Callable[[RenderedReport], Figures],
    department_id: str,
) -> None:
    told = {name: counts for name, counts in counted(reports[department_id]).items() if any(vars(counts).values())}
    assert told == in_the_marts(week, department_id)


@pytest.mark.parametrize("department_id", [TEAM, AGENCY])
@pytest.mark.parametrize("rated", [rates_of_pdf, rates_of_page, rates_of_text])
def test_rates_are_those_of_the_marts(
    week: Scenario, reports: dict[str, RenderedReport], rated: Callable[[RenderedReport], Rates], department_id: str
) -> None:
    known = {name: counts.rate for name, counts in in_the_marts(week, department_id).items() if counts.rate}
    assert rated(reports[department_id]) == known


@pytest.mark.parametrize("rated", [rates_of_mail, rates_of_mails_text])
def test_a_teams_mail_has_the_rates_of_the_marts(
    week: Scenario, reports: dict[str, RenderedReport], rated: Callable[[RenderedReport], Rates]
) -> None:
    """It shows the standards that were not kept or not judged."""
    known = {name: counts.rate for name, counts in in_the_marts(week, TEAM).items()}
    told = rated(reports[TEAM])
    assert {name for name in known if "first-reply" in name or "phone" in name} <= set(told)
    assert told == {name: known[name] for name in told}


@pytest.mark.parametrize("form", ["mail.html", "mail.txt", "report.html", "report.txt"])
def test_the_agency_is_told_of_each_pledge_what_the_marts_count(
    week: Scenario, reports: dict[str, RenderedReport], form: str
) -> None:
    with duckdb.connect(str(week.settings.warehouse), read_only=True) as warehouse:
        known = warehouse.execute(
            "SELECT pledge_ko, sum(met), sum(breached), sum(pending) FROM marts.standard_results"
            " JOIN (SELECT DISTINCT standard_id, pledge_ko FROM marts.dim_standard) USING (standard_id)"
            " WHERE period_kind = 'week' AND period_start = ? AND department_id IS NULL GROUP BY pledge_ko",
            [MONDAY],
        ).fetchall()
    text = unescape(re.sub(r"<[^>]*>|\s+", " ", (reports[AGENCY].folder / form).read_text(encoding="utf-8")))
    assert len(known) == 5
    for pledge, met, breached, pending in known:
        told = re.search(rf"{re.escape(pledge)}\W.{{0,80}}?지킴 (\d+) · 못 지킴 (\d+) · 진행 중 (\d+)", text)
        assert told
        assert [int(count) for count in told.groups()] == [met, breached, pending]


@pytest.mark.parametrize("department_id", [TEAM, AGENCY])
def test_the_first_screen_counts_as_the_marts_do(
    week: Scenario, reports: dict[str, RenderedReport], department_id: str
) -> None:
    known = in_the_marts(week, department_id).values()
    met, breached = sum(each.met for each in known), sum(each.breached for each in known)
    report = reports[department_id]
    assert f"[못 지킴 {breached} " in report.own.mail.subject
    for name in ("mail.txt", "mail.html", "report.txt", "report.html"):
        text = (report.folder / name).read_text(encoding="utf-8")
        assert f"지키지 못한 약속 {breached}건" in text
    assert f"판정 {met + breached}건 가운데 {met}건 지킴" in report.own.mail.text
    assert f"판정 {met + breached}건: 지킴 {met}, 못 지킴 {breached}" in text_of_pdf(report)
