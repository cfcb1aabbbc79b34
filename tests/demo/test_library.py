"""The city library that ships: its charter can run, and its night measures what was planted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from charter.base.errors import SettingError
from charter.base.settings import Settings
from charter.definitions import load_agency
from charters.library import demo
from charters.library.demo.build import simulate
from charters.library.demo.clocks import ends
from tests.line.installation import HOME, House, house

FOLDER = HOME / "charters" / "library"
SUNDAY = "2026-07-05"


def texts_of(content: Any, place: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every text in several languages, with its place in the file."""
    if isinstance(content, dict) and isinstance(content.get("de"), str):
        yield place, content
    elif isinstance(content, dict | list):
        for key, value in content.items() if isinstance(content, dict) else enumerate(content):
            yield from texts_of(value, f"{place}/{key}")


class TestTheFolder:
    def test_it_can_run(self) -> None:
        assert load_agency(FOLDER).charter.language == "de"

    @pytest.mark.parametrize("file", ["charter.yaml", "departments.yaml", "sources.yaml"])
    def test_every_text_is_there_in_german_and_english(self, file: str) -> None:
        texts = list(texts_of(YAML(typ="safe").load(FOLDER / file)))

        assert len(texts) > 3
        assert [place for place, words in texts if set(words) != {"de", "en"} or not all(words.values())] == []

    def test_it_has_every_kind_of_promise(self) -> None:
        kinds = {standard.kind for standard in load_agency(FOLDER).charter.standards}

        assert kinds == {"deadline", "lead_time", "occurrence", "level", "coverage", "zero", "measure"}


class TestTheSources:
    def settings(self, folder: Path) -> Settings:
        return Settings(home=HOME, charter_dir=FOLDER, var_dir=folder, environment={})

    def files(self, settings: Settings) -> dict[str, bytes]:
        paths = (path for path in settings.demo_dir.rglob("*") if path.name != "connections.env")
        return {path.name: path.read_bytes() for path in paths if path.is_file()}

    def test_advancing_night_by_night_equals_building_at_once(self, tmp_path: Path) -> None:
        at_once, advanced = self.settings(tmp_path / "at-once"), self.settings(tmp_path / "advanced")

        demo.build_demo(at_once, date(2026, 3, 20))
        demo.build_demo(advanced, date(2026, 2, 20))
        earlier = self.files(advanced)
        demo.build_demo(advanced, date(2026, 3, 20))

        assert self.files(advanced) == self.files(at_once)
        assert self.files(advanced) != earlier

    def test_nothing_is_known_before_it_happens(self) -> None:
        world, now = simulate(1, demo.SEED), ends(date(2026, 3, 20))

        for kind in world.rows:
            for row in world.seen(kind, now):
                moments = {name: value for name, value in vars(row).items() if name not in row.AHEAD}
                later = [name for name, value in moments.items() if isinstance(value, date) and str(value) > str(now)]
                assert later == [], row

    def test_a_day_of_another_year_is_refused_with_the_days_that_there_are(self, tmp_path: Path) -> None:
        with pytest.raises(SettingError, match=r"(?s)lives in 2026, not on 2027-01-01.*2026-01-01 to 2026-12-31"):
            demo.build_demo(self.settings(tmp_path), date(2027, 1, 1))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The night after Sunday 5 July, and the reports of its week."""
    with pytest.MonkeyPatch.context() as patch, house(tmp_path_factory.mktemp("library"), patch, demo, 1) as there:
        there.live_until(SUNDAY)
        there.night(SUNDAY)
        there.week(SUNDAY)
        yield there


def mail_to(there: House, mailbox: str) -> EmailMessage:
    [path] = there.inbox.glob(f"{mailbox}__*.eml")
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.mark.slow
class TestANightAndAWeek:
    def test_every_commitment_is_what_was_planted(self, library: House) -> None:
        truth = library.truth("2026-07-05T22:00:00+00:00")

        assert truth.differences == []
        assert truth.checked > 2000

    def test_rows_that_nobody_can_read_are_refused_and_leave_their_promise_open(self, library: House) -> None:
        [(refused,)] = library.ask("SELECT sum(quarantined) FROM marts.source_status WHERE source_id = 'listen'")
        year = "period_kind = 'year' AND department_id IS NULL AND standard_id = 'registration-explained'"

        assert refused == 3
        assert library.ask(f"SELECT reason FROM marts.standard_results WHERE {year}") == [("refused:1",)]

    def test_the_second_judgement_is_the_same(self, library: House) -> None:
        broken = "SELECT suite FROM marts.expectation_results WHERE kind = 'agreement' AND outcome = 'broken'"

        assert library.ask(broken) == []
        assert library.ask("SELECT count(*) FROM marts.expectation_results WHERE kind = 'agreement'") != [(0,)]

    def test_each_recipient_gets_the_report_in_their_language(self, library: House) -> None:
        german, english = mail_to(library, "direktion@auenstadt.example"), mail_to(library, "liaison@auenstadt.example")

        week = "status = 'breached' AND decided_on BETWEEN DATE '2026-06-29' AND DATE '2026-07-05'"
        [(broken,)] = library.ask(f"SELECT count(*) FROM marts.fct_commitments WHERE {week}")

        assert f"[{broken} verletzt" in str(german["Subject"])
        assert str(german["Subject"]).endswith("] gesamte Organisation, KW 27")
        assert f"{broken} Zusagen verletzt" in text_of(german)
        assert "Stadtbibliothek Auenstadt" in text_of(german) and "fällig" in text_of(german)
        assert f"[{broken} broken" in str(english["Subject"])
        assert "Auenstadt City Library" in text_of(english)

    def test_whoever_has_left_gets_no_report_and_whoever_came_does(self, library: House) -> None:
        assert list(library.inbox.glob("nord@*")) == []
        assert "Zweigstelle Nord" in str(mail_to(library, "nord.neu@auenstadt.example")["Subject"])

    def test_each_report_is_there_as_a_pdf(self, library: House) -> None:
        pdfs = list(library.settings.site_dir.rglob("reports/**/report.pdf"))

        assert pdfs and all(pdf.read_bytes().startswith(b"%PDF") for pdf in pdfs)

    def test_a_later_night_measures_what_came_since(self, library: House) -> None:
        library.live_until("2026-07-08")

        truth = library.truth(library.night("2026-07-08"))

        assert truth.differences == []
