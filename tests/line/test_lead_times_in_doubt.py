"""A change that was announced too late stays so, in its own week, when its row is damaged. Both judgements agree.

One register of changes to a programme, each announced on the website and by e-mail at least a month before it takes
effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from charter.base.moments import end_of_day
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from tests.definitions.folder import CharterFolder

from .compiled import ask, both_judgements_agree, compile_project, compiled_builds, night, settings_of
from .small_charters import csv_source, standards_of_one_source

pytestmark = pytest.mark.slow

COLUMNS = "change_id,programme,department_id,decided_on,effective_on,website_notice_on,email_notice_on"
MONDAY, TUESDAY, WEDNESDAY = date(2026, 6, 15), date(2026, 6, 16), date(2026, 6, 17)
# It takes effect on 3 July, so 3 June was the last day; it was told in time on the website, and by e-mail on the 5th.
LATE = "C1,branch,branch-team,2026-05-04,{event},2026-05-20,{notice}"
AS_IT_WAS = LATE.format(event="2026-07-03", notice="2026-06-05")
IN_TIME = "C2,branch,branch-team,2026-05-04,2026-07-10,2026-06-04,2026-06-04"


@dataclass(frozen=True)
class Changes:
    """The installation, and what its register holds."""

    agency: Agency
    settings: Settings
    folder: Path

    def holds(self, *rows: str) -> None:
        (self.folder / "programme_changes.csv").write_text("\n".join([COLUMNS, *rows, ""]), encoding="utf-8")

    def night(self, day: date) -> list[str]:
        """The weeks in which something was due, with what came of each, and the year."""
        as_of = end_of_day(day, self.agency.zone)
        night(self.settings, self.agency, as_of)
        both_judgements_agree(self.settings, self.agency, as_of)
        rows = ask(
            self.settings,
            "select case period_kind when 'week' then strftime(period_start, '%d.%m.') else 'year' end, result"
            " from marts.standard_results where period_kind in ('week', 'year') and department_id is null"
            " and result <> 'nothing_due' order by period_kind, period_start",
        )
        return [f"{period} {result}" for period, result in rows]


@pytest.fixture(scope="module")
def charter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = CharterFolder(tmp_path_factory.mktemp("charter"))
    standards_of_one_source(folder, ["branch-change-notice"], "registers")
    YAML().dump({"sources": [csv_source("registers", {"programme_changes": COLUMNS})]}, folder.path / "sources.yaml")
    return folder.path


@pytest.fixture(scope="module")
def compiled(charter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    settings = settings_of(charter, tmp_path_factory.mktemp("compiled"), "registers")
    with compiled_builds(compile_project(load_agency(charter), settings)):
        yield


@pytest.fixture
def changes(charter: Path, tmp_path: Path, compiled: None) -> Changes:
    """The register on Monday, undamaged."""
    made = Changes(load_agency(charter), settings_of(charter, tmp_path, "registers"), tmp_path)
    made.holds(AS_IT_WAS, IN_TIME)
    assert made.night(MONDAY) == ["18.05. kept", "01.06. broken", "year broken"]
    return made


@pytest.mark.parametrize(
    ("event", "notice"),
    [
        ("2016-07-03", "2026-06-05"),
        ("2026-07-03", "2016-06-05"),
        ("2016-07-03", "2016-06-05"),
    ],
    ids=["its event ten years back", "its notice ten years back", "both ten years back"],
)
def test_what_is_moved_before_the_rule_leaves_its_week_undecided(changes: Changes, event: str, notice: str) -> None:
    changes.holds(LATE.format(event=event, notice=notice), IN_TIME)
    damaged = changes.night(TUESDAY)
    assert [each for each in damaged if "kept" in each] == []
    assert {"18.05. no_data", "01.06. no_data", "year no_data"} <= set(damaged)
    changes.holds(AS_IT_WAS, IN_TIME)
    assert changes.night(WEDNESDAY) == ["18.05. kept", "01.06. broken", "year broken"]


def test_an_event_that_is_put_off_is_believed(changes: Changes) -> None:
    """It is a plan until it has come: announced two months ahead, it is in time."""
    changes.holds(LATE.format(event="2026-08-03", notice="2026-06-05"), IN_TIME)
    assert changes.night(TUESDAY) == ["18.05. kept", "01.06. kept", "year kept"]


def test_of_an_event_that_cannot_be_read_the_notice_says_by_when_it_was_decided(changes: Changes) -> None:
    changes.holds(LATE.format(event="2026-17-03", notice="2026-06-05"), IN_TIME)
    damaged = changes.night(TUESDAY)
    assert damaged[-2:] == ["01.06. no_data", "year no_data"]
