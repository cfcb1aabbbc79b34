"""`charter check` tells everything that is wrong with a charter folder at once: file, line, what, remedy.

The folder is that of a small agency, tests/agencies/town.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from charter.definitions import load_agency
from tests.definitions.folder import KOTRA, TOWN, CharterFolder

INVITED = "{column: rating_invited_at"
EVENT = "{first: occurred_at, of: letter_events"
WORKING_DAYS = 'if we say why."}}\n    kind: deadline\n    rules:\n      - version: 1\n        effective_from: {}'
PARIS = "  - department: paris\n    observes_agency_holidays: false\n    holidays: []"
HOURS = '\n    working_hours: {{days: [1], start: "{}", end: "17:30", break_start: "{}", break_end: "13:00"}}'


@pytest.fixture
def folder(tmp_path: Path) -> CharterFolder:
    return CharterFolder(tmp_path, TOWN)


def test_the_shipped_charter_is_sound_and_whole() -> None:
    agency = load_agency(KOTRA)

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
    line = folder.replace("charter.yaml", "clock: elapsed, limit: 48 hours", "limit: 48 hours")

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
        ("charter.yaml", "pledge: service", "pledge: servise", "servise"),
        ("charter.yaml", "opens: received_at", "opens: recieved_at", "recieved_at"),
        ("charter.yaml", "subject: tenancies", "subject: tenants", "tenants"),
        (
            "charter.yaml",
            "owner: {department: citizens-office}",
            "owner: {department: citizens-offce}",
            "citizens-offce",
        ),
        (
            "charter.yaml",
            "owner: {department: citizens-office}",
            "owner: {department: citizens-office}\n        exclude: [spam]",
            "slots or days",
        ),
        (
            "charter.yaml",
            "owner: {department: citizens-office}",
            "owner: {department: citizens-office}\n        missing_day_at_most: 3",
            "one commitment for each part",
        ),
        ("charter.yaml", "exclude: [urgent-business]", "exclude: [urgency]", "urgency"),
        ("charter.yaml", "where: {of: courses}", "where: {of: curses}", "curses"),
        ("charter.yaml", "time_zone: Asia/Tokyo", "time_zone: Asia/Tokio", "Asia/Tokio"),
        ("charter.yaml", "slot: month, only: [3, 5, 7, 9]", "slot: month, only: [3, 5, 7, 13]", "1 to 12"),
        ("charter.yaml", "starts: from_on, ends: to_on", "starts: from_on", "ends, valid_for"),
        ("charter.yaml", "{column: rating_invited_at}", "{column: rating_asked_at}", "rating_asked_at"),
        ("charter.yaml", "later_than: interim_notice_at", "later_than: rating", "of type integer, not instant"),
        ("charter.yaml", "later_than: interim_notice_at", "later_than: interim_noticed", "interim_noticed"),
        ("charter.yaml", "{kind: repair}", "{rating: {at_least: 6, at_most: 5}}", "at least 6 and at most 5"),
        ("charter.yaml", "{kind: repair}", "{rating: {at_least: 0, is_null: false}}", "give exactly one"),
        ("charter.yaml", f"{INVITED}}}", f"{INVITED}, within: 10 minutes}}", "within needs after"),
        ("charter.yaml", f"{INVITED}}}", f"{INVITED}, after: received_at, within: 1 month}}", "within is in seconds"),
        (
            "charter.yaml",
            "{column: paid_on}",
            "{column: paid_on, after: compensation_decided_on, within: 10 hours}",
            "only a date",
        ),
        ("subjects.yaml", "key: call_id", "key: callid", "callid"),
        ("subjects.yaml", "from: letters\n", "from: letters\n    of: [letter]\n", "made of letters, letter_events"),
        ("subjects.yaml", "from: letters", "from: letter", "'letter' is not a table"),
        ("subjects.yaml", EVENT, "{first: occurred_at", "with 'of' whose rows"),
        ("subjects.yaml", EVENT, "{first: kind, of: letter_events", "of type code"),
        ("subjects.yaml", EVENT, "{first: occurred_at, of: pages", "'letter_id'"),
        (
            "subjects.yaml",
            "rating: {take: rating, with: rated_at}",
            "replies: {count: occurred_at, of: letter_events}\n      rating: {take: rating, with: replies}",
            "stands in no one row",
        ),
        ("subjects.yaml", "before: first_reply_at", "before: kind", "'kind'"),
        (
            "subjects.yaml",
            "{first: occurred_at, of: letter_events, where: {kind: spam}}",
            "{standing: occurred_at, of: letter_events, where: {kind: spam}, until: {kind: [unmarked]}}",
            "'unmarked'",
        ),
        ("subjects.yaml", "ownership: {opens: received_at", "ownership: {opens: kind", "of type code"),
        ("calendar.yaml", "first_day: 2026-01-01", "first_day: 2026-06-01", "came into force"),
        ("charter.yaml", WORKING_DAYS.format("2026-01-01"), WORKING_DAYS.format("2025-12-31"), "begins on"),
        ("calendar.yaml", "department: paris", "department: pariss", "pariss"),
        ("calendar.yaml", PARIS, f"{PARIS}\n{PARIS}", "second calendar for 'paris'"),
        ("calendar.yaml", "day: 2026-07-17", "day: 2029-07-17", "outside the calendar"),
        ("calendar.yaml", PARIS, PARIS + HOURS.format("18:30", "12:00"), "end before they start"),
        ("calendar.yaml", PARIS, PARIS + HOURS.format("08:30", "07:00"), "break"),
    ],
)
def test_each_mistake_is_told_with_its_line_and_a_remedy(
    folder: CharterFolder, file: str, old: str, new: str, what: str
) -> None:
    line = folder.replace(file, old, new)

    problems = folder.problems()

    assert any(what in str(problem.what) for problem in problems), [str(problem) for problem in problems]
    named = [problem for problem in problems if what in problem.what]
    assert all(problem.where.startswith("town/") and problem.remedy for problem in named)
    assert any(abs(int(problem.where.rpartition(":")[2]) - line) <= 6 for problem in named), [p.where for p in named]


def test_the_exact_line_of_a_scalar_is_named(folder: CharterFolder) -> None:
    line = folder.replace("charter.yaml", "pledge: service", "pledge: servic")

    (problem,) = folder.problems()

    assert problem.where == f"town/charter.yaml:{line}"
    assert problem.remedy == "did you mean 'service'?"


def test_every_error_of_every_file_is_told_at_once(folder: CharterFolder) -> None:
    folder.replace("charter.yaml", "limit: 48 hours", "limit: soon")
    folder.replace("subjects.yaml", "type: instant", "type: moment")
    folder.replace("departments.yaml", "time_zone:", "timezone:")

    files = {problem.where.partition(":")[0] for problem in folder.problems()}

    assert files == {"town/charter.yaml", "town/subjects.yaml", "town/departments.yaml"}


def test_a_missing_file_is_named_beside_the_errors_of_the_others(folder: CharterFolder) -> None:
    (folder.path / "sources.yaml").unlink()
    folder.replace("charter.yaml", "limit: 48 hours", "limit: soon")

    problems = folder.problems()

    assert any(problem.where == "town/sources.yaml" and "missing" in problem.what for problem in problems)
    assert any("soon" in problem.what for problem in problems)


def test_broken_yaml_names_the_line(folder: CharterFolder) -> None:
    line = folder.replace("charter.yaml", "pledges:\n", "pledges: [\n")

    (problem,) = folder.problems()

    assert problem.where.startswith("town/charter.yaml:") and "YAML" in problem.what
    assert abs(int(problem.where.rpartition(":")[2]) - line) <= 2


def test_text_that_is_not_utf8_is_told(folder: CharterFolder) -> None:
    path = folder.path / "charter.yaml"
    path.write_bytes("# Rathaus für alle\n".encode("latin-1") + path.read_bytes())

    (problem,) = folder.problems()

    assert problem.what == "the file is not UTF-8 text"


def test_a_rule_that_begins_while_another_is_in_force_is_an_error(folder: CharterFolder) -> None:
    def in_july(charter: Any) -> None:
        rules = charter["standards"][-1]["rules"]
        rules.append({**rules[0], "version": 2, "effective_from": date(2026, 7, 1)})

    folder.change("charter.yaml", in_july)

    (problem,) = folder.problems()

    assert "version 2 of 'no-leak' begins while another is in force" in problem.what


def test_a_circle_of_departments_is_an_error(folder: CharterFolder) -> None:
    def above_each_other(organisation: Any) -> None:
        first, second, *_ = organisation["departments"]
        for each, other in ((first, second), (second, first)):
            each["placements"][0]["parent"] = other["id"]

    folder.change("departments.yaml", above_each_other)

    assert any("stands above itself" in problem.what for problem in folder.problems())


HEAD = "{name: Head, address: head@town.example"


def tells(folder: CharterFolder, department: str, recipients: str) -> None:
    """Gives ``department`` the ``recipients``."""
    folder.replace("departments.yaml", f"{{id: {department},", f"{{id: {department}, recipients: [{recipients}],")


def test_one_mailbox_may_serve_two_departments(folder: CharterFolder) -> None:
    tells(folder, "citizens-office", f"{HEAD}}}")
    tells(folder, "building-office", "{name: Head, address: Head@TOWN.example}")

    assert folder.problems() == []


@pytest.mark.parametrize(
    ("written", "what"),
    [
        (f"{HEAD}}}, {{name: Deputy, address: Head@TOWN.example}}", "of 'citizens-office' twice at a time"),
        (f"{HEAD}, to: 2026-07-05}}, {HEAD}, from: 2026-07-05}}", "of 'citizens-office' twice at a time"),
        (f"{HEAD}, from: 2026-07-06, to: 2026-07-05}}", "'from' is later than 'to'"),
        (f"{HEAD}, instead_of: nobody@town.example}}", "is no other recipient of 'citizens-office'"),
        (f"{HEAD}, instead_of: head@town.example}}", "is no other recipient of 'citizens-office'"),
        (f"{HEAD}, language: klingon}}", "is not a language"),
    ],
)
def test_recipients_that_contradict_each_other_are_an_error(folder: CharterFolder, written: str, what: str) -> None:
    tells(folder, "citizens-office", written)

    assert any(what in problem.what for problem in folder.problems())


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ("language: de, digest: true", "the digest of one mailbox would be in two languages, 'en' and 'de'"),
        ("language: de", None),
        ("digest: true", None),
        ("language: de, digest: true, from: 2026-07-06", None),
    ],
)
def test_a_digest_speaks_one_language(folder: CharterFolder, other: str, what: str | None) -> None:
    until = ", to: 2026-07-05" if "from" in other else ""
    tells(folder, "citizens-office", f"{HEAD}, digest: true{until}}}")
    tells(folder, "building-office", f"{{name: Head, address: Head@town.example, {other}}}")

    assert [problem.what for problem in folder.problems()] == ([what] if what else [])


def test_a_recipient_may_come_back(folder: CharterFolder) -> None:
    tells(folder, "citizens-office", f"{HEAD}, to: 2026-07-05}}, {HEAD}, from: 2026-07-06}}")

    assert folder.problems() == []


@pytest.mark.parametrize("address", ["팀장@town.example", "a..b@town.example", "a@-town.example", "a@코트라.kr"])
def test_an_address_that_no_mail_can_be_sent_to_is_an_error(folder: CharterFolder, address: str) -> None:
    tells(folder, "citizens-office", f"{{name: Head, address: {address}}}")

    (problem,) = folder.problems()

    assert "the address is not one that a report can be sent to" in problem.what
    assert address not in f"{problem}", "an address may be a person's"


def test_a_standard_without_a_source_is_an_error(folder: CharterFolder) -> None:
    folder.replace("sources.yaml", "table: visits", "table: meetings")

    assert any("no source feeds 'visits'" in problem.what for problem in folder.problems())


def test_a_source_column_for_a_column_nobody_knows_is_an_error(folder: CharterFolder) -> None:
    folder.replace("sources.yaml", "letter_id:", "letter_no:")

    problems = folder.problems()

    assert any("'letter_no' is not a column of 'letters'" in problem.what for problem in problems)
    assert any("required column 'letter_id'" in problem.what for problem in problems)


def test_an_exclusion_that_needs_a_limit_is_refused_where_there_is_none(folder: CharterFolder) -> None:
    folder.replace("charter.yaml", "exclude: [urgent-business]", "exclude: [abandoned-within-limit]")

    assert any("which only a deadline has" in problem.what for problem in folder.problems())


def test_tables_that_are_derived_from_each_other_are_told(folder: CharterFolder) -> None:
    folder.replace(
        "subjects.yaml",
        "  requests:\n    from: letters\n",
        "  replies:\n    from: requests\n    text: Replies\n  requests:\n    from: replies\n",
    )
    told = [problem for problem in folder.problems() if "in a circle" in problem.what]
    assert told[0].what.endswith("replies from requests from replies")
    assert told[0].where.startswith("town/subjects.yaml:")


def test_a_column_that_may_be_empty_answers_for_nothing(folder: CharterFolder) -> None:
    """A row without a department would be a commitment of nobody, and stop the night for everybody."""
    required = "office: {type: department, required: true}\n      rang_at"
    folder.replace("subjects.yaml", required, required.replace(", required: true", ""))
    problems = [problem for problem in folder.problems() if "nobody would answer" in problem.what]
    assert problems
    assert all(problem.where.startswith("town/charter.yaml:") for problem in problems)


def test_a_clock_that_a_kind_does_not_know_is_answered_with_those_that_it_knows(folder: CharterFolder) -> None:
    """Evidence (coverage) has one clock: a remedy that names others would lead in a circle."""
    line = folder.replace("charter.yaml", f"{INVITED}}}], clock: elapsed", f"{INVITED}}}], clock: working_days")
    (problem,) = folder.problems()
    assert problem.where == f"town/charter.yaml:{line}"
    assert "should be 'elapsed'" in problem.what
    assert problem.remedy == "use one of the values named"


@pytest.mark.parametrize(
    ("old", "new", "remedy"),
    [
        ("id: requests-answered", "id: Réponse", "write it in small letters from a to z, digits and '-', beginning"),
        ("subject: tenancies", "subject: Contrats d'eau", "small letters from a to z, digits and '_', beginning"),
    ],
)
def test_an_id_in_other_letters_is_told_which_it_may_have(
    folder: CharterFolder, old: str, new: str, remedy: str
) -> None:
    folder.replace("charter.yaml", old, new)
    assert any(remedy in problem.remedy for problem in folder.problems())


@pytest.mark.parametrize(
    ("rules", "what"),
    [
        ("{domains: [elsewhere.example]}", "no mail may go to 'town.example'"),
        ("{domains: [TOWN.example]}", None),
        ("{domains: ['*.example']}", "is not a mail domain"),
        ("{reply_to: nobody}", "is not a mail address"),
        ("{from_name: {fr: Mairie}}", "not written in the agency's own language"),
        ("{one_click: 'http://town.example/{token}'}", "is not an address such as https"),
        ("{one_click: 'https://town.example/all'}", "is not an address such as https"),
    ],
)
def test_what_holds_for_all_mails_is_checked(folder: CharterFolder, rules: str, what: str | None) -> None:
    tells(folder, "citizens-office", f"{HEAD}}}")
    folder.replace("departments.yaml", "departments:", f"mail: {rules}\ndepartments:")

    said = [problem.what for problem in folder.problems()]

    assert any(what in each for each in said) if what else said == []
