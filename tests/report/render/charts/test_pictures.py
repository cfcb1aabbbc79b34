"""Pictures as files: small, the same each time, legible to programs, and in the page's colours."""

from __future__ import annotations

import struct
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from charter.report.facts.gather import week_facts
from charter.report.render.charts.colours import COLOURS
from charter.report.render.charts.control import draw_control
from charter.report.render.charts.outputs import for_mail, for_paper
from charter.report.render.charts.pictures import MOST_IN_MAIL, picture_of_page, pictures_of_mail
from charter.report.view.chart_models import ActionMark, ControlView
from charter.report.view.models import ReportView
from charter.report.view.report import PAPER, department_view
from charter.words import words_in

from ...builders import Scenario

HOSTILE = '"><script>alert(1)</script>\\1 &'


@pytest.fixture(scope="module")
def view(usual: Scenario) -> ReportView:
    facts = next(
        item for item in week_facts(usual.settings, usual.agency, usual.as_of) if item.department.id == "branch-team"
    )
    return department_view(words_in(usual.settings, usual.agency, "ko"), usual.agency, facts, PAPER)


@pytest.fixture(scope="module")
def chart(view: ReportView) -> ControlView:
    return view.charts[0]


def test_a_mail_has_at_most_two_pictures_with_their_words(view: ReportView) -> None:
    found = pictures_of_mail(view)
    assert 1 <= len(found) <= MOST_IN_MAIL
    for picture in found:
        assert picture.alt and picture.title and picture.lines
        assert len(picture.png) < 25_000
        assert struct.unpack(">II", picture.png[16:24]) == (2 * picture.width, 2 * picture.height)


def test_the_same_chart_gives_the_same_bytes(chart: ControlView) -> None:
    assert for_mail(draw_control(chart)) == for_mail(draw_control(chart))
    assert draw_control(chart).svg() == draw_control(chart).svg()


def test_no_picture_tells_when_or_by_what_it_was_made(chart: ControlView) -> None:
    assert b"tEXt" not in for_mail(draw_control(chart))
    assert "<dc:date>" not in draw_control(chart).svg()


def test_a_picture_of_a_page_takes_the_page_s_colours_and_says_what_it_shows(chart: ControlView) -> None:
    svg = ElementTree.fromstring(picture_of_page(chart))
    assert (svg.get("role"), svg.get("aria-label")) == ("img", chart.alt)
    text = str(picture_of_page(chart))
    assert "var(--chart-point, #1f4e79)" in text
    assert all(text.count(colour) == text.count(f", {colour})") for colour in COLOURS.values())
    # A style sheet would reach into the page around it.
    assert "<style" not in text and "font-family" not in text


def test_two_pictures_on_a_page_share_no_id(chart: ControlView) -> None:
    both = [picture_of_page(chart), picture_of_page(replace(chart, name="another"))]
    ids = [{each.get("id") for each in ElementTree.fromstring(svg).iter() if each.get("id")} for svg in both]
    assert ids[0] and not ids[0] & ids[1]


def test_what_was_done_is_filled_and_what_is_due_is_hollow(chart: ControlView) -> None:
    done = replace(chart, actions=(ActionMark(chart.weeks - 1, "1", done=True),))
    due = replace(chart, actions=(ActionMark(chart.weeks - 1, "1", done=False),))
    pictures = {str(picture_of_page(each)) for each in (chart, done, due)}
    assert len(pictures) == 3
    assert f"fill: var(--chart-ground, {COLOURS['ground']})" in str(picture_of_page(due))


def test_hostile_words_stay_words(chart: ControlView) -> None:
    hostile = replace(chart, alt=HOSTILE, target_text=HOSTILE)
    svg = picture_of_page(hostile)
    assert ElementTree.fromstring(svg).get("aria-label") == HOSTILE
    assert "<script>" not in svg
    assert ElementTree.fromstring(for_paper(draw_control(hostile).svg(), ["NanumGothic"])) is not None


def test_pictures_leave_the_library_s_settings_alone(chart: ControlView) -> None:
    from matplotlib import rcParams

    before = dict(rcParams)
    draw_control(chart).svg()
    assert dict(rcParams) == before
