"""`charter check` tells everything that is wrong with a charter folder at once: file, line, what, remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.definitions.folder import CharterFolder


@pytest.fixture
def folder(tmp_path: Path) -> CharterFolder:
    return CharterFolder(tmp_path)


def test_the_shipped_charter_is_sound_and_whole(folder: CharterFolder) -> None:
    agency = folder.load()

    assert len(agency.charter.standards) == 36
    assert {standard.kind for standard in agency.charter.standards} == {
        "deadline",
        "lead_time",
        "occurrence",
        "level",
        "coverage",
        "zero",
    }


def test_a_missing_clock_is_an_error_there_is_no_default(folder: CharterFolder) -> None:
    line = folder.replace(
        "charter.yaml", "            clock: elapsed\n            limit: 48 hours\n", "            limit: 48 hours\n"
    )

    problems = folder.problems()

    assert problems and all("'clock' is not given" in problem.what for problem in problems)
    assert all("there is no default" in problem.remedy for problem in problems)
    # The part is named: the clock's own line is gone.
    assert any(abs(int(problem.where.rpartition(":")[2]) - line) <= 8 for problem in problems)


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("charter.yaml", "kind: zero", "kind: none", "none"),
        ("charter.yaml", "every: [website, post, ", "every: [website, Web-site, ", "count as one"),
        ("charter.yaml", "every: [website, post, ", "every: [website, webㆍsite, ", "count as one"),
        ("charter.yaml", "every: [website, post, ", "every: [website, '-', ", "no letter or digit"),
        ("charter.yaml", "limit: 48 hours", "limit: 48 ours", "48 ours"),
        ("charter.yaml", "limit: 48 hours", "limt: 48 hours", "limt"),
        ("charter.yaml", "pledge: correction", "pledge: corection", "corection"),
        ("charter.yaml", "opens: received_at", "opens: recieved_at", "recieved_at"),
        ("charter.yaml", "subject: tenancies", "subject: tenants", "tenants"),
        ("charter.yaml", "owner: {department: audit-office}", "owner: {department: audit-offce}", "audit-offce"),
        (
            "charter.yaml",
            "owner: {department: audit-office}",
            "owner: {department: audit-office}\n        exclude: [spam]",
            "slots or days",
        ),
        (
            "charter.yaml",
            "owner: {department: audit-office}",
            "owner: {department: audit-office}\n        missing_day_at_most: 3",
            "one commitment for each part",
        ),
        ("charter.yaml", "exclude: [withdrawn]", "exclude: [withdrawal]", "withdrawal"),
        ("charter.yaml", "where: {programme: champ}", "where: {programme: chimp}", "chimp"),
        ("charter.yaml", "time_zone: Asia/Seoul", "time_zone: Asia/Soul", "Asia/Soul"),
        ("charter.yaml", "slot: month, only: [3, 5, 7, 9]", "slot: month, only: [3, 5, 7, 13]", "1 to 12"),
        ("charter.yaml", "starts: from_on, ends: to_on", "starts: from_on", "ends, valid_for"),
        ("charter.yaml", "{column: interim_notice_at, where", "{column: interim_notices, where", "interim_notices"),
        ("charter.yaml", "later_than: interim_notice_at", "later_than: project_ended_on", "of type date, not instant"),
        ("charter.yaml", "later_than: interim_notice_at", "later_than: interim_noticed", "interim_noticed"),
        (
            "charter.yaml",
            "{at_least: 0, at_most: 365}",
            "{at_least: 366, at_most: 365}",
            "at least 366 and at most 365",
        ),
        ("charter.yaml", "{at_least: 0, at_most: 365}", "{at_least: 0, is_null: false}", "give exactly one"),
        ("charter.yaml", "after: arrived_at, within: 10 minutes", "within: 10 minutes", "within needs after"),
        ("charter.yaml", "within: 10 minutes}", "within: 1 month}", "within is in seconds"),
        ("charter.yaml", "{column: paid_on}", "{column: paid_on, after: received_at, within: 10 hours}", "only a date"),
        ("subjects.yaml", "key: call_id", "key: callid", "callid"),
        ("subjects.yaml", "of: [tickets,", "of: [ticket,", "made of tickets, ticket_events"),
        ("subjects.yaml", "from: tickets", "from: ticket", "'ticket' is not a table"),
        ("subjects.yaml", "{first: occurred_at, of: ticket_events", "{first: occurred_at", "with 'of' whose rows"),
        ("subjects.yaml", "{first: occurred_at, of: ticket_events", "{first: kind, of: ticket_events", "of type code"),
        ("subjects.yaml", "{first: occurred_at, of: ticket_events", "{first: occurred_at, of: pages", "'ticket_id'"),
        ("subjects.yaml", "with: interim_notice_at", "with: reopen_count", "stands in no one row"),
        ("subjects.yaml", "before: first_reply_at", "before: channel", "'channel'"),
        ("subjects.yaml", "until: {kind: [unmarked_spam,", "until: {kind: [unmarked,", "'unmarked'"),
        ("subjects.yaml", "ownership: {opens: received_at", "ownership: {opens: channel", "of type code"),
        ("calendar.yaml", "first_day: 2024-01-01", "first_day: 2026-06-01", "came into force"),
        (
            "charter.yaml",
            "effective_from: 2026-01-01\n        basis: statute",
            "effective_from: 2023-12-31\n        basis: statute",
            "begins on",
        ),
        ("calendar.yaml", "department: frankfurt", "department: frankfurd", "frankfurd"),
        ("calendar.yaml", "department: silicon-valley", "department: frankfurt", "second calendar for 'frankfurt'"),
        ("calendar.yaml", "day: 2026-11-26", "day: 2029-11-26", "outside the calendar"),
        ("calendar.yaml", 'start: "08:30", end: "17:30"', 'start: "18:30", end: "17:30"', "end before they start"),
        (
            "calendar.yaml",
            'break_start: "12:00", break_end: "13:00"}',
            'break_start: "07:00", break_end: "13:00"}',
            "break",
        ),
    ],
)
def test_each_mistake_is_told_with_its_line_and_a_remedy(
    folder: CharterFolder, file: str, old: str, new: str, what: str
) -> None:
    line = folder.replace(file, old, new)

    problems = folder.problems()

    assert any(what in str(problem.what) for problem in problems), [str(problem) for problem in problems]
    named = [problem for problem in problems if what in problem.what]
    assert all(problem.where.startswith("kotra/") and problem.remedy for problem in named)
    assert any(abs(int(problem.where.rpartition(":")[2]) - line) <= 6 for problem in named), [p.where for p in named]


def test_the_exact_line_of_a_scalar_is_named(folder: CharterFolder) -> None:
    line = folder.replace("charter.yaml", "pledge: kindness", "pledge: kindnes")

    (problem,) = folder.problems()

    assert problem.where == f"kotra/charter.yaml:{line}"
    assert problem.remedy == "did you mean 'kindness'?"


def test_every_error_of_every_file_is_told_at_once(folder: CharterFolder) -> None:
    folder.replace("charter.yaml", "limit: 48 hours", "limit: soon")
    folder.replace("subjects.yaml", "type: instant", "type: moment")
    folder.replace("departments.yaml", "time_zone:", "timezone:")

    files = {problem.where.partition(":")[0] for problem in folder.problems()}

    assert files == {"kotra/charter.yaml", "kotra/subjects.yaml", "kotra/departments.yaml"}


def test_a_missing_file_is_named_beside_the_errors_of_the_others(folder: CharterFolder) -> None:
    (folder.path / "sources.yaml").unlink()
    folder.replace("charter.yaml", "limit: 48 hours", "limit: soon")

    problems = folder.problems()

    assert any(problem.where == "kotra/sources.yaml" and "missing" in problem.what for problem in problems)
    assert any("soon" in problem.what for problem in problems)


def test_broken_yaml_names_the_line(folder: CharterFolder) -> None:
    line = folder.replace("charter.yaml", "pledges:\n", "pledges: [\n")

    (problem,) = folder.problems()

    assert problem.where.startswith("kotra/charter.yaml:") and "YAML" in problem.what
    assert abs(int(problem.where.rpartition(":")[2]) - line) <= 2


def test_text_that_is_not_utf8_is_told(folder: CharterFolder) -> None:
    path = folder.path / "charter.yaml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp949", errors="replace"))

    (problem,) = folder.problems()

    assert problem.what == "the file is not UTF-8 text"


def test_a_rule_that_begins_while_another_is_in_force_is_an_error(folder: CharterFolder) -> None:
    text = (folder.path / "charter.yaml").read_text(encoding="utf-8")
    start = text.index("  - id: phone-courtesy-survey")
    end = text.index("  # ──", start)
    standard = text[start:end]
    rule = standard[standard.index("      - version: 1") :]
    later = rule.replace("version: 1", "version: 2").replace("2026-01-01", "2026-07-01")
    (folder.path / "charter.yaml").write_text(
        text[:start] + standard.rstrip() + "\n" + later + text[end:], encoding="utf-8"
    )

    (problem,) = folder.problems()

    assert "version 2 of 'phone-courtesy-survey' begins while another is in force" in problem.what


def test_a_circle_of_departments_is_an_error(folder: CharterFolder) -> None:
    agency = folder.load()
    top = next(each for each in agency.organisation.departments if each.placements[0].parent is None)
    child = next(each for each in agency.organisation.departments if each.placements[0].parent == top.id)
    text = (folder.path / "departments.yaml").read_text(encoding="utf-8")
    position = text.index("effective_from:", text.index(f"id: {top.id}"))
    (folder.path / "departments.yaml").write_text(
        text[:position] + f"parent: {child.id}, " + text[position:], encoding="utf-8"
    )

    assert any("stands above itself" in problem.what for problem in folder.problems())


def test_one_mailbox_may_serve_two_departments(folder: CharterFolder) -> None:
    folder.replace("departments.yaml", "branch-team@kotra.example", "Champ-Team@KOTRA.example")

    assert folder.problems() == []


HEAD = "{name: 지사화팀장, address: branch-team@kotra.example"


@pytest.mark.parametrize(
    ("written", "what"),
    [
        (f"{HEAD}}}, {{name: 부팀장, address: Branch-Team@kotra.example}}", "of 'branch-team' twice at a time"),
        (f"{HEAD}, to: 2026-07-05}}, {HEAD}, from: 2026-07-05}}", "of 'branch-team' twice at a time"),
        (f"{HEAD}, from: 2026-07-06, to: 2026-07-05}}", "'from' is later than 'to'"),
        (f"{HEAD}, instead_of: nobody@kotra.example}}", "is no other recipient of 'branch-team'"),
        (f"{HEAD}, instead_of: branch-team@kotra.example}}", "is no other recipient of 'branch-team'"),
        (f"{HEAD}, language: klingon}}", "is not a language"),
    ],
)
def test_recipients_that_contradict_each_other_are_an_error(folder: CharterFolder, written: str, what: str) -> None:
    folder.replace("departments.yaml", f"{HEAD}}}", written)

    assert any(what in problem.what for problem in folder.problems())


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ("language: en, digest: true", "the digest of one mailbox would be in two languages, 'ko' and 'en'"),
        ("language: en", None),
        ("digest: true", None),
        ("language: en, digest: true, from: 2026-07-06", None),
    ],
)
def test_a_digest_speaks_one_language(folder: CharterFolder, other: str, what: str | None) -> None:
    until = ", to: 2026-07-05" if "from" in other else ""
    folder.replace("departments.yaml", f"{HEAD}}}", f"{HEAD}, digest: true{until}}}")
    folder.replace("departments.yaml", "champ-team@kotra.example}", f"Branch-Team@kotra.example, {other}}}")

    assert [problem.what for problem in folder.problems()] == ([what] if what else [])


def test_a_recipient_may_come_back(folder: CharterFolder) -> None:
    folder.replace("departments.yaml", f"{HEAD}}}", f"{HEAD}, to: 2026-07-05}}, {HEAD}, from: 2026-07-06}}")

    assert folder.problems() == []


@pytest.mark.parametrize("address", ["팀장@kotra.example", "a..b@kotra.example", "a@-kotra.example", "a@코트라.kr"])
def test_an_address_that_no_mail_can_be_sent_to_is_an_error(folder: CharterFolder, address: str) -> None:
    folder.replace("departments.yaml", "branch-team@kotra.example", address)

    (problem,) = folder.problems()

    assert "the address is not one that a report can be sent to" in problem.what
    assert address not in f"{problem}", "an address may be a person's"


def test_a_standard_without_a_source_is_an_error(folder: CharterFolder) -> None:
    folder.replace("sources.yaml", "table: visits", "table: meetings")

    assert any("no source feeds 'visits'" in problem.what for problem in folder.problems())


def test_a_source_column_for_a_column_nobody_knows_is_an_error(folder: CharterFolder) -> None:
    folder.replace("sources.yaml", "ticket_id:", "ticket_no:")

    problems = folder.problems()

    assert any("'ticket_no' is not a column of 'tickets'" in problem.what for problem in problems)
    assert any("required column 'ticket_id'" in problem.what for problem in problems)


def test_an_exclusion_that_needs_a_limit_is_refused_where_there_is_none(folder: CharterFolder) -> None:
    folder.replace("charter.yaml", "exclude: [urgent-business]", "exclude: [abandoned-within-limit]")

    assert any("which only a deadline has" in problem.what for problem in folder.problems())


def test_tables_that_are_derived_from_each_other_are_told(folder: CharterFolder) -> None:
    folder.replace("subjects.yaml", "from: tickets", "from: rating_invitations")
    told = [problem for problem in folder.problems() if "in a circle" in problem.what]
    assert told[0].what.endswith("inquiries from rating_invitations from inquiries")
    assert told[0].where.startswith("kotra/subjects.yaml:")


def test_a_column_that_may_be_empty_answers_for_nothing(folder: CharterFolder) -> None:
    """A row without a department would be a commitment of nobody, and stop the night for everybody."""
    required = "department_id: {type: department, required: true, text: Department whose desk rang.}"
    folder.replace("subjects.yaml", required, required.replace(", required: true", ""))
    problems = [problem for problem in folder.problems() if "nobody would answer" in problem.what]
    assert problems
    assert all(problem.where.startswith("kotra/charter.yaml:") for problem in problems)


def test_a_clock_that_a_kind_does_not_know_is_answered_with_those_that_it_knows(folder: CharterFolder) -> None:
    """Evidence (coverage, the first standard) has one clock: a remedy that names others would lead in a circle."""
    line = folder.replace("charter.yaml", "clock: elapsed", "clock: working_days")
    (problem,) = folder.problems()
    assert problem.where == f"kotra/charter.yaml:{line}"
    assert "should be 'elapsed'" in problem.what
    assert problem.remedy == "use one of the values named"


@pytest.mark.parametrize(
    ("old", "new", "remedy"),
    [
        ("id: branch-first-reply", "id: Réponse", "write it in small letters from a to z, digits and '-', beginning"),
        ("subject: tenancies", "subject: Contrats d'eau", "small letters from a to z, digits and '_', beginning"),
    ],
)
def test_an_id_in_other_letters_is_told_which_it_may_have(
    folder: CharterFolder, old: str, new: str, remedy: str
) -> None:
    folder.replace("charter.yaml", old, new)
    assert any(remedy in problem.remedy for problem in folder.problems())
