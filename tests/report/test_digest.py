"""A digest: one mail for a mailbox of several departments. Nothing is sent twice, and nothing is lost silently."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from charter.base.errors import ReportError
from charter.base.moments import parse_week
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.definitions.models import Placement, Recipient
from charter.deliver import MessageKey, Outbox
from charter.deliver.rebuild import rebuild
from charter.evidence.manifest import DeliverySeal
from charter.report import PostedWeek, post_week, prepare_week, rendered_files
from charter.report.facts.digests import digest_folder
from charter.report.facts.filed import week_folder
from charter.report.facts.refiled import refiled_messages
from charter.report.render import mail
from charter.report.render.pdf import PdfPrinter
from charter.report.view.models import ReportView
from tests.effort import examples

from .builders import HOME, SUNDAY, Scenario
from .golden import check_golden

PARCELS = HOME / "tests" / "agencies" / "parcels"
STANDARD = "delivered-in-48-hours"
DIGEST = "weekly-DIGEST"
WEEK = parse_week("2026-W27")
OFFICE = Recipient(name="Büro", address="Buero@parcels.example", digest=True)
# What a report calls each department, in German.
NAMES = {"north": "gesamte Organisation", "south": "Süd", "east": "Ost"}
Recipients = dict[str, list[Recipient]]


def depots(recipients: Recipients) -> Agency:
    """The parcel service with three depots, South and East under North."""
    agency = load_agency(PARCELS)
    north, south = agency.organisation.departments
    below = [Placement(effective_from=date(2026, 1, 1), parent="north")]
    east = south.model_copy(
        update={"id": "east", "name": type(south.name)(de="Ost", en="East", ko="동부"), "placements": below}
    )
    departments = [
        each.model_copy(update={"recipients": recipients.get(each.id, [])})
        for each in (north, south.model_copy(update={"placements": below}), east)
    ]
    return agency.model_copy(
        update={"organisation": agency.organisation.model_copy(update={"departments": departments})}
    )


def office_of(*department_ids: str, person: Recipient = OFFICE) -> Recipients:
    return {department_id: [person] for department_id in department_ids}


def week_of(folder: Path, recipients: Recipients) -> Scenario:
    """South broke one promise of 41, East none of 30."""
    week = Scenario(folder / "var", agency=depots(recipients), charter_dir=PARCELS)
    week.many_met(STANDARD, "south", 40)
    week.many_met(STANDARD, "east", 30)
    week.commitment(
        *(STANDARD, "south", "P-00017", "breached"), opened="2026-06-29 09:10", due="2026-07-01 09:10",
        fulfilled="2026-07-02 11:40", measured=74.5, limit=48,
    )  # fmt: skip
    return week.build()


def late_breach(week: Scenario, department_id: str, days: int = 1) -> Scenario:
    """A parcel that was late in the reported week, and is heard of so many days after its end."""
    week.commitment(
        *(STANDARD, department_id, f"P-{department_id}", "breached"), opened="2026-06-30 11:00",
        due="2026-07-02 11:00", arrived_on=SUNDAY + timedelta(days=days),
    )  # fmt: skip
    week.as_of_day = SUNDAY + timedelta(days=days)
    return week.build()


def settings_of(week: Scenario) -> Settings:
    return replace(week.settings, environment={"CHARTER_MAIL_FROM": "charter@parcels.example"})


def post(week: Scenario, name: str = "2026-W27") -> PostedWeek:
    settings = settings_of(week)
    return post_week(settings, week.agency, prepare_week(settings, week.agency, parse_week(name)))


def mails(week: Scenario, recipient: str = "buero@parcels.example") -> dict[str, EmailMessage]:
    """``report/revision`` → every mail of the week to a mailbox."""
    with Outbox.open(settings_of(week)) as outbox:
        return {
            f"{key.report}/r{key.revision}": message_from_bytes(outbox.mime(key), policy=policy.default)
            for key in (record.key for record in outbox.records(period="2026-W27"))
            if key.recipient == recipient
        }


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def enclosed(mail: EmailMessage) -> list[str | None]:
    return [part.get_filename() for part in mail.iter_attachments()]


# ── one mail ────────────────────────────────────────────────────────────────────────────────────


def test_a_digest_as_people_see_it(tmp_path: Path) -> None:
    week = week_of(tmp_path, office_of("south", "east"))
    post(week)
    [(name, digest)] = mails(week).items()
    assert name == f"{DIGEST}/r1"
    assert digest["Subject"] == "[1 verletzt] Süd, am ernstesten von 2 Abteilungen, KW 27"
    check_golden("digest.de.txt", text_of(digest))
    check_golden("digest.de.html", text_of(digest, "html"))
    assert [part.get_content_type() for part in digest.walk() if not part.is_multipart()] == [
        "text/plain",
        "text/html",
        "application/pdf",
        "application/pdf",
    ]
    assert enclosed(digest) == ["charter-2026-W27-east.pdf", "charter-2026-W27-south.pdf"]


def test_each_line_of_the_opening_list_leads_to_its_section(tmp_path: Path) -> None:
    week = week_of(tmp_path, office_of("south", "east"))
    post(week)
    html = text_of(mails(week)[f"{DIGEST}/r1"], "html")
    for department_id in ("south", "east"):
        assert html.count(f'href="#{department_id}"') == html.count(f'id="{department_id}"') == 1


def test_where_every_promise_was_kept_the_subject_names_none_as_the_gravest(tmp_path: Path) -> None:
    week = week_of(tmp_path, office_of("south", "east"))
    week.commitments = [item for item in week.commitments if item["status"] == "met"]
    post(week.build())
    assert mails(week)[f"{DIGEST}/r1"]["Subject"] == "[alle eingehalten] 2 Abteilungen, KW 27"


def test_a_digest_is_in_its_readers_language(tmp_path: Path) -> None:
    english = OFFICE.model_copy(update={"language": "en"})
    week = week_of(tmp_path, office_of("south", "east", person=english))
    post(week)
    digest = mails(week)[f"{DIGEST}/r1"]
    assert digest["Subject"] == "[1 broken] South, gravest of 2 departments, week 27"
    assert "Zusage" not in text_of(digest)


def test_other_recipients_get_the_departments_report_alone(tmp_path: Path) -> None:
    head = Recipient(name="Leiter", address="leiter@parcels.example")
    week = week_of(tmp_path, {"south": [OFFICE, head], "east": [OFFICE]})
    post(week)
    assert list(mails(week)) == [f"{DIGEST}/r1"]
    assert list(mails(week, "leiter@parcels.example")) == ["weekly/r1"]


def test_a_department_without_the_word_comes_in_a_mail_of_its_own(tmp_path: Path) -> None:
    alone = OFFICE.model_copy(update={"digest": False})
    week = week_of(tmp_path, {"south": [OFFICE], "east": [alone]})
    post(week)
    assert sorted(mails(week)) == [f"{DIGEST}/r1", "weekly-east/r1"]
    assert enclosed(mails(week)[f"{DIGEST}/r1"]) == ["charter-2026-W27-south.pdf"]


def test_who_joins_leaves_or_stands_in_on_the_day_decides_what_the_digest_carries(tmp_path: Path) -> None:
    gone = OFFICE.model_copy(update={"to": date(2026, 7, 5)})
    deputy = Recipient(name="Deputy", address="deputy@parcels.example", digest=True, instead_of="buero@parcels.example")
    week = week_of(tmp_path, {"north": [gone], "south": [OFFICE, deputy], "east": [OFFICE]})
    # The week ended on Sunday, 5 July; its reports go out as of the midnight that begins the 6th.
    post(week)
    assert enclosed(mails(week)[f"{DIGEST}/r1"]) == ["charter-2026-W27-east.pdf"]
    assert enclosed(mails(week, "deputy@parcels.example")[f"{DIGEST}/r1"]) == ["charter-2026-W27-south.pdf"]


def test_a_digest_that_mail_programs_would_cut_off_leaves_its_lists_to_the_pdfs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    week = week_of(tmp_path, office_of("south", "east"))
    whole = mail._require_shown_whole

    def stricter_with_digests(html: str, where: str) -> None:
        monkeypatch.setattr(mail, "MOST_BYTES", 7_000 if "Abteilungen" in where else 90_000)
        whole(html, where)

    monkeypatch.setattr(mail, "_require_shown_whole", stricter_with_digests)
    posted = post(week)
    assert posted.problems == ()
    text = text_of(mails(week)[f"{DIGEST}/r1"])
    assert "Die Listen der Fälle und Standards stehen im beigefügten PDF." in text
    assert "1 Zusage verletzt" in text
    assert "P-00017 |" not in text


# ── exactly once ────────────────────────────────────────────────────────────────────────────────


def test_posting_again_sends_nothing(tmp_path: Path) -> None:
    week = week_of(tmp_path, office_of("north", "south", "east"))
    first = post(week)
    assert (first.reports, first.new) == (3, 1)
    assert post(week) == replace(first, new=0, already=1)


def test_a_run_cut_short_between_rendering_and_the_outbox_sends_one_digest(tmp_path: Path) -> None:
    week = week_of(tmp_path, office_of("south", "east"))
    prepare_week(settings_of(week), week.agency, WEEK)
    assert post(week).new == 1
    assert post(week).new == 0
    assert list(mails(week)) == [f"{DIGEST}/r1"]


def test_a_correction_is_a_further_digest_of_the_corrected_departments_alone(tmp_path: Path) -> None:
    week = week_of(tmp_path, office_of("south", "east"))
    post(week)
    posted = post(late_breach(week, "east"))
    assert (posted.new, posted.revised) == (1, 2)
    correction = mails(week)[f"{DIGEST}/r2"]
    assert correction["Subject"] == "[Berichtigung] [1 verletzt] Ost, KW 27"
    assert correction["In-Reply-To"] == mails(week)[f"{DIGEST}/r1"]["Message-ID"]
    text = " ".join(text_of(correction).split())
    assert "Sie enthält nur Neues und Berichtigtes." in text
    assert "Fassung 2: Zahlen eines früheren Berichts haben sich geändert." in text
    assert "verletzt 0 → 1 – verspätet eingetroffene Daten: 1" in text
    assert enclosed(correction) == ["charter-2026-W27-east-r2.pdf"]
    assert post(week).new == 0


def test_a_week_reported_long_ago_is_corrected_in_a_digest_by_the_run_of_another_week(tmp_path: Path) -> None:
    week = week_of(tmp_path, office_of("south", "east"))
    post(week)
    post(late_breach(week, "south", days=8), "2026-W28")
    assert sorted(mails(week)) == [f"{DIGEST}/r1", f"{DIGEST}/r2"]
    assert enclosed(mails(week)[f"{DIGEST}/r2"]) == ["charter-2026-W27-south-r2.pdf"]


def test_who_joined_later_gets_a_correction_as_a_first_report_without_the_word(tmp_path: Path) -> None:
    week = week_of(tmp_path, {"south": [Recipient(name="Leiter", address="leiter@parcels.example")]})
    post(week)
    week.agency = depots(office_of("south", "east"))
    post(late_breach(week, "south"))
    digest = mails(week)[f"{DIGEST}/r1"]
    assert "Berichtigung" not in digest["Subject"]
    assert "Fassung" not in text_of(digest).replace("Fassung 1, berechnet", "")


@pytest.mark.parametrize("digest_first", [True, False])
def test_who_changes_between_digest_and_single_mails_gets_nothing_twice(tmp_path: Path, digest_first: bool) -> None:
    alone = OFFICE.model_copy(update={"digest": False})
    first, then = (OFFICE, alone) if digest_first else (alone, OFFICE)
    week = week_of(tmp_path, office_of("south", "east", person=first))
    post(week)
    week.agency = depots(office_of("south", "east", person=then))
    assert post(week).new == 0
    post(late_breach(week, "south"))
    assert "Fassung 2" in text_of(mails(week)["weekly-south/r2" if digest_first else f"{DIGEST}/r1"])
    assert post(week).new == 0


# ── one report stops no other ───────────────────────────────────────────────────────────────────


def failing_for(name: str) -> Callable[..., bytes]:
    render = PdfPrinter.render

    def fail(self: PdfPrinter, view: ReportView, as_of: object) -> bytes:
        if view.department == name:
            raise ReportError("cannot be printed", where="report.typ", remedy="mend the template")
        return render(self, view, as_of)  # type: ignore[arg-type]

    return fail


def test_a_report_that_cannot_be_made_is_reported_in_the_digest_and_follows_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    week = week_of(tmp_path, office_of("south", "east"))
    with monkeypatch.context() as patch:
        patch.setattr(PdfPrinter, "render", failing_for("Süd"))
        posted = post(week)
        assert [problem.what for problem in posted.problems] == ["cannot be printed"]
        assert post(week).new == 0, "that it is missing is told once"
    first = mails(week)[f"{DIGEST}/r1"]
    assert first["Subject"].endswith("[alle 30 eingehalten] Ost, KW 27 · 1 Bericht fehlt")
    assert "! Süd – Der Bericht konnte nicht erstellt werden. Er folgt, sobald das möglich ist." in text_of(first)
    assert enclosed(first) == ["charter-2026-W27-east.pdf"]

    assert post(week).new == 1
    second = mails(week)[f"{DIGEST}/r2"]
    assert "Berichtigung" not in second["Subject"]
    assert enclosed(second) == ["charter-2026-W27-south.pdf"]
    assert post(week).new == 0


def test_a_digest_that_cannot_be_written_stops_that_digest_alone_and_comes_with_the_next_run(tmp_path: Path) -> None:
    head = Recipient(name="Leiter", address="leiter@parcels.example")
    week = week_of(tmp_path, {"south": [OFFICE, head], "east": [OFFICE]})
    in_the_way = week_folder(week.settings, WEEK) / "digests"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_text("a file where the digests' folder should be")
    first = post(week)
    (problem,) = first.problems
    assert str(in_the_way) in problem.where
    assert (list(mails(week)), list(mails(week, "leiter@parcels.example"))) == ([], ["weekly/r1"])
    in_the_way.unlink()
    second = post(week)
    assert (second.new, second.problems) == (1, ())
    assert list(mails(week)) == [f"{DIGEST}/r1"]


def test_a_mailbox_that_cannot_be_addressed_is_reported_and_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = Recipient(name="Leiter", address="leiter@parcels.example")
    broken = OFFICE.model_copy(update={"name": "Büro\nzwei"})
    week = week_of(tmp_path, {"south": [head, broken], "east": [broken]})
    (problem,) = post(week).problems
    assert "can't be addressed to recipient 1" in problem.what
    assert problem.where == "departments.yaml, department 'east'"
    assert list(mails(week, "leiter@parcels.example")) == ["weekly/r1"]


# ── evidence, and a lost outbox ─────────────────────────────────────────────────────────────────


def test_a_digest_lies_on_file_as_it_was_sent_and_names_nobody(tmp_path: Path) -> None:
    week = week_of(tmp_path, office_of("south", "east"))
    prepared = prepare_week(settings_of(week), week.agency, WEEK)
    post_week(settings_of(week), week.agency, prepared)
    (message,) = prepared.messages
    place = digest_folder(week_folder(week.settings, WEEK), message.key)
    files = [place / name for name in ("digest.html", "digest.json", "digest.txt")]
    assert set(files) <= set(prepared.files), "what the week's seal covers"
    assert set(files) <= set(rendered_files(week.settings, WEEK))
    assert (place / "digest.txt").read_text(encoding="utf-8") == message.text
    with Outbox.open(settings_of(week)) as outbox:
        assert [each.key for each in outbox.records(report="weekly", period="2026-W27")] == [message.key]
    written = "".join(file.read_text(encoding="utf-8") for file in files)
    assert not any(name in written for name in ("parcels.example", "Büro"))
    digest = json.loads((place / "digest.json").read_text(encoding="utf-8"))
    assert [(each["department_id"], each["revision"]) for each in digest["sections"]] == [("east", 1), ("south", 1)]


def posted_to(week: Scenario) -> list[tuple[str, int, str, int, str]]:
    with Outbox.open(settings_of(week)) as outbox:
        return [
            (each.key.report, each.key.revision, each.department_id, each.revision, each.fingerprint)
            for each in outbox.posted("weekly")
        ]


@pytest.mark.parametrize("is_sealed", [True, False])
@pytest.mark.parametrize("damaged", [None, "digest.txt", "digest.json"])
def test_a_lost_outbox_is_rebuilt_with_its_digests_and_sends_nobody_anything(
    tmp_path: Path, damaged: str | None, is_sealed: bool
) -> None:
    week = week_of(tmp_path, office_of("south", "east"))
    post(week)
    before = posted_to(week)
    key = MessageKey(report=DIGEST, period="2026-W27", revision=1, recipient="buero@parcels.example")
    if damaged:
        (digest_folder(week_folder(week.settings, WEEK), key) / damaged).write_bytes(b"\xff\xfe")
    shutil.rmtree(settings_of(week).outbox_dir)
    sealed = {key: DeliverySeal(**key.model_dump(), state="sent", message_id="<x@y>")} if is_sealed else {}
    known = refiled_messages(settings_of(week), week.agency, sealed)
    states = rebuild(settings_of(week), known, by="kim", reason="the disk broke")
    assert states == ({"sent": 1} if is_sealed else {"unknown": 1})
    assert sorted(posted_to(week)) == sorted(before)
    assert post(week).new == 0
    late_breach(week, "south")
    assert post(week).new == 1
    assert sorted(mails(week)) == [f"{DIGEST}/r1", f"{DIGEST}/r2"]


# ── whatever happens ────────────────────────────────────────────────────────────────────────────

# What comes before a run: a late parcel of a depot, one that is withdrawn, a report that can't be printed, a run that
# is cut short before its messages are in the outbox; and whether the third mailbox wants a digest from now on.
EVENTS = st.sampled_from(["late", "withdrawn", "unprintable", "cut short"])
STEPS = st.lists(st.tuples(EVENTS, st.sampled_from(sorted(NAMES)), st.booleans()), min_size=1, max_size=5)


def three_mailboxes(third_is_digested: bool) -> Recipients:
    """One that gets single mails, one that gets digests, and one that may change its mind."""
    people = [
        Recipient(name="A", address="single@parcels.example"),
        Recipient(name="B", address="digest@parcels.example", digest=True),
        Recipient(name="C", address="either@parcels.example", digest=third_is_digested),
    ]
    return dict.fromkeys(NAMES, people)


def live(week: Scenario, number: int, event: str, department_id: str) -> None:
    """One run after ``event``, on the ``number``-th day."""
    if event == "withdrawn":
        week.commitments = [item for item in week.commitments if item["department_id"] != department_id]
        week.as_of_day = SUNDAY + timedelta(days=number)
    elif event == "late":
        late_breach(week, department_id, days=number)
        week.commitments[-1]["subject_id"] += f"-{number}"
    week.build()
    if event == "cut short":
        prepare_week(settings_of(week), week.agency, WEEK)
    elif event == "unprintable":
        with patch.object(PdfPrinter, "render", failing_for(NAMES[department_id])):
            post(week)
    else:
        post(week)


@pytest.mark.slow
@given(steps=STEPS)
@example(steps=[("late", "south", False), ("late", "east", True), ("late", "east", False)])
@example(steps=[("unprintable", "south", True), ("cut short", "east", False), ("withdrawn", "south", True)])
@effort(max_examples=examples(4, 12), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_digest_tells_each_departments_figures_as_often_as_single_mails_do(
    steps: list[tuple[str, str, bool]],
) -> None:
    with TemporaryDirectory() as folder, patch.object(PdfPrinter, "render", lambda *_: b"%PDF-"):
        week = week_of(Path(folder), three_mailboxes(third_is_digested=False))
        for number, (event, department_id, third_is_digested) in enumerate(steps, start=1):
            week.agency = depots(three_mailboxes(third_is_digested))
            live(week, number, event, department_id)
        post(week)
        assert post(week).new == 0
        with Outbox.open(settings_of(week)) as outbox:
            carried: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
            for each in outbox.posted("weekly"):
                carried[each.key.recipient].append((each.department_id, each.revision, each.fingerprint))
        assert sorted(carried["digest@parcels.example"]) == sorted(carried["single@parcels.example"])
        assert sorted(carried["either@parcels.example"]) == sorted(carried["single@parcels.example"])
