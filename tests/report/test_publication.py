"""A year as the public is told it: small counts left out everywhere, and never changed without a revision."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import duckdb
import pytest

from charter.base.errors import ReportError
from charter.definitions.models import Agency, ReportDefinition, Reports
from charter.report.facts.publication import Publication
from charter.report.publish import PublishedYear, publish_year

from .builders import Scenario
from .golden import check_golden
from .render.paper import flaws

REPLY, TEAM = "branch-first-reply", "branch-team"
NEW_YEARS_EVE = date(2026, 12, 31)


def year(folder: Path) -> Scenario:
    """A year in which headquarters kept 300 replies and broke 12, and Hanoi kept 40 and broke 2."""
    scenario = Scenario(folder, as_of_day=NEW_YEARS_EVE)
    scenario.earlier_weeks(REPLY, TEAM, [(300, 12)])
    scenario.earlier_weeks(REPLY, "hanoi", [(40, 2)])
    scenario.earlier_weeks(REPLY, "tokyo", [(60, 30)])
    scenario.earlier_weeks("phone-answer", TEAM, [(90, 3)])
    scenario.comment(REPLY, None, date(2026, 1, 1), NEW_YEARS_EVE, "주말에 들어온 문의의 답변이 늦었습니다.")
    scenario.comment(REPLY, None, date(2026, 6, 29), date(2026, 7, 5), "한 주에 대한 글")
    scenario.action(REPLY, None, due=date(2027, 3, 31))
    return scenario


def with_publication(agency: Agency) -> Agency:
    definition = ReportDefinition(id="publication", period="year")
    return agency.model_copy(update={"reports": Reports(reports=[definition])})


def publish(scenario: Scenario, number: int = 2026, *, draft: bool = False) -> PublishedYear:
    return publish_year(scenario.settings, with_publication(scenario.agency), number, draft=draft)


def told(made: PublishedYear) -> Publication:
    return Publication.model_validate_json((made.folder / "figures.json").read_bytes())


def rows(made: PublishedYear) -> list[dict[str, str]]:
    with (made.folder / f"charter-{made.year}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_figures_are_those_of_the_marts(tmp_path: Path) -> None:
    scenario = year(tmp_path / "var").build()
    made = publish(scenario)
    with duckdb.connect(str(scenario.settings.warehouse), read_only=True) as warehouse:
        known = {
            name: counts
            for name, *counts in warehouse.execute(
                "SELECT standard_id, met, breached, met + breached FROM marts.standard_results"
                " WHERE period_kind = 'year' AND department_id IS NULL"
            ).fetchall()
        }
    for each in told(made).standards:
        for shown, count in zip(each.total.model_dump().values(), known[each.id], strict=True):
            assert shown in (None, count)


def test_page_table_and_figures_tell_the_same(tmp_path: Path) -> None:
    made = publish(year(tmp_path / "var").build())
    page = (made.folder / "index.en.html").read_text(encoding="utf-8")
    for each in told(made).standards:
        [row] = [one for one in rows(made) if one["standard"] == each.id and not one["division"]]
        shown = ["" if count is None else str(count) for count in each.total.model_dump().values()]
        assert [row["met"], row["breached"], row["n"]] == shown
        found = re.search(rf'<tr id="{each.id}">.*?</tr>', page, re.DOTALL)
        assert found
        cells = re.findall(r'<td class="n">([^<]*)</td>', found[0])[:3]
        assert [cell.replace(",", "") for cell in cells] == [count or "not shown" for count in shown]


def test_the_paper_is_archival_accessible_and_the_same_each_time(tmp_path: Path) -> None:
    made = publish(year(tmp_path / "a" / "var").build())
    again = publish(year(tmp_path / "b" / "var").build())
    for name in ("charter-2026.pdf", "charter-2026.en.pdf"):
        pdf = (made.folder / name).read_bytes()
        assert flaws(pdf) == []
        assert pdf == (again.folder / name).read_bytes()


def test_a_small_count_is_in_no_file_and_a_second_one_hides_it(tmp_path: Path) -> None:
    made = publish(year(tmp_path / "var").build())
    [reply] = [each for each in told(made).standards if each.id == REPLY]
    hidden = [group.id for group in reply.groups if group.counts.breached is None]
    assert len(hidden) > 1
    assert reply.total.is_whole
    [phone] = [each for each in told(made).standards if each.id == "phone-answer"]
    assert phone.total.breached is None
    assert phone.result is None, "a result could tell whether the count is 0"


def test_what_owners_say_of_the_year_and_what_will_be_done_is_published(tmp_path: Path) -> None:
    made = publish(year(tmp_path / "var").build())
    page = (made.folder / "index.html").read_text(encoding="utf-8")
    assert "주말에 들어온 문의의 답변이 늦었습니다." in page
    assert "두 사람으로 늘림 – 2027. 3. 31.까지" in page
    assert "한 주에 대한 글" not in page, "a comment on a week is for the week's report"
    assert "한 사람이 창구를 맡음" not in page, "causes are not for the public"


def test_what_was_published_stands_until_a_revision_names_what_changed(tmp_path: Path) -> None:
    scenario = year(tmp_path / "var").build()
    first = publish(scenario)
    before = (first.folder / "index.html").read_bytes()
    assert (first.revision, publish(scenario).written) == (1, ())
    scenario.earlier_weeks(REPLY, TEAM, [(5, 5)])
    second = publish(scenario.build())
    assert (second.revision, second.changed) == (2, (REPLY,))
    assert (first.folder / "index.html").read_bytes() == before
    page = (second.folder / "index.html").read_text(encoding="utf-8")
    assert "먼저 공개한 1판의 내용이 바뀌어 바로잡습니다. 바뀐 이행표준: 홈페이지와" in page


def test_what_one_revision_left_out_no_later_one_tells(tmp_path: Path) -> None:
    scenario = year(tmp_path / "var").build()
    first = told(publish(scenario))
    scenario.earlier_weeks(REPLY, "hanoi", [(0, 20)])
    second = told(publish(scenario.build()))
    [before], [after] = ([each for each in one.standards if each.id == REPLY] for one in (first, second))
    shown = {group.id: group.counts.model_dump() for group in after.groups}
    for group in before.groups:
        for column, count in group.counts.model_dump().items():
            assert count is not None or shown[group.id][column] is None


def test_a_year_that_has_not_ended_is_a_draft_and_says_so(tmp_path: Path) -> None:
    scenario = year(tmp_path / "var")
    scenario.as_of_day = date(2026, 12, 30)
    scenario.build()
    with pytest.raises(ReportError, match="has not ended"):
        publish(scenario)
    made = publish(scenario, draft=True)
    assert made.revision is None
    assert "공개용이 아닙니다" in (made.folder / "index.html").read_text(encoding="utf-8")


def test_a_year_without_promises_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="nothing was promised in 2019"):
        publish(year(tmp_path / "var").build(), 2019)


@pytest.mark.parametrize("name", ["index.html", "index.en.html", "charter-2026.csv"])
def test_it_reads_as_the_golden_file_has_it(tmp_path: Path, name: str) -> None:
    made = publish(year(tmp_path / "var").build())
    text = (made.folder / name).read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    check_golden(f"publication.{name}", re.sub(r"<style>.*?</style>", "<style></style>", text, flags=re.DOTALL))


# ── measured and felt ───────────────────────────────────────────────────────────────────────────


def felt_row(made: PublishedYear) -> dict[str, str]:
    return next(row for row in rows(made) if row["standard"] == REPLY and not row["division"])


def test_what_customers_feel_stands_beside_what_is_measured(tmp_path: Path) -> None:
    scenario = year(tmp_path / "var")
    scenario.companions.append((REPLY, "felt", TEAM, 30.0, 60))
    made = publish(scenario.build())
    page = (made.folder / "index.en.html").read_text(encoding="utf-8")
    assert "felt 50.0% (n=60)" in page
    assert "“Are you satisfied with the answer?” – 4 or more on a scale of 1 to 5" in page
    assert (felt_row(made)["agreed"], felt_row(made)["answered"]) == ("30", "60")


def test_nobody_who_answered_is_no_data_and_no_agreement(tmp_path: Path) -> None:
    page = (publish(year(tmp_path / "var").build()).folder / "index.en.html").read_text(encoding="utf-8")
    assert "felt no data (nobody answered)" in page


@pytest.mark.parametrize(("agreed", "answered"), [(3.0, 60), (57.0, 60), (2.0, 4)])
def test_few_who_agree_or_who_do_not_are_left_out_with_all_answers(
    tmp_path: Path, agreed: float, answered: int
) -> None:
    scenario = year(tmp_path / "var")
    scenario.companions.append((REPLY, "felt", TEAM, agreed, answered))
    made = publish(scenario.build())
    assert (felt_row(made)["agreed"], felt_row(made)["answered"]) == ("", "")
    assert "felt not shown" in (made.folder / "index.en.html").read_text(encoding="utf-8")


def test_answers_that_were_left_out_once_are_told_by_no_later_revision(tmp_path: Path) -> None:
    scenario = year(tmp_path / "var")
    scenario.companions.append((REPLY, "felt", TEAM, 3.0, 60))
    publish(scenario.build())
    scenario.companions.append((REPLY, "felt", "hanoi", 5.0, 10))
    scenario.comment(REPLY, None, date(2026, 1, 1), NEW_YEARS_EVE, "고객의 답을 더 받았습니다.")
    made = publish(scenario.build())
    assert made.revision == 2
    assert felt_row(made)["answered"] == ""
