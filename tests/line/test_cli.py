"""The command line: what it says and how it ends. A user's mistake gets a message and an exit status, no traceback."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from charter import line
from charter.base.errors import CheckError, DeliveryError, SettingError
from charter.cli import main
from charter.definitions import load_agency
from charter.deliver import MessageKey, Outbox, Sender
from charter.deliver.records import MessageState, Outcome
from charter.evidence import generate_signing_key
from charter.nights import require_night
from charter.preflight import require_week_settings
from tests.definitions.folder import CharterFolder
from tests.deliver.builders import message
from tests.line.installation import HOME, House, house

SUNDAY = "2026-07-05"
HEAD = "weekly/2026-W27/r1/head@agency.example"


@pytest.fixture
def patch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An empty installation: the shipped charter, and a folder for state that is not there yet."""
    monkeypatch.setenv("CHARTER_HOME", str(HOME))
    monkeypatch.setenv("CHARTER_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("COLUMNS", "80")
    return monkeypatch


def charter(*arguments: str) -> tuple[int, str]:
    """(exit status, what was printed). An exception that escapes would be a traceback: it fails the test."""
    result = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    return result.exit_code, result.output


# ── definitions and settings ────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("patch")
def test_check_counts_what_the_charter_defines() -> None:
    assert charter("check") == (0, "✓ kotra: 36 standards, 35 departments, 29 subject tables, 6 sources\n")


@pytest.mark.usefixtures("patch")
def test_check_tells_months_before_the_calendar_ends() -> None:
    status, output = charter("check", "--as-of", "2027-11-30")

    assert status == 0
    assert "the calendar ends on 2027-12-31" in " ".join(output.split())
    assert "freeze further years" in output


def test_every_error_of_a_malformed_charter_is_told_at_once_with_file_and_line(
    patch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = CharterFolder(tmp_path)
    places = [
        f"charter.yaml:{folder.replace('charter.yaml', 'clock: elapsed', 'clock: elapsing')}",
        f"sources.yaml:{folder.replace('sources.yaml', 'time_zone: Asia/Seoul', 'time_zone: Asia/Soul')}",
        f"calendar.yaml:{folder.replace('calendar.yaml', '2024-01-01, name', '2024-13-01, name')}",
    ]
    patch.setenv("CHARTER_DIR", str(folder.path))

    for command in (("check",), ("nightly", "--as-of", SUNDAY)):
        status, output = charter(*command)
        assert status == 2
        assert [place for place in places if place not in output] == []
        assert output.endswith("3 problems.\n")
        assert output.count("→") == 3
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CHARTER_HOME", "/nowhere", "charter.yaml: the file is missing"),
        ("CHARTER_DIR", "charters/kotro", "kotro/charter.yaml: the file is missing"),
    ],
)
def test_a_missing_folder_is_named(patch: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    patch.setenv(name, value)
    status, output = charter("check")
    assert (status, words in output) == (2, True)


@pytest.mark.parametrize(
    "command",
    [("nightly", "--as-of", SUNDAY), ("demo",), ("outbox", "list"), ("expectations", "build")],
)
def test_a_folder_that_cannot_be_written_is_named(
    patch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("")
    blocked = tmp_path / "file" / "below"
    patch.setenv("CHARTER_VAR", str(blocked))
    for variable in ("TELEPHONE", "REVIEWS", "SURVEYS", "REGISTERS", "ACTIONS", "VOC"):
        patch.setenv(f"CHARTER_CONN_{variable}", "sqlite:///nothing")
    patch.setenv("CHARTER_PSEUDONYM_KEY", "k" * 32)
    patch.setenv("CHARTER_SIGNING_KEY", generate_signing_key().decode())
    if command[0] == "expectations":
        (tmp_path / "reports").symlink_to(HOME / "reports")
        (tmp_path / "expectations").symlink_to(tmp_path / "file")
        patch.setenv("CHARTER_HOME", str(tmp_path))
        patch.setenv("CHARTER_DIR", str(HOME / "charters/kotra"))

    status, output = charter(*command)

    assert status == 2
    assert f"✗ {tmp_path / ('expectations' if command[0] == 'expectations' else 'file')}" in output
    assert "the file or folder can't be used (Not a directory)" in output


# ── which night ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("patch")
@pytest.mark.parametrize("command", [("nightly",), ("weekly",), ("quarantine",), ("sources",), ("extract", "voc")])
@pytest.mark.parametrize(
    ("as_of", "words"),
    [
        ("yesterday", "as-of: 'yesterday' is not a date or an instant"),
        ("2026-7-5", "as-of: '2026-7-5' is not a date or an instant"),
        ("2026-07-05T00:00:00", "as-of: '2026-07-05T00:00:00' has no offset from UTC"),
        ("2025-12-31", "as-of: nothing was promised yet on 2025-12-31"),
        ("2062-07-05", "as-of: the midnight that ends 2062-07-05 has not come yet"),
    ],
)
def test_a_night_that_cannot_be_is_refused(command: tuple[str, ...], as_of: str, words: str, tmp_path: Path) -> None:
    status, output = charter(*command, "--as-of", as_of)

    assert status == 2
    assert words in output
    assert not (tmp_path / "var").exists()


def test_a_night_beyond_the_calendar_is_refused() -> None:
    agency = load_agency(HOME / "charters/kotra")
    beyond = datetime(2028, 1, 5, 15, tzinfo=UTC)

    with pytest.raises(SettingError, match="the calendar ends on 2027-12-31, before 2028-01-05"):
        require_night(agency, beyond, due=beyond)
    require_night(agency, datetime(2027, 12, 31, 15, tzinfo=UTC), due=beyond)


@pytest.mark.usefixtures("patch")
def test_what_is_known_later_cannot_be_known_before() -> None:
    status, output = charter("nightly", "--as-of", SUNDAY, "--known-at", "2026-07-01")
    assert (status, "is before the night itself" in output) == (2, True)


@pytest.mark.usefixtures("patch")
@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("weekly", "--as-of", SUNDAY), "run the night first: charter nightly --as-of 2026-07-05"),
        (("weekly", "--week", "2026-W27"), "run the night first: charter nightly --as-of 2026-07-05"),
        (("weekly", "--week", "2026-27"), "'2026-27' is no week"),
        (("weekly", "--week", "2026-W54"), "'2026-W54' is no week"),
        (("weekly", "--week", "2062-W10"), "the midnight that ends 2062-03-12 has not come yet"),
        (("weekly", "--week", "2025-W50"), "nothing was promised yet on 2025-12-14"),
        (("weekly", "--week", "2026-W27", "--as-of", SUNDAY), "a week and an as-of are given"),
        (("results",), "run a night first: charter nightly --as-of DATE"),
        (("verify",), "nothing has been sealed"),
        (("quarantine", "--source", "vok"), "no source 'vok': there are voc, telephone"),
        (("extract", "vok"), "no source 'vok': there are voc, telephone"),
        (("extract",), "Missing argument 'SOURCE...'"),
        (("dbt",), "Missing argument"),
        (("nightly", "--from", "2026-07-05", "--to", "2026-07-01"), "2026-07-01 is before 2026-07-05"),
        (("nightly", "--from", "2026-07-01", "--as-of", SUNDAY), "--from goes without --as-of"),
        (("nightly", "--to", SUNDAY), "give its first day with --from"),
        (("nightly", "--from", "2062-07-01"), "is before 2062-07-01"),
        (("nightly", "--from", "July"), "does not match the format"),
        (("sources", "test", "vok"), "no source 'vok': there are voc, telephone"),
        (("sources", "test", "voc", "--feed", "calls"), "'voc' feeds tickets, ticket_events, not 'calls'"),
        (("sources", "profile", "vok"), "there is no source 'vok' in sources.yaml"),
        (("quarantine", "export", "--source", "vok"), "no source 'vok': there are voc, telephone"),
        (("quarantine", "correct", "no.csv", "--source", "voc", "--by", "kim"), "File 'no.csv' does not exist"),
        (("quarantine", "replay", "vok", "--as-of", SUNDAY), "no source 'vok': there are voc, telephone"),
        (("quarantine", "replay", "voc", "--as-of", SUNDAY), "the night 20260705T150000Z was not extracted yet"),
        (("demo", "--until", "2027-01-01"), "the synthetic agency lives in 2026"),
        (("demo", "--until", "5 July"), "does not match the format"),
        (("demo", "--size", "0"), "is not in the range"),
        (("demo", "--size", "nan"), "a size of nan is nothing"),
        (("nightly", "--asof", SUNDAY), "No such option"),
        (("nihgtly",), "No such command 'nihgtly'"),
        (("verify", "--public-key", "nowhere.pem"), "File 'nowhere.pem' does not exist"),
        (("outbox", "list", "--state", "sending"), "'sending' is not one of 'queued'"),
        (("outbox", "resolve", HEAD, "sent", "--by", "kim", "--reason", "asked"), f"outbox, {HEAD}: there is no such"),
        (("outbox", "resolve", "weekly/2026-W27", "sent", "--by", "kim", "--reason", "asked"), "names no message"),
        (("outbox", "resolve", "w w/1/r0/nobody", "sent", "--by", "kim", "--reason", "asked"), "names no message"),
        (("outbox", "requeue", "weekly/2026-W27/rX/a@b.c", "--by", "kim", "--reason", "asked"), "names no message"),
    ],
)
def test_a_mistake_is_answered_with_what_to_do(command: tuple[str, ...], words: str) -> None:
    status, output = charter(*command)
    assert status != 0
    assert words in " ".join(output.split())


# ── one source at a time ────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch, house(tmp_path_factory.mktemp("house"), patch) as made:
        made.live_until(SUNDAY)
        yield made


def test_everything_that_the_settings_lack_is_told_at_once_and_before_the_first_step(agency: House) -> None:
    with pytest.MonkeyPatch.context() as unset:
        unset.delenv("CHARTER_CONN_TELEPHONE")
        unset.delenv("CHARTER_PSEUDONYM_KEY_FILE")
        unset.delenv("CHARTER_SIGNING_KEY_FILE")
        unset.setenv("CHARTER_VAR", str(agency.settings.var_dir / "keyless"))
        status, output = charter("nightly", "--as-of", SUNDAY)
        checked, _ = charter("check")

    assert (status, checked) == (2, 0)
    assert "✗ source 'telephone': CHARTER_CONN_TELEPHONE is not set\n    → set CHARTER_CONN_TELEPHONE to " in output
    assert output.count("✗ environment: CHARTER_PSEUDONYM_KEY is not set") == 1
    assert output.count("✗ environment: CHARTER_SIGNING_KEY is not set") == 1
    assert "3 problems." in output
    assert "extract" not in output
    assert not (agency.settings.var_dir / "keyless/lake").exists()


def test_a_source_is_tried_without_the_settings_that_others_need(agency: House) -> None:
    with pytest.MonkeyPatch.context() as unset:
        unset.delenv("CHARTER_CONN_TELEPHONE")
        unset.delenv("CHARTER_PSEUDONYM_KEY_FILE")
        unset.delenv("CHARTER_SIGNING_KEY_FILE")
        assert charter("sources", "test", "call-reviews", "--as-of", SUNDAY)[0] == 0


def test_the_week_asks_for_its_settings_all_at_once(agency: House) -> None:
    require_week_settings(agency.settings, load_agency(agency.settings.charter_dir))
    with pytest.MonkeyPatch.context() as unset:
        for name in ("CHARTER_SMTP_HOST", "CHARTER_MAIL_FROM", "CHARTER_SIGNING_KEY_FILE"):
            unset.delenv(name)
        with pytest.raises(SettingError) as caught:
            require_week_settings(agency.settings, load_agency(agency.settings.charter_dir))
    assert [problem.what for problem in caught.value.problems] == [
        "CHARTER_SMTP_HOST is not set",
        "CHARTER_MAIL_FROM is not set",
        "CHARTER_SIGNING_KEY is not set",
    ]


def test_a_source_extracted_by_itself_says_what_arrived(agency: House) -> None:
    status, output = charter("extract", "surveys", "--as-of", SUNDAY)
    assert (status, "arrived: " in output) == (0, True)
    assert "read = landed + unchanged + refused + waiting + left out + merged" in charter("sources")[1]


def test_a_register_that_is_really_empty_can_be_accepted_as_such(agency: House) -> None:
    path = agency.settings.demo_dir / "surveys/responses.csv"
    content = path.read_bytes()
    charter("extract", "surveys", "--as-of", "2026-07-03")
    path.write_bytes(content.splitlines(keepends=True)[0])
    try:
        status, refused = charter("extract", "surveys", "--as-of", "2026-07-06")
        assert (status, "that would delete them all" in refused) == (3, True)
        assert charter("extract", "surveys", "--as-of", "2026-07-06", "--accept-empty")[0] == 0
    finally:
        path.write_bytes(content)


def test_quarantine_shows_each_broken_row_once_with_its_nights_and_no_personal_value(agency: House) -> None:
    charter("extract", "registers", "--as-of", SUNDAY)
    charter("extract", "registers", "--as-of", "2026-07-06")

    status, output = charter("quarantine", "--source", "registers")

    assert status == 0
    assert output.count("registers.xlsx/정보공개:") == 1
    reason = re.escape("접수일: '2026.13.01' is not a date such as 2026.07.01")
    assert re.search(rf"  1 row: {reason}\n      \S+  \({SUNDAY} … 2026-07-06\)\n", output)
    assert "010-" not in output
    assert output.splitlines()[-1].endswith(" rows")


# ── trying a source, and putting its refused rows right ──────────────────────────────────────────


def test_a_source_is_tried_without_writing_and_fits_a_terminal(agency: House) -> None:
    before = agency.files(".")

    status, output = charter("sources", "test", "voc", "--as-of", SUNDAY)

    assert status == 0
    assert agency.files(".") == before
    assert "tickets: " in output and "ticket_events: " in output and "would be refused" in output
    shown = [line for line in output.splitlines() if "rows read:" not in line and " is " not in line]
    assert max(map(len, shown)) <= 80
    assert "@" not in output and "010-" not in output
    tickets = output.split("ticket_events: ")[0]
    # All columns do not fit: two blocks, each beginning with the key.
    assert tickets.count("\n  VOC-2026-000001 ") == 2


def test_a_source_that_would_not_land_ends_with_the_status_of_a_source(agency: House) -> None:
    with pytest.MonkeyPatch.context() as moved:
        moved.setenv("CHARTER_CONN_VOC", "sqlite:///nowhere.db")
        status, output = charter("sources", "test", "voc", "--feed", "tickets", "--as-of", SUNDAY)
    assert status == 3
    assert "✗ tickets: 0 rows read" in output
    assert "the database can't be reached" in output
    assert "→ " in output


def test_a_first_mapping_is_printed_and_nothing_else(agency: House) -> None:
    status, output = charter("sources", "profile", "voc", "--kind", "sql", "--at", "tb_voc_rcpt", "--table", "tickets")
    assert status == 0
    assert "          received_at: rcpt_dt\n" in output
    assert "        #   cust_nm: looks personal\n" in output
    assert "@" not in output and "010-" not in output


def test_a_refused_row_goes_from_the_list_to_a_spreadsheet_and_lands(agency: House, tmp_path: Path) -> None:
    charter("extract", "voc", "--as-of", "2026-07-08")
    export = ("quarantine", "export", "--source", "voc")
    status, output = charter(*export)
    assert (status, "--table ticket_events or tickets" in output) == (2, True)

    file = tmp_path / "rows.csv"
    assert charter(*export, "--table", "tickets", "--to", str(file))[0] == 0
    name = "VOC-2026-900101"
    with file.open(encoding="utf-8-sig", newline="") as exported:
        rows = list(csv.DictReader(exported))
    [row] = [row for row in rows if row["ticket_id"] == name]
    row |= {"department_id": "voc-team", "correction_reason": "부서 개편"}
    with file.open("w", encoding="utf-8-sig", newline="") as mended:
        writer = csv.DictWriter(mended, list(row))
        writer.writeheader()
        writer.writerows(rows)

    status, output = charter("quarantine", "correct", str(file), "--source", "voc", "--by", "kim")
    assert (status, output) == (
        0,
        f"✓ voc-0001  tickets:{name}\n1 correction; it lands with the next night\n",
    )
    assert re.search(rf"tickets:{name}  \(([^)]+ … )?2026-07-08\)  voc-0001 waiting", charter("quarantine")[1])

    status, output = charter("quarantine", "replay", "--as-of", "2026-07-08")
    assert (status, "1 put right" in output) == (0, True)
    assert output.endswith("run the night again: charter nightly --as-of 2026-07-08T15:00:00+00:00\n")
    listed = charter("quarantine", "corrections")[1].splitlines()
    assert listed[1].split() == ["voc-0001", "landed", "tickets", f"tickets:{name}", "kim", "부서", "개편"]
    assert name not in charter(*export, "--table", "tickets")[1]


def test_a_range_of_nights_is_told_night_by_night_and_ends_with_its_gravest_failure(
    agency: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(as_of: str) -> list[str]:
        if as_of.startswith("2026-07-02"):
            raise CheckError("a check could not be evaluated", where="check", remedy="mend it")
        return ["telephone: late"]

    monkeypatch.setattr("charter.backfill.run_night", run)
    monkeypatch.setattr("charter.backfill.is_done", lambda as_of: as_of.startswith("2026-07-01"))
    monkeypatch.setattr("charter.line.published_night", lambda: "2026-07-03T15:00:00+00:00")
    monkeypatch.setattr("charter.line.build_site", lambda as_of: {"pages": 40})

    status, output = charter("nightly", "--from", "2026-07-01", "--to", "2026-07-03")

    assert status == 5
    lines = [" ".join(line.split()) for line in output.splitlines()]
    assert lines[1] == "✓ 1 of 3 2026-07-01 sealed already"
    assert lines[2].startswith("✗ 2 of 3 2026-07-02 0.0 s")
    assert "✗ check: a check could not be evaluated" in lines
    assert "! telephone: late" in lines
    assert lines[-1] == "1 night run, 1 sealed already, 1 failed"


def test_one_writer_at_a_time(agency: House) -> None:
    warehouse = agency.settings.work_warehouse
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    other = subprocess.Popen(
        [sys.executable, "-c", f"import duckdb; held = duckdb.connect({str(warehouse)!r}); print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert other.stdout is not None
        other.stdout.readline()
        status, output = charter("nightly", "--as-of", "2026-07-06")
    finally:
        other.communicate(b"\n")

    assert status == 4
    assert "Conflicting lock is held" in output
    assert "wait for the other one" in output


# ── the outbox ──────────────────────────────────────────────────────────────────────────────────


def queued(settings_var: Path) -> MessageKey:
    """A message from an earlier night, whose fate became unknown."""
    waiting = message("head@agency.example")
    with Outbox(settings_var / "outbox" / "outbox.db") as box:
        box.enqueue(
            [waiting], sender=Sender(address="charter@agency.example"), as_of=datetime(2026, 7, 5, 15, tzinfo=UTC)
        )
        claim = box.claim(box.queued()[0])
        assert claim is not None
        box.settle(claim, Outcome(MessageState.UNKNOWN, "no answer after the content was sent"), max_attempts=3)
    return waiting.key


@pytest.mark.usefixtures("patch")
def test_a_message_is_named_in_the_list_as_it_is_resolved(tmp_path: Path) -> None:
    key = queued(tmp_path / "var")

    _, listed = charter("outbox", "list", "--state", "unknown")
    name, state, tries, *reply = listed.splitlines()[1].split()
    assert (name, state, tries, " ".join(reply)) == (HEAD, "unknown", "1", "no answer after the content was sent")
    assert listed.splitlines()[-1] == "1 message, 1 to be settled by a person"

    assert charter("outbox", "resolve", name, "requeue", "--by", "kim", "--reason", "not in the mailbox") == (
        0,
        f"✓ {HEAD}: requeue\n",
    )
    with Outbox(tmp_path / "var/outbox/outbox.db") as box:
        last = box.history(key)[-1]
    assert (last.to_state, last.by, last.detail) == (MessageState.QUEUED, "kim", "not in the mailbox")

    status, output = charter("outbox", "resolve", name, "sent", "--by", "kim", "--reason", "again")
    assert (status, "the message is queued, not unknown" in output) == (7, True)
    status, output = charter("outbox", "requeue", name, "--by", "kim", "--reason", "again")
    assert (status, "the message is queued, not failed or refused" in output) == (7, True)


@pytest.mark.usefixtures("patch")
def test_a_message_that_nobody_needs_any_more_is_dismissed_by_name_and_reason(tmp_path: Path) -> None:
    queued(tmp_path / "var")
    with pytest.raises(DeliveryError, match="unknown: no answer"):
        line.require_settled({})

    done = charter("outbox", "dismiss", HEAD, "--by", "kim", "--reason", "told by telephone")

    assert done == (0, f"✓ {HEAD}: dismissed\n")
    assert line.require_settled({}) == {"to be settled by a person": 0}
    _, listed = charter("outbox", "list")
    assert "unknown, dismissed" in listed
    assert listed.splitlines()[-1] == "1 message"


# ── what is kept for reading ────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_expectations_are_built_from_the_charter(patch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for folder in ("charters", "dbt_project", "reports"):
        shutil.copytree(HOME / folder, tmp_path / folder)
    patch.setenv("CHARTER_HOME", str(tmp_path))

    status, output = charter("expectations", "build")

    built = {path.name: path.read_bytes() for path in (tmp_path / "expectations/suites/kotra").iterdir()}
    shipped = {path.name: path.read_bytes() for path in (HOME / "expectations/suites/kotra").iterdir()}
    assert (status, output) == (0, f"✓ {len(shipped)} suites written to expectations/suites/kotra\n")
    assert built == shipped


# ── as a process ────────────────────────────────────────────────────────────────────────────────


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "charter.cli", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.usefixtures("patch")
def test_as_a_process_errors_go_to_stderr_and_lines_are_not_cut() -> None:
    done = process("nightly", "--as-of", "someday")

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[0] == "✗ as-of: 'someday' is not a date or an instant"
    # A pipe gets whole lines, however narrow the terminal.
    assert len(done.stderr.splitlines()[1]) > 80


@pytest.mark.usefixtures("patch")
def test_as_a_process_its_name_is_charter_and_help_fits_a_terminal() -> None:
    done = process("--help")

    assert done.returncode == 0
    assert done.stdout.startswith("Usage: charter [OPTIONS] COMMAND")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "..." not in done.stdout.replace("[ARGS]...", "")


@pytest.mark.slow
@pytest.mark.usefixtures("agency")
def test_as_a_process_dbt_gets_no_traceback_either() -> None:
    done = process("dbt", "--", "prase")

    assert done.returncode == 4
    assert "dbt could not run: No such command 'prase'" in done.stderr
    assert "Traceback" not in done.stderr
