"""A report in a browser, before anybody gets it: what the mail shows, and nothing filed."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter.base.errors import ReportError
from charter.base.moments import parse_week
from charter.definitions.models import Recipient
from charter.deliver import Attachment
from charter.report import prepare_week
from charter.report.preview import preview_week, viewable

from .builders import Scenario
from .test_digest import post, settings_of, week_of

HEAD = Recipient(name="Leitung", address="head@parcels.example")
W27 = parse_week("2026-W27")


@pytest.fixture
def week(tmp_path: Path) -> Scenario:
    return week_of(tmp_path, {"south": [HEAD]})


def test_a_preview_is_the_mail_that_would_go_out(week: Scenario) -> None:
    file = preview_week(settings_of(week), week.agency, W27, "south")
    (mail,) = prepare_week(settings_of(week), week.agency, W27, is_dry=True).messages
    assert file.read_text(encoding="utf-8") == mail.html
    assert file.name == "weekly-2026-W27-south-de.html"


def test_a_preview_speaks_any_language_that_has_a_catalogue(week: Scenario) -> None:
    assert 'lang="en"' in preview_week(settings_of(week), week.agency, W27, "south", "en").read_text(encoding="utf-8")
    with pytest.raises(ReportError, match="there is no catalogue for 'fr'"):
        preview_week(settings_of(week), week.agency, W27, "south", "fr")


def test_a_week_that_has_not_ended_has_no_preview(week: Scenario) -> None:
    with pytest.raises(ReportError, match="before week 2026-W40 had ended"):
        preview_week(settings_of(week), week.agency, parse_week("2026-W40"), "south")


def test_neither_a_preview_nor_a_dry_run_files_anything_and_the_week_then_goes_out_as_usual(week: Scenario) -> None:
    preview_week(settings_of(week), week.agency, W27, "south")
    dry = prepare_week(settings_of(week), week.agency, W27, is_dry=True)
    assert not (week.settings.site_dir / "reports").exists()
    assert post(week).new == len(dry.messages) == 1


def test_pictures_of_a_mail_are_in_the_page() -> None:
    chart = Attachment(filename="chart.png", media_type="image/png", content=b"\x89PNG", content_id="trend")
    shown = viewable("""<img src="cid:trend"><img src='cid:other'><p>cid:trend</p>""", [chart])
    assert shown == """<img src="data:image/png;base64,iVBORw=="><img src='cid:other'><p>cid:trend</p>"""
