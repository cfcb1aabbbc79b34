"""The whole line, from source systems to inboxes: what an agency sees over a few nights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from charter.base.settings import Settings
from charter.definitions import load_agency
from charter.definitions.models import Duration, PseudonymRule, Retention
from charter.evidence import recompute, verify
from charter.explain import Asked, CommitmentExplanation, FigureExplanation, as_text, explain, said
from charter.health.heartbeat import last_beat
from charter.keep.backup import back_up
from charter.keep.inventory import state_files
from charter.keep.prune import plan, prune
from charter.keep.restore import Trust, restore
from charter.words import own_words
from tests.effort import LONG
from tests.explain.walking import walk_through
from tests.line.installation import House, house

pytestmark = [pytest.mark.slow, pytest.mark.long]

SUNDAY, MONDAY, TUESDAY, WEDNESDAY = "2026-07-05", "2026-07-06", "2026-07-07", "2026-07-08"
ERASED_AFTER_A_DAY = Retention(pseudonyms=PseudonymRule(keep=Duration(1, "days"), rule="a test"))
LEDGERS = ("lake", "outbox/received", "site", "evidence")


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory, monkeypatch_module: pytest.MonkeyPatch) -> Iterator[House]:
    """An agency whose first night is the one after Sunday 5 July 2026, reported on."""
    with house(tmp_path_factory.mktemp("house"), monkeypatch_module, size=0.2) as made:
        made.live_until(SUNDAY)
        made.night(SUNDAY)
        made.week(SUNDAY)
        yield made


def mails(house: House) -> list[Path]:
    return sorted(house.inbox.glob("*.eml"))


def test_every_verdict_is_the_one_that_was_planted(agency: House) -> None:
    comparison = agency.truth("2026-07-05T15:00:00+00:00")

    assert comparison.checked > 2000
    assert [str(difference) for difference in comparison.differences] == []


def test_all_36_standards_have_commitments_or_say_why_not(agency: House) -> None:
    rows = agency.ask(
        "select standard_id, met + breached + pending + excluded, result, reason from marts.standard_results"
        " where period_kind = 'year' and department_id is null"
    )

    assert len(rows) == 36
    for standard_id, commitments, result, reason in rows:
        assert commitments > 0 or result == "nothing_due" or (result == "no_data" and reason), standard_id


def test_a_day_whose_file_never_came_is_told_and_never_kept(agency: House) -> None:
    [(result, days, reason)] = agency.ask(
        "select result, days_without_data, reason from marts.standard_results where standard_id = 'phone-answer'"
        " and period_kind = 'week' and period_start = date '2026-06-29' and department_id is null"
    )

    assert result in ("no_data", "broken")
    assert (days, reason.partition(";")[0]) == (1, "telephone:2026-07-02")
    assert agency.ask(
        "select covered, reason from marts.source_status where source_id = 'telephone' and day = date '2026-07-02'"
    ) == [(False, "missing")]


def test_both_judgements_agree(agency: House) -> None:
    outcomes = dict(
        agency.ask("select outcome, count(*) from marts.expectation_results where kind = 'agreement' group by outcome")
    )

    assert outcomes["kept"] > 100
    assert set(outcomes) <= {"kept", "nothing_due"}


def test_great_expectations_and_the_marts_come_to_the_same_result(agency: House) -> None:
    differing = agency.ask(
        """
        select standard_id, period_kind, expectation_results.outcome, standard_results.result
        from marts.expectation_results
        inner join marts.standard_results using (standard_id, period_kind, period_start)
        where kind = 'threshold' and department_id is null
            and expectation_results.outcome <> standard_results.result
        """
    )

    assert differing == []


def test_each_recipient_has_one_mail_with_its_report_attached(agency: House) -> None:
    received = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in mails(agency)]

    assert len(received) > 10
    assert len({mail["To"] for mail in received}) == len(received)
    for mail in received:
        assert [part.get_content_type() for part in mail.iter_attachments()] == ["application/pdf"]
        assert re.search(r"\[.+\] .+ \d+주차$", str(mail["Subject"]))


def test_the_evidence_holds(agency: House) -> None:
    assert verify(agency.settings).altered == []


def test_the_night_gave_a_sign_of_life(agency: House) -> None:
    beat = last_beat(agency.settings, "night")

    assert beat is not None
    assert (beat.of, beat.problem) == ("2026-07-05T15:00:00+00:00", "")


def test_the_same_night_again_changes_nothing_and_sends_nothing(agency: House) -> None:
    marts, files, inbox = agency.marts(), agency.files(*LEDGERS), mails(agency)

    agency.live_until(SUNDAY)
    agency.night(SUNDAY)
    again = agency.week(SUNDAY)

    assert agency.marts() == marts
    assert agency.files(*LEDGERS) == files
    assert mails(agency) == inbox
    assert again["new"] == 0


def test_later_nights_add_themselves_and_correct_only_what_changed(agency: House) -> None:
    before, inbox = agency.files("lake/raw", "lake/receipts", "evidence"), mails(agency)

    # Monday's night: nothing of the closed week has changed, so nobody hears of it again.
    agency.live_until(MONDAY)
    monday = agency.night(MONDAY)
    assert list(agency.truth(monday).differences) == []
    assert agency.week(MONDAY)["new"] == 0
    assert mails(agency) == inbox

    # Tuesday: Thursday's file of calls arrives at last. Who was affected gets a correction.
    agency.live_until(TUESDAY)
    tuesday = agency.night(TUESDAY)
    assert list(agency.truth(tuesday).differences) == []
    corrected = agency.week(TUESDAY)
    fresh = [path for path in mails(agency) if path not in inbox]
    assert 0 < corrected["new"] == len(fresh) < len(inbox)

    after = agency.files("lake/raw", "lake/receipts", "evidence")
    # The chain grows, what it says together is summed up anew, and the mark of the outbox moves with each message.
    added = {"chain.jsonl", "standing.json", "outbox.json"}
    assert {path: digest for path, digest in after.items() if path in before and not path.endswith(tuple(added))} == {
        path: digest for path, digest in before.items() if not path.endswith(tuple(added))
    }
    assert verify(agency.settings).altered == []


def test_a_restated_week_is_listed_with_before_after_and_cause(agency: House) -> None:
    late = agency.ask(
        "select cause, before_status, count(*) from marts.restatements"
        " where week_start = date '2026-06-29' and standard_id = 'phone-answer' group by all"
    )

    assert [(cause, before) for cause, before, _ in late] == [("late_row", None)]
    assert (
        late[0][2]
        == agency.ask(
            "select count(*) from marts.fct_commitments"
            " where standard_id = 'phone-answer' and decided_on = date '2026-07-02'"
        )[0][0]
    )


def test_a_past_night_run_again_is_what_it_was_table_by_table(agency: House) -> None:
    published, site = agency.marts(), agency.files("site", "evidence", "outbox/received")

    agency.night(SUNDAY)

    assert agency.sealed == {"created": False, "as_sealed": True}
    assert agency.ask("select as_of from marts.run", replay="20260705T150000Z") == [(datetime(2026, 7, 5, 15),)]
    assert agency.marts() == published
    assert agency.files("site", "evidence", "outbox/received") == site


def test_what_is_known_now_about_a_past_night_is_told_beside_it(agency: House) -> None:
    thursday = "select count(*) from marts.fct_commitments where decided_on = date '2026-07-02' and part = 'call'"

    agency.night(SUNDAY, known_on=TUESDAY)

    known_later = "20260705T150000Z-known-20260707T150000Z"
    calls = f"{thursday} and standard_id = 'phone-answer'"
    assert agency.ask(calls, replay="20260705T150000Z") == [(0,)]
    assert agency.ask(calls, replay=known_later)[0][0] > 0
    assert agency.ask("select as_of, known_at from marts.run", replay=known_later) == [
        (datetime(2026, 7, 5, 15), datetime(2026, 7, 7, 15))
    ]


def test_a_person_who_counts_each_commitment_comes_to_the_same(agency: House) -> None:
    """Every part, status and basis of a due time: the steps of ``charter explain`` end where the ledger does."""
    walked = walk_through(agency.settings, load_agency(agency.settings.charter_dir), of_each=1)

    assert walked.problems == []
    assert walked.ends["agrees"] > 40
    assert walked.ends["counted"] > 10
    assert walked.ends["not_walked"] == 0


@pytest.mark.parametrize(
    "name",
    [
        "W27/phone-answer/voc-team",
        "2026/branch-change-notice",
        "2026/branch-recruitment",
        "2026/branch-external-review",
        "W27/info-website",
        "2026/info-confidentiality",
    ],
)
def test_a_figure_of_each_kind_leads_in_one_command_to_rows_and_clause(agency: House, name: str) -> None:
    told = explain(agency.settings, load_agency(agency.settings.charter_dir), Asked(name))

    assert isinstance(told, FigureExplanation)
    assert told.components.any
    assert told.shown_of >= len(told.commitments) > 0
    assert told.rules[0].citation
    assert told.rules[0].place.startswith("charters/kotra/charter.yaml:")
    assert {"agreement", "threshold"} <= {check.newest.kind for check in told.checks}
    assert told.seal is not None
    one = explain(agency.settings, load_agency(agency.settings.charter_dir), Asked(told.commitments[0].commitment_id))
    assert isinstance(one, CommitmentExplanation)
    assert one.rule.citation == told.rules[0].citation
    assert told.name in one.counts_in
    assert all(version.seal for version in (*one.versions, *one.rows_beside))


def test_no_explanation_shows_a_pseudonym(agency: House) -> None:
    landed = f"read_parquet('{agency.settings.raw_dir}/tickets/source=*/*/*.parquet')"
    [(pseudonym, key)] = agency.ask(f"select customer, ticket_id from {landed} where customer is not null limit 1")
    loaded = load_agency(agency.settings.charter_dir)
    told = explain(agency.settings, loaded, Asked(f"tickets/{key}"))
    text = as_text(said(told, own_words(agency.settings, loaded)))

    assert key in text
    assert pseudonym not in text


def test_nothing_in_the_state_folder_is_unknown_to_the_inventory(agency: House) -> None:
    files = list(state_files(agency.settings.var_dir))

    assert len(files) > 500
    assert [file.place for file in files if file.kind is None] == []


def test_a_backup_put_back_elsewhere_goes_on(agency: House, tmp_path: Path) -> None:
    """Another folder, as on another machine."""
    made = back_up(agency.settings, tmp_path, datetime(2026, 7, 8, 3, tzinfo=UTC))
    agency.monkeypatch.setenv("CHARTER_VAR", str(tmp_path / "elsewhere"))
    elsewhere = replace(agency, settings=Settings.from_environment())
    restored = restore(elsewhere.settings, "kotra", made.path, Trust(), datetime.now(UTC), replacing=False)
    assert restored.checked.found is not None and verify(elsewhere.settings).altered == []

    # The source systems stay where they are.
    agency.live_until(WEDNESDAY)
    wednesday = elsewhere.night(WEDNESDAY)
    assert verify(elsewhere.settings).altered == []
    if LONG:
        erased_persons_change_no_figure(elsewhere, wednesday)


def erased_persons_change_no_figure(agency: House, night: str) -> None:
    loaded = load_agency(agency.settings.charter_dir)
    planned = plan(agency.settings, loaded.model_copy(update={"retention": ERASED_AFTER_A_DAY}), datetime.now(UTC))
    assert planned.erasure is not None and planned.erasure.values > 100
    prune(agency.settings, loaded, planned, datetime.now(UTC))

    assert verify(agency.settings).altered == []
    assert recompute(agency.settings, loaded, datetime.fromisoformat(night)) == []
