"""A breach does not move out of its week because a row that moved its due time is damaged. Both judgements agree.

The permits of tests/agencies/permits, of whose charter two standards of one part are left: cases whose clock stands
still, and cases of their own limits.
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

from .compiled import ask, both_judgements_agree, compile_project, compiled_builds, night, settings_of
from .installation import HOME

pytestmark = pytest.mark.slow

PERMITS = HOME / "tests" / "agencies" / "permits"
PARTS = {"limits-of-rows": "own-working-hours", "pauses": "elapsed"}
MONDAY, TUESDAY = date(2026, 3, 30), date(2026, 3, 31)
# C1 was decided late: its forty hours of work had passed on Tuesday 10 March, and its two days on the 13th at 10:00:
# the clock stood still until the 12th. C2 was decided in time.
LATE = "C1,2026-03-03 10:00,,40,,,2026-03-13 12:00"
DECIDED = "C2,2026-03-09 10:00,,40,,,2026-03-10 10:00"
ASKED, REPLIED = "E1,C1,asked,2026-03-04 10:00", "E2,C1,replied,2026-03-12 10:00"
NOTES = tuple(f"N{number},C2,note,2026-03-09 11:00" for number in range(10))
BROKEN = ["09.03. broken"]


@dataclass(frozen=True)
class Permits:
    """The installation, and what its register holds."""

    agency: Agency
    settings: Settings
    folder: Path

    def holds(self, cases: tuple[str, ...], *events: str) -> None:
        heading = "case,received,priority,sla,promised,from,decided"
        (self.folder / "cases.csv").write_text("\n".join([heading, *cases, ""]), encoding="utf-8")
        (self.folder / "events.csv").write_text("\n".join(["event,case,kind,at", *events, ""]), encoding="utf-8")

    def night(self, day: date) -> dict[str, list[str]]:
        """The weeks of March 2026 in which something was broken, and those of which nobody knows, by standard."""
        as_of = end_of_day(day, self.agency.zone)
        night(self.settings, self.agency, as_of)
        both_judgements_agree(self.settings, self.agency, as_of)
        rows = ask(
            self.settings,
            "select standard_id, strftime(period_start, '%d.%m.') || ' ' || result from marts.standard_results"
            " where period_kind = 'week' and department_id is null and period_start >= '2026-03-01'"
            " and result in ('broken', 'no_data', 'kept') order by period_start",
        )
        return {name: [result for standard, result in rows if standard == name] for name in PARTS}


@pytest.fixture(scope="module")
def charter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("charter")
    yaml = YAML()
    for name in ("departments", "calendar", "subjects", "sources"):
        (folder / f"{name}.yaml").write_text((PERMITS / f"{name}.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    content = yaml.load(PERMITS / "charter.yaml")
    content["standards"] = [each for each in content["standards"] if each["id"] in PARTS]
    for standard in content["standards"]:
        [rule] = standard["rules"]
        rule["parts"] = [each for each in rule["parts"] if each["id"] == PARTS[standard["id"]]]
    yaml.dump(content, folder / "charter.yaml")
    return folder


@pytest.fixture(scope="module")
def compiled(charter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    settings = settings_of(charter, tmp_path_factory.mktemp("compiled"), "register")
    with compiled_builds(compile_project(load_agency(charter), settings)):
        yield


@pytest.fixture
def permits(charter: Path, tmp_path: Path, compiled: None) -> Permits:
    """The register on Monday, undamaged."""
    made = Permits(load_agency(charter), settings_of(charter, tmp_path, "register"), tmp_path)
    made.holds((LATE, DECIDED), ASKED, REPLIED, *NOTES)
    assert made.night(MONDAY) == {"limits-of-rows": BROKEN, "pauses": BROKEN}
    return made


def test_a_pause_whose_beginning_is_gone(permits: Permits) -> None:
    """Without it the two days had passed on the 5th, and the week after would be kept."""
    permits.holds((LATE, DECIDED), REPLIED, *NOTES)
    assert permits.night(TUESDAY)["pauses"] == ["02.03. no_data", "09.03. no_data"]


def test_a_limit_that_is_emptied(permits: Permits) -> None:
    """The charter gives eight hours to whoever names none: they had passed on the 4th."""
    permits.holds((LATE.replace("40", ""), DECIDED), ASKED, REPLIED, *NOTES)
    assert permits.night(TUESDAY)["limits-of-rows"] == ["02.03. no_data", "09.03. no_data"]
