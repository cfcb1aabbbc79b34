"""What was broken is undecided, and never kept, when its case is misdated, vanishes, or was answered too early.

One register of five requests for disclosure, four decided in time and one never, through the line's own functions; both
judgements agree each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from charter.assertions import run_expectations
from charter.definitions import Agency, load_agency
from charter.extract import extract_source
from charter.moments import end_of_day
from charter.settings import Settings
from tests.definitions.folder import CharterFolder

from .compiled import Compiled, ask, compile_project, compiled_builds, night
from .installation import HOME
from .test_one_standard import one_standard_of_one_source

pytestmark = pytest.mark.slow

TUESDAY, WEDNESDAY, THURSDAY = date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 2)
FEEDS = {
    "waivers": "waiver_id,standard_id,subject_id,from_on,to_on,reason,approver,decided_at",
    "disclosure_requests": "request_id,department_id,received_on,extended_on,extension_reason,decided_on,withdrawn_on",
}
IN_TIME = tuple(f"R{number},branch-team,2026-06-01,,,2026-06-05," for number in range(4))
# Ten working days after 1 June have passed.
LATE = "R9,branch-team,2026-06-01,,,,"

Result = tuple[str, str | None]


@dataclass(frozen=True)
class Register:
    """The installation, and the register that its one source holds tonight."""

    agency: Agency
    settings: Settings
    folder: Path

    def holds(self, *rows: str, table: str = "disclosure_requests") -> None:
        text = "\n".join([FEEDS[table], *rows, ""])
        (self.folder / f"{table}.csv").write_text(text, encoding="utf-8")

    def confirmed(self, day: date) -> None:
        """A person says, of the night after ``day``, that what is gone really is."""
        as_of = end_of_day(day, self.agency.zone)
        extract_source(self.settings, self.agency, self.agency.sources[0], as_of, accept_shrunk=True)

    def night(self, day: date) -> Result:
        """The year's result on the night after ``day``, with its reason."""
        as_of = end_of_day(day, self.agency.zone)
        night(self.settings, self.agency, as_of)
        checks = run_expectations(self.settings, self.agency, as_of)
        assert [each for each in checks.results if each.kind == "agreement" and each.outcome == "broken"] == []
        (row,) = ask(
            self.settings,
            "select result, reason from marts.standard_results where period_kind = 'year' and department_id is null",
        )
        return row[0], row[1]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Agency, Settings, Compiled]]:
    folder = tmp_path_factory.mktemp("charter")
    charter = CharterFolder(folder)
    one_standard_of_one_source(charter, "info-disclosure", "registers")
    yaml = YAML()
    source = {
        "id": "registers",
        "text": {"ko": "대장", "en": "Registers"},
        "kind": "csv",
        "connection": "registers",
        "time_zone": "Asia/Seoul",
        "freshness": {"expect": "each_night"},
        "feeds": [
            {
                "table": table,
                "path": f"{table}.csv",
                "full": True,
                "columns": {name: name for name in columns.split(",")},
            }
            for table, columns in FEEDS.items()
        ],
    }
    yaml.dump({"sources": [source]}, charter.path / "sources.yaml")
    agency = load_agency(charter.path)
    settings = Settings.from_environment({"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(folder / "var")})
    settings = replace(settings, charter_dir=charter.path)
    made = compile_project(agency, settings)
    with compiled_builds(made):
        yield agency, settings, made


@pytest.fixture
def register(compiled: tuple[Agency, Settings, Compiled], tmp_path: Path) -> Register:
    """It holds four requests decided in time, and one that nobody decided."""
    agency, settings, _ = compiled
    environment = {**settings.environment, "CHARTER_CONN_REGISTERS": str(tmp_path)}
    made = Register(agency, replace(settings, var_dir=tmp_path / "var", environment=environment), tmp_path)
    made.holds(*IN_TIME, LATE)
    made.holds(table="waivers")
    return made


def test_undamaged_the_promise_is_broken(register: Register) -> None:
    assert register.night(TUESDAY) == ("broken", None)


class TestAnAnswerLongBeforeItsOpening:
    def test_it_keeps_no_promise(self, register: Register) -> None:
        register.holds(*IN_TIME, "R9,branch-team,2026-06-01,,,2026-05-01,")
        assert register.night(TUESDAY) == ("no_data", "early:1")

    def test_a_day_before_it_is_believed(self, register: Register) -> None:
        register.holds(*IN_TIME, "R9,branch-team,2026-06-01,,,2026-05-31,")
        assert register.night(TUESDAY) == ("kept", None)


class TestAnOpeningAfterTheNight:
    def test_a_case_is_not_entered_before_it_begins(self, register: Register) -> None:
        register.holds(*IN_TIME, "R9,branch-team,2027-06-01,,,,")
        assert register.night(TUESDAY) == ("no_data", "ahead:1")
        assert register.night(WEDNESDAY) == ("no_data", "ahead:1"), "until its date comes, or is put right"
        register.holds(*IN_TIME, LATE)
        assert register.night(THURSDAY) == ("broken", None)

    def test_what_has_begun_does_not_begin_again(self, register: Register) -> None:
        assert register.night(TUESDAY) == ("broken", None)
        register.holds(*IN_TIME, "R9,branch-team,2026-07-02,,,,")
        assert register.night(WEDNESDAY) == ("no_data", "ahead:1")

    def test_of_a_row_that_came_later_the_weeks_before_are_not_in_doubt(self, register: Register) -> None:
        register.holds(*IN_TIME)
        assert register.night(TUESDAY) == ("kept", None)
        register.holds(*IN_TIME, "R9,branch-team,2027-06-01,,,,")
        register.night(WEDNESDAY)
        weeks = ask(
            register.settings,
            "select period_start::varchar, result, ahead from marts.standard_results"
            " where period_kind = 'week' and department_id is null and period_start >= '2026-06-01'"
            " order by period_start",
        )
        assert weeks[0] == ("2026-06-01", "kept", 0)
        assert weeks[-1] == ("2026-06-29", "no_data", 1)


class TestARowThatIsGone:
    """One of five may go: the snapshot is believed to be whole."""

    def test_it_takes_no_breach_with_it(self, register: Register) -> None:
        register.night(TUESDAY)
        register.holds(*IN_TIME)
        assert register.night(WEDNESDAY) == ("no_data", "withdrawn:1")
        assert register.night(THURSDAY) == ("no_data", "withdrawn:1"), "until somebody confirms it"

    def test_until_it_is_back(self, register: Register) -> None:
        register.night(TUESDAY)
        register.holds(*IN_TIME)
        register.night(WEDNESDAY)
        register.holds(*IN_TIME, LATE)
        assert register.night(THURSDAY) == ("broken", None)

    def test_a_person_may_confirm_it_on_that_night_or_on_any_later_one(self, register: Register) -> None:
        register.night(TUESDAY)
        register.holds(*IN_TIME)
        register.night(WEDNESDAY)
        register.night(THURSDAY)
        register.confirmed(THURSDAY)
        assert register.night(THURSDAY) == ("kept", None)
        assert register.night(WEDNESDAY) == ("no_data", "withdrawn:1"), "a night that knew nothing of it stays"

    def test_a_decision_that_names_the_case_settles_it(self, register: Register) -> None:
        register.night(TUESDAY)
        register.holds(*IN_TIME)
        decided = "W1,info-disclosure,R9,2026-06-01,2026-06-01,taken back,board,2026-07-01 10:00:00"
        register.holds(decided, table="waivers")
        assert register.night(WEDNESDAY) == ("kept", None)
