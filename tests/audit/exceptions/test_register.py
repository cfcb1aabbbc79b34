"""Waivers from proposal to withdrawal, night by night, and the register that tells all that was ever excused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from charter.audit.exceptions.forms import current_register, register_json, register_workbook
from charter.audit.exceptions.rows import Register, WaiverEntry
from charter.audit.site import write_audit_pages
from charter.base.moments import end_of_day
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.extract.waivers.decide import Proposal, approve, propose, withdraw
from charter.report import week_facts
from charter.transform import close_weeks, publish_warehouse
from charter.words import Words, words_in
from tests.definitions.folder import CharterFolder
from tests.line.compiled import ask, both_judgements_agree, compile_project, compiled_builds, night
from tests.line.installation import HOME

pytestmark = [pytest.mark.slow, pytest.mark.long]

HEAD, DEPUTY, CLERK = "head@grants.example", "deputy@grants.example", "kim@grants.example"
APPLICATIONS = """nr,office,received,decided,outcome,paid
A1,north,2026-03-01,2026-03-05,granted,2026-03-08
A2,north,2026-03-02,,,
S1,south,2026-03-04,,,
S2,south,2026-03-05,,,
S3,south,2026-03-06,,,
S4,south,2026-03-07,,,
"""
HEADER = "no,standard,office,case,from,to,reason,approver,decided\n"
# What an agency's own register holds: of two days; without an approver; without an end; one that takes nothing out.
SOUTH = "O1,decided,south,*,2026-03-05,2026-03-06,moved house,Board,2026-03-10 09:00:00\n"
NOBODY = "O2,decided,north,*,2026-03-01,2026-03-31,busy,,2026-03-10 09:00:00\n"
ENDLESS = "O3,decided,north,*,2026-03-01,,busy,Board,2026-03-10 09:00:00\n"
UNUSED = "O4,paid,*,*,2026-03-20,{},spring,Board,2026-03-10 09:00:00\n"
SHORT_LIVED = "O5,paid,north,A1,2026-03-01,2026-03-09,none,Board,2026-03-12 09:00:00\n"


@dataclass
class Office:
    """The installation; ``seen`` holds the status of each application's first promise, night by night."""

    agency: Agency
    settings: Settings
    folder: Path
    words: Words
    seen: dict[int, dict[str, tuple[str, str | None]]] = field(default_factory=dict)
    registers: dict[int, Register] = field(default_factory=dict)
    approvers_reported: dict[int, set[tuple[str, str]]] = field(default_factory=dict)

    def holds(self, *rows: str) -> None:
        (self.folder / "waivers.csv").write_text(HEADER + "".join(rows), encoding="utf-8")

    def night(self, day: int) -> None:
        as_of = end_of_day(date(2026, 3, day), self.agency.zone)
        night(self.settings, self.agency, as_of)
        both_judgements_agree(self.settings, self.agency, as_of)
        publish_warehouse(self.settings)
        close_weeks(self.settings, self.agency, as_of)
        rows = ask(
            self.settings,
            "select subject_id, status, exclusion_rule from marts.fct_commitments where part = 'in-15' order by 1",
        )
        self.seen[day] = {subject: (status, rule) for subject, status, rule in rows}
        self.registers[day] = current_register(self.settings, self.agency, self.words)
        self.approvers_reported[day] = {
            (each.rule, each.approver)
            for facts in week_facts(self.settings, self.agency, as_of)
            for each in facts.exclusions
        }


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An agency with a register of waivers of its own, beside that of ``charter waive``."""
    folder = CharterFolder(tmp_path_factory.mktemp("charter"), HOME / "tests" / "agencies" / "grants")
    approvers = [{"role": "Head of grants", "address": HEAD}, {"role": "Deputy", "address": DEPUTY}]
    folder.change("departments.yaml", lambda said: said.update(approvers=approvers))

    def with_waivers(said: Any) -> None:
        named = {"waiver_id": "no", "standard_id": "standard", "department_id": "office", "subject_id": "case"}
        columns = {**named, "from_on": "from", "to_on": "to", "reason": "reason", "approver": "approver"}
        feed = {"table": "waivers", "path": "waivers.csv", "full": True, "may_shrink_by": 1.0}
        said["sources"][0]["feeds"].append({**feed, "columns": {**columns, "decided_at": "decided"}})

    folder.change("sources.yaml", with_waivers)
    agency = folder.load()
    here = tmp_path_factory.mktemp("office")
    environment = {"CHARTER_HOME": str(HOME), "CHARTER_VAR": str(here / "var"), "CHARTER_CONN_REGISTER": str(here)}
    settings = replace(Settings.from_environment(environment), charter_dir=folder.path)
    (here / "applications.csv").write_text(APPLICATIONS, encoding="utf-8")
    compiled = compile_project(agency, replace(settings, var_dir=here / "compiled"))
    found = Office(agency, settings, here, words_in(settings, agency, "en"))
    with compiled_builds(compiled):
        _live(found)
        yield found


def _live(office: Office) -> None:
    def at(day: int, hour: int = 12) -> datetime:
        return datetime(2026, 3, day, hour, tzinfo=UTC)

    office.holds(SOUTH, NOBODY, ENDLESS, UNUSED.format("2026-04-09"), SHORT_LIVED)
    given = (office.settings, office.agency)
    flood = Proposal("decided", "north", "A2", date(2026, 3, 1), date(2026, 3, 31), "the archive was flooded")
    office.night(20)
    waiver = propose(*given, flood, by=CLERK, typed_by="kim", made_at=at(21))
    office.holds(SOUTH, NOBODY, ENDLESS, UNUSED.format("2026-04-10"))
    office.night(21)
    approve(*given, waiver.id, by=HEAD, typed_by="head", made_at=at(22))
    # Made before the night of the 22nd is run, which is late: it was not known then.
    withdraw(*given, waiver.id, by=DEPUTY, reason="it was dry", typed_by="deputy", made_at=at(24))
    office.night(22)
    office.night(24)


def entry(office: Office, day: int, name: str) -> WaiverEntry:
    return next(each for each in office.registers[day].waivers if each.waiver_id == name)


class TestFourEyes:
    def test_a_proposal_excuses_nothing(self, office: Office) -> None:
        assert office.seen[20]["A2"] == ("breached", None)
        assert office.seen[21]["A2"] == ("breached", None)
        assert [each.waiver_id for each in office.registers[21].waivers if "W-0001" in each.waiver_id] == []

    def test_from_the_night_after_its_approval_it_does(self, office: Office) -> None:
        assert office.seen[22]["A2"] == ("excluded", "waiver:waiver-register/W-0001")

    def test_the_weekly_report_names_who_approved_it(self, office: Office) -> None:
        assert ("waiver:waiver-register/W-0001", "Head of grants") in office.approvers_reported[22]

    def test_withdrawn_it_is_known_as_a_breach_from_the_next_night_on(self, office: Office) -> None:
        assert office.seen[24]["A2"] == ("breached", None)
        restated = ask(
            office.settings,
            "select before_status, after_status, cause from marts.restatements"
            " where commitment_id = 'decided/in-15/A2'",
        )
        assert restated == [("excluded", "breached", "excluded")]

    def test_what_was_written_later_was_not_known_to_a_night_that_ran_late(self, office: Office) -> None:
        found = entry(office, 22, "waiver-register/W-0001")
        assert (found.state, found.ended_at) == ("expiring", None)


class TestExpiry:
    @pytest.mark.parametrize(
        ("subject", "status"), [("S1", "breached"), ("S2", "excluded"), ("S3", "excluded"), ("S4", "breached")]
    )
    def test_a_waiver_takes_out_what_opened_from_its_first_day_to_its_last(
        self, office: Office, subject: str, status: str
    ) -> None:
        assert office.seen[24][subject][0] == status

    def test_the_register_tells_what_expired_and_what_soon_will(self, office: Office) -> None:
        assert entry(office, 24, "register/O1").state == "expired"
        assert entry(office, 24, "register/O4").state == "expiring"


class TestWhatIsRefused:
    def test_without_approver_or_expiry_nothing_is_excused(self, office: Office) -> None:
        assert "A1" in office.seen[24]
        assert {rule for _, rule in office.seen[24].values()} == {None, "waiver:register/O1"}

    def test_what_they_might_excuse_is_in_doubt_for_each_target(self, office: Office) -> None:
        doubted = ask(
            office.settings,
            "select distinct target_part from control.doubted_cases where may_waive and standard_id = 'decided'",
        )
        assert {target for (target,) in doubted} == {"in-15", "in-40"}

    def test_such_rows_are_told_with_what_they_lack(self, office: Office) -> None:
        refused = office.registers[24].refused
        assert {(each.source_id, each.because) for each in refused} == {
            ("register", "approver: is empty, and required"),
            ("register", "to: is empty, and required"),
        }
        assert {each.first_on for each in refused} == {date(2026, 3, 20)}


class TestRegister:
    def test_a_waiver_is_told_with_what_it_took_out(self, office: Office) -> None:
        found = entry(office, 24, "register/O1")
        assert (found.reason, found.approver, found.department) == ("moved house", "Board", "South")
        assert [(use.standard_id, use.department_id, use.commitments) for use in found.uses] == [
            ("decided", "south", 4)
        ]
        assert found.covered == 4, "two applications, with two limits each"
        assert found.findings == ("approved_after_its_days",)

    def test_what_took_nothing_out_or_was_changed_is_told(self, office: Office) -> None:
        found = entry(office, 24, "register/O4")
        assert found.findings == ("excused_nothing", "changed")
        assert (found.commitments, found.version_count, found.department_id) == (0, 2, None)

    def test_one_that_is_gone_from_its_source_is_not_forgotten(self, office: Office) -> None:
        found = entry(office, 24, "register/O5")
        assert found.state == "gone"
        assert "gone" in found.findings
        assert found.ended_at == end_of_day(date(2026, 3, 21), office.agency.zone)

    def test_one_that_was_withdrawn_says_what_is_judged_again(self, office: Office) -> None:
        found = entry(office, 24, "waiver-register/W-0001")
        assert (found.state, found.commitments, found.covered) == ("withdrawn", 0, 2)
        assert found.judged_again == 2
        assert found.ended_at == end_of_day(date(2026, 3, 24), office.agency.zone)

    def test_who_excused_how_often_is_added_up(self, office: Office) -> None:
        register = office.registers[24]
        board = next(each for each in register.approvers if each.name == "Board")
        assert (board.waivers, board.rules, board.commitments) == (3, 0, 4)
        assert register.commitments == 4
        assert [(each.rule, each.commitments) for each in register.rules] == [("withdrawn", 0)]

    def test_no_mailbox_leaves_the_register_file(self, office: Office) -> None:
        said = register_json(office.registers[22]).decode()
        assert "Head of grants" in said
        assert "@" not in said
        landed = b"".join(path.read_bytes() for path in (office.settings.var_dir / "lake").rglob("*.parquet"))
        assert b"@grants.example" not in landed

    def test_its_forms_are_whole_and_reproducible(self, office: Office) -> None:
        register = office.registers[24]
        assert Register.model_validate_json(register_json(register)) == register
        made = register_workbook(office.agency, office.words, register)
        assert made == register_workbook(office.agency, office.words, register)
        sheet = load_workbook(BytesIO(made))["Waivers"]
        assert sheet.max_row == 1 + len(register.waivers)
        assert sheet.freeze_panes == "A2"
        assert json.loads(register_json(register))["until"] == "2026-03-24"

    def test_its_page_says_what_to_look_at(self, office: Office) -> None:
        write_audit_pages(office.settings, office.agency, office.registers[24].night)
        page = (office.settings.site_dir / "exceptions.html").read_text(encoding="utf-8")
        for text in (
            "1 waiver ends within 30 days: register/O4",
            "2 rows without approver, expiry or reason",
            "approver: is empty, and required",
            "Board",
        ):
            assert text in page, text
