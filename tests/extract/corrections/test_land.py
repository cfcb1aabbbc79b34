"""Refused rows that a data steward put right: they land as rows of the next night, and no past night moves."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from charter.base.errors import SourceError
from charter.definitions.models import Source
from charter.extract import SourceReceipt, read_quarantine, read_receipts, replay_corrections
from charter.extract.corrections.land import Correction, correct, open_refusals, read_corrections, states
from charter.extract.corrections.refusals import refusals
from charter.extract.corrections.rows import CorrectionError, Proposal, from_csv, to_csv
from tests.extract.builders import CALLS, FIRMS, World, night, source, ticket, tickets_source

SOMETIME = datetime(2026, 7, 2, 1, 23, tzinfo=UTC)
D1, D2, D3, D4 = "2026-07-01", "2026-07-02", "2026-07-03", "2026-07-04"


def firms() -> Source:
    return source("workbook", {"table": "firms", "sheet": "firms", "full": True, "columns": FIRMS})


def sheet(world: World, *rows: tuple[object, ...]) -> None:
    world.workbook(firms=[tuple(FIRMS.values()), *rows])


def put_right(world: World, of: Source, day: str = D1, nth: int = 0, **cells: Any) -> Correction:
    """Corrects the ``nth`` row refused by the night of ``day``: its own cells, but for those given."""
    refusal = refusals(world.settings, world.agency, night(day), of.id)[nth]
    [row] = csv.DictReader(io.StringIO(to_csv(world.agency, of.feeds[0], [refusal])))
    own = {name: cell for name, cell in row.items() if name in of.feeds[0].columns}
    proposal = Proposal(refusal.id, {**own, **cells}, "asked the department", "corrected.csv, row 2")
    return correct(world.settings, world.agency, of, [proposal], by="kim", made_at=SOMETIME)[0]


def corrected(receipt: SourceReceipt) -> tuple[int, int, int, int]:
    names = ("arrived", "landed", "unchanged", "quarantined")
    counts = [sum(getattr(part, name) for part in receipt.corrections) for name in names]
    return counts[0], counts[1], counts[2], counts[3]


def landed_corrections(world: World, table: str) -> list[dict[str, Any]]:
    files = sorted(world.settings.raw_dir.glob(f"{table}/source=*/as_of=*/corrected-0.parquet"))
    return [row for file in files for row in pq.read_table(file, partitioning=None).to_pylist()]


def state(world: World, of: Source, day: str) -> dict[str, str]:
    found = read_corrections(world.settings, of.id)
    return dict(states(found, read_receipts(world.settings, night(day), of.id)))


# ── landing ─────────────────────────────────────────────────────────────────────────────────────


def test_a_corrected_row_lands_the_next_night_as_any_row_with_its_two_origins(world: World) -> None:
    world.database([ticket("T1"), ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    put_right(world, tickets_source(), kind="inquiry")

    receipt = world.extract(tickets_source(), D2)

    assert corrected(receipt) == (1, 1, 0, 0)
    assert (receipt.total("arrived"), receipt.feeds[0].arrived) == (3, 2)
    [row] = landed_corrections(world, "tickets")
    assert (row["ticket_id"], row["kind"], row["department_id"]) == ("T2", "inquiry", "export")
    assert row["received_at"] == datetime(2026, 7, 1, 1)
    assert row["_origin"] == "correction a-sql-0001 for tickets:T2"
    assert row["_known_at"] == night(D2).replace(tzinfo=None)
    assert len(row["customer"]) == 32
    assert state(world, tickets_source(), D2) == {"a-sql-0001": "landed"}


def test_the_night_in_which_the_row_was_refused_keeps_every_byte(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    before = world.bytes_of_lake()
    put_right(world, tickets_source(), kind="inquiry")

    world.extract(tickets_source(), D1)
    assert world.bytes_of_lake() == before

    world.extract(tickets_source(), D2)
    after = world.bytes_of_lake()
    assert {path: after[path] for path in before} == before


def test_the_receipt_names_the_correction_by_its_hash_and_a_landed_one_is_not_landed_again(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    put_right(world, tickets_source(), kind="inquiry")

    [part] = world.extract(tickets_source(), D2).corrections
    assert [digest.path for digest in part.inputs] == ["corrections/a-sql/a-sql-0001.json"]
    assert (world.settings.var_dir / part.inputs[0].path).stat().st_size == part.inputs[0].size
    assert (part.applied, [file.path.rpartition("/")[2] for file in part.files]) == (
        ["a-sql-0001"],
        ["corrected-0.parquet"],
    )
    third = world.extract(tickets_source(), D3)
    assert (third.corrections, third.feeds[0].quarantined) == ([], 1)


def test_a_correction_does_not_wait_for_a_source_that_is_away(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    put_right(world, tickets_source(), kind="inquiry")
    (world.folder / "voc.db").unlink()

    receipt = world.extract(tickets_source(), D2)
    assert (receipt.status, corrected(receipt)) == ("unreachable", (1, 1, 0, 0))

    world.database([ticket("T2", gubun="칭찬")])
    again = world.extract(tickets_source(), D2)
    assert (again.status, corrected(again)) == ("landed", (1, 1, 0, 0))


def test_a_row_of_a_daily_file_is_put_right_without_reading_the_file_again(world: World) -> None:
    calls = source(
        "csv",
        {"table": "calls", "path": "calls_{day}.csv", "columns": CALLS},
        freshness={"expect": "file_each_day"},
    )
    header = "번호,부서,호출,발신"
    world.file("calls_20260701.csv", f"{header}\nC1,수출팀,2026-07-01 10:00:00,1\nC2,몰라,2026-07-01 10:00:00,1\n")
    world.file("calls_20260702.csv", f"{header}\nC3,수출팀,2026-07-02 10:00:00,1\n")
    world.extract(calls, D1)
    put_right(world, calls, department_id="EXP-1")

    receipt = world.extract(calls, D2)

    assert [str(day.day) for day in receipt.feeds[0].days] == [D2]
    assert corrected(receipt) == (1, 1, 0, 0)
    [row] = landed_corrections(world, "calls")
    assert (row["department_id"], row["_origin"]) == ("export", "correction a-csv-0001 for calls_20260701.csv:3")

    # The keepers send the file again, without that call: then it is gone here, too.
    world.file("calls_20260701.csv", f"{header}\nC1,수출팀,2026-07-01 10:00:00,1\n")
    world.file("calls_20260703.csv", f"{header}\nC4,수출팀,2026-07-03 10:00:00,1\n")
    assert world.extract(calls, D3).feeds[0].deleted == 1


# ── the source speaks again ─────────────────────────────────────────────────────────────────────


def test_when_the_source_gives_the_row_in_order_later_its_own_version_counts(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    put_right(world, tickets_source(), kind="inquiry")
    world.extract(tickets_source(), D2)
    world.database([ticket("T2", gubun="불만")])

    receipt = world.extract(tickets_source(), D3)

    assert (receipt.feeds[0].landed, corrected(receipt)) == (1, (0, 0, 0, 0))
    assert receipt.corrections[0].superseded == ["a-sql-0001"]
    latest = world.versions("tickets").iloc[-1]
    assert (latest.kind, latest._origin, latest._known_at) == (
        "complaint",
        "tickets:T2",
        night(D3).replace(tzinfo=None),
    )
    assert state(world, tickets_source(), D2) == {"a-sql-0001": "landed"}
    assert state(world, tickets_source(), D3) == {"a-sql-0001": "superseded"}


def test_a_correction_that_the_source_forestalls_never_lands(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    put_right(world, tickets_source(), kind="inquiry")
    world.database([ticket("T2", gubun="불만")])

    receipt = world.extract(tickets_source(), D2)

    assert receipt.corrections[0].superseded == ["a-sql-0001"]
    assert landed_corrections(world, "tickets") == []
    assert state(world, tickets_source(), D4) == {"a-sql-0001": "superseded"}


def test_while_a_register_still_has_the_refused_row_the_correction_stands(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None), ("F2", "someday", None))
    world.extract(firms(), D1)
    put_right(world, firms(), selected_on="2026-06-30")

    assert corrected(world.extract(firms(), D2)) == (1, 1, 0, 0)
    third = world.extract(firms(), D3)
    assert (third.feeds[0].deleted, third.corrections) == (0, [])

    sheet(world, ("F1", "2026-07-01", None))
    fourth = world.extract(firms(), D4)
    assert fourth.feeds[0].deleted == 1
    assert state(world, firms(), D4) == {"a-workbook-0001": "superseded"}


def test_a_row_that_left_the_register_before_its_correction_could_land_stays_gone(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None), ("F2", "someday", None))
    world.extract(firms(), D1)
    put_right(world, firms(), selected_on="2026-06-30")
    sheet(world, ("F1", "2026-07-01", None))

    receipt = world.extract(firms(), D2)

    assert receipt.corrections[0].superseded == ["a-workbook-0001"]
    assert landed_corrections(world, "firms") == []


def test_a_row_without_a_key_gets_one_and_keeps_it_until_the_register_is_mended(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None), (None, "2026-07-02", None))
    world.extract(firms(), D1)
    put_right(world, firms(), firm_id="F2")

    assert corrected(world.extract(firms(), D2)) == (1, 1, 0, 0)
    assert world.extract(firms(), D3).feeds[0].deleted == 0

    sheet(world, ("F1", "2026-07-01", None), ("F2", "2026-07-02", None))
    fourth = world.extract(firms(), D4)
    # The source says what the correction said: nothing is new, and the row is the source's from now on.
    assert (fourth.feeds[0].unchanged, fourth.feeds[0].deleted) == (2, 0)
    assert state(world, firms(), D4) == {"a-workbook-0001": "superseded"}


def test_of_two_rows_with_one_key_the_overtaken_one_gets_a_key_of_its_own(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None), ("F1", "2026-07-02", None))
    world.extract(firms(), D1)
    with pytest.raises(CorrectionError, match="give this one a key of its own"):
        put_right(world, firms(), selected_on="2026-06-30")
    put_right(world, firms(), firm_id="F2")

    world.extract(firms(), D2)
    assert world.extract(firms(), D3).feeds[0].deleted == 0
    assert [(row["firm_id"], str(row["selected_on"])) for row in landed_corrections(world, "firms")] == [
        ("F2", "2026-07-01")
    ]


# ── again ───────────────────────────────────────────────────────────────────────────────────────


def test_of_two_corrections_of_one_row_the_later_counts(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    put_right(world, tickets_source(), kind="inquiry")
    world.extract(tickets_source(), D2)
    put_right(world, tickets_source(), kind="complaint")

    receipt = world.extract(tickets_source(), D3)

    assert corrected(receipt) == (1, 1, 0, 0)
    assert landed_corrections(world, "tickets")[-1]["kind"] == "complaint"
    assert state(world, tickets_source(), D3) == {"a-sql-0001": "replaced", "a-sql-0002": "landed"}


def test_a_refused_row_that_changed_and_is_still_refused_is_open_again(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    put_right(world, tickets_source(), kind="inquiry")
    world.database([ticket("T2", gubun="민원?")])
    world.extract(tickets_source(), D2)

    [still_open] = open_refusals(world.settings, world.agency, tickets_source(), night(D2))
    assert "가가?" in still_open.reason
    put_right(world, tickets_source(), D2, nth=1, kind="complaint")

    world.extract(tickets_source(), D3)
    assert [row["kind"] for row in landed_corrections(world, "tickets")] == ["inquiry", "complaint"]
    assert state(world, tickets_source(), D3) == {"a-sql-0001": "replaced", "a-sql-0002": "landed"}


def test_of_two_waiting_corrections_of_a_row_that_changed_only_the_later_lands(world: World) -> None:
    for day, kind in ((D1, "칭찬"), (D2, "민원?")):
        world.database([ticket("T2", gubun=kind)])
        world.extract(tickets_source(), day)
    put_right(world, tickets_source(), D2, nth=0, kind="inquiry")
    put_right(world, tickets_source(), D2, nth=1, kind="complaint")

    assert corrected(world.extract(tickets_source(), D3)) == (1, 1, 0, 0)
    assert [row["kind"] for row in landed_corrections(world, "tickets")] == ["complaint"]


def test_a_correction_under_a_wrong_key_is_taken_back_by_one_under_the_right_key(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None), (None, "2026-07-02", None))
    world.extract(firms(), D1)
    put_right(world, firms(), firm_id="F22")
    world.extract(firms(), D2)
    put_right(world, firms(), firm_id="F2")
    world.extract(firms(), D3)

    last = {row["firm_id"]: row["_deleted"] for row in landed_corrections(world, "firms")}
    assert last == {"F22": True, "F2": False}


def test_the_current_night_can_take_corrections_in_and_does_so_once(world: World) -> None:
    world.database([ticket("T1"), ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    put_right(world, tickets_source(), kind="inquiry")

    receipt = replay_corrections(world.settings, world.agency, tickets_source(), night(D1))
    lake = world.bytes_of_lake()

    assert (receipt.feeds[0].arrived, corrected(receipt)) == (2, (1, 1, 0, 0))
    assert landed_corrections(world, "tickets")[0]["_known_at"] == night(D1).replace(tzinfo=None)
    assert replay_corrections(world.settings, world.agency, tickets_source(), night(D1)) == receipt
    assert world.bytes_of_lake() == lake
    assert world.extract(tickets_source(), D2).corrections == []


def test_reading_the_current_night_again_keeps_the_corrections_it_took_in(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    put_right(world, tickets_source(), kind="inquiry")
    replay_corrections(world.settings, world.agency, tickets_source(), night(D1))

    assert corrected(world.extract(tickets_source(), D1, force=True)) == (1, 1, 0, 0)


def test_a_past_night_takes_no_corrections_in(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬")])
    with pytest.raises(SourceError, match="was not extracted yet"):
        replay_corrections(world.settings, world.agency, tickets_source(), night(D1))
    world.extract(tickets_source(), D1)
    world.extract(tickets_source(), D2)
    put_right(world, tickets_source(), D2, kind="inquiry")
    with pytest.raises(SourceError, match="20260702T150000Z builds on it"):
        replay_corrections(world.settings, world.agency, tickets_source(), night(D1))


def test_a_night_that_was_missed_and_is_made_up_for_later_takes_none_in_either(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    world.extract(tickets_source(), D3)
    put_right(world, tickets_source(), D3, kind="inquiry")

    assert world.extract(tickets_source(), D2).corrections == []
    assert corrected(world.extract(tickets_source(), D4)) == (1, 1, 0, 0)


def test_a_night_that_is_made_up_for_after_a_later_one_took_the_correction_in_does_not_take_it_again(
    world: World,
) -> None:
    world.database([ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    put_right(world, tickets_source(), kind="inquiry")
    assert corrected(world.extract(tickets_source(), D3)) == (1, 1, 0, 0)
    assert world.extract(tickets_source(), D2).corrections == []


class Killed(BaseException):
    """Not an Exception: nothing may catch and mend it."""


@pytest.mark.parametrize("writes_until_kill", range(4))
def test_a_kill_between_any_two_writes_leaves_no_trace_after_the_next_run(
    world: World, monkeypatch: pytest.MonkeyPatch, writes_until_kill: int
) -> None:
    world.database([ticket("T1"), ticket("T2", gubun="칭찬"), ticket("T3", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    put_right(world, tickets_source(), kind="inquiry")
    world.database([ticket("T1", gubun="불만"), ticket("T2", gubun="칭찬"), ticket("T3", gubun="칭찬")])
    rename, renamed = Path.replace, list[Path]()

    def kill(path: Path, target: Path) -> Path:
        if len(renamed) == writes_until_kill:
            raise Killed
        renamed.append(rename(path, target))
        return Path(target)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Path, "replace", kill)
        world.extract(tickets_source(), D2)
    world.extract(tickets_source(), D2)
    lake = world.bytes_of_lake()

    world.extract(tickets_source(), D2, force=True)
    assert world.bytes_of_lake() == lake
    assert corrected(read_receipts(world.settings, night(D2))[-1]) == (1, 1, 0, 0)


def test_a_correction_that_no_longer_fits_its_contract_is_refused_and_counted(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬", dept="몰라")])
    world.extract(tickets_source(), D1)
    put_right(world, tickets_source(), kind="complaint", department_id="export")
    content = world.agency.model_dump(mode="json")
    content["subjects"]["tickets"]["columns"]["kind"]["values"] = ["inquiry"]
    world.agency = type(world.agency).model_validate(content)
    mended = tickets_source(columns={**tickets_source().feeds[0].model_dump()["columns"], "kind": "gubun"})

    receipt = world.extract(mended, D2)

    assert corrected(receipt) == (1, 0, 0, 1)
    assert landed_corrections(world, "tickets") == []
    refused = read_quarantine(world.settings, night(D2))
    again = replay_corrections(world.settings, world.agency, mended, night(D2))
    assert again == receipt
    assert len(read_quarantine(world.settings, night(D2))) == len(refused)


# ── writing them ────────────────────────────────────────────────────────────────────────────────


def test_rows_are_exported_for_a_spreadsheet_on_the_agencys_clocks_with_pseudonyms(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬", email="hong@example.org")])
    world.extract(tickets_source(), D1)
    found = open_refusals(world.settings, world.agency, tickets_source(), night(D1))

    text = to_csv(world.agency, tickets_source().feeds[0], found)

    [row] = csv.DictReader(io.StringIO(text))
    assert (row["place"], row["received_at"], row["kind"]) == ("tickets:T2", "2026-07-01 10:00:00", "")
    assert row["refused_because"].startswith("gubun: a value of the shape 가가 is not one of 문의, 불만")
    assert len(row["customer"]) == 32
    assert "hong" not in text
    assert from_csv(text, "corrected.csv") == []
    [proposal] = from_csv(text, "corrected.csv", reason="all were praise")
    assert (proposal.cells["ticket_id"], proposal.where) == ("T2", "corrected.csv, row 2")


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"kind": "praise"}, "kind: a value of the shape aaaaaa is not one of inquiry, complaint"),
        ({"kind": ""}, "kind: is empty, and required"),
        ({"ticket_id": " "}, "ticket_id: is empty, and required"),
        (
            {"received_at": "yesterday"},
            "received_at: a value of the shape a×9 is not an instant such as 2026-07-01 10:00:00",
        ),
        (
            {"department_id": "nowhere"},
            "department_id: a value of the shape aaaaaaa is no department's id, name or alias",
        ),
        ({"project_ended_on": "2026-02-30"}, "project_ended_on: '2026-02-30' is not a date"),
        ({"score": "nan"}, "score: 'nan' is not a number"),
        ({"count": "1.5"}, "count: '1.5' is not a whole number"),
        ({"urgent": "perhaps"}, "urgent: a value of the shape aaaaaaa is neither true nor false"),
        ({"customer": "홍길동"}, "customer: holds a pseudonym (32 characters) or nothing: never write who it is"),
        ({"ticket_id": "010-1234-5678"}, "ticket_id: looks like somebody's address or number (not shown)"),
        ({"ticket_id": "T1"}, "ticket_id: a row with this key has landed already (tickets:T1)"),
        ({"memo": "free text"}, "memo: is no column of 'tickets' that the source gives"),
    ],
)
def test_a_correction_is_held_against_the_contract_and_repeats_nothing_personal(
    world: World, cells: dict[str, Any], words: str
) -> None:
    world.database([ticket("T1"), ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)

    with pytest.raises(CorrectionError) as raised:
        put_right(world, tickets_source(), D1, 0, **{"kind": "inquiry", **cells})

    assert words in str(raised.value)
    assert "corrected.csv, row 2" in str(raised.value)
    assert "홍길동" not in str(raised.value)
    assert "1234" not in str(raised.value)
    assert read_corrections(world.settings, "a-sql") == []


def test_all_that_is_wrong_is_told_at_once_and_then_nothing_is_kept(world: World) -> None:
    world.database([ticket("T1", gubun="칭찬"), ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    first, second = refusals(world.settings, world.agency, night(D1))
    good = {"ticket_id": "T1", "kind": "inquiry", "received_at": "2026-07-01T10:00:00+09:00"}
    proposals = [
        Proposal(first.id, good, "asked", "a.csv, row 2"),
        Proposal(second.id, {"ticket_id": "T1", "kind": "praise"}, "asked", "a.csv, row 3"),
        Proposal(second.id, good, "asked", "a.csv, row 4"),
        Proposal("0" * 12, good, "asked", "a.csv, row 5"),
    ]

    with pytest.raises(CorrectionError) as raised:
        correct(world.settings, world.agency, tickets_source(), proposals, by="kim", made_at=SOMETIME)

    assert [(problem.where[-1], problem.what.split(":")[0]) for problem in raised.value.problems] == [
        ("3", "kind"),
        ("3", "received_at"),
        ("4", "ticket_id"),
        ("5", "'000000000000' is no refused row of 'a-sql'"),
    ]
    assert read_corrections(world.settings, "a-sql") == []


def test_the_same_file_handed_in_again_adds_nothing(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    put_right(world, tickets_source(), kind="inquiry")
    [made] = read_corrections(world.settings, "a-sql")
    [refusal] = refusals(world.settings, world.agency, night(D1))
    again = Proposal(refusal.id, {name: str(cell) for name, cell in made.row.items() if cell is not None}, "b", "row 2")

    assert correct(world.settings, world.agency, tickets_source(), [again], by="lee", made_at=SOMETIME) == []
    assert read_corrections(world.settings, "a-sql") == [made]


def test_a_row_is_open_until_it_was_put_right_or_the_source_mended_it(world: World) -> None:
    def open_rows(day: str) -> list[str]:
        return [each.origin for each in open_refusals(world.settings, world.agency, tickets_source(), night(day))]

    world.database([ticket(no, gubun="칭찬") for no in ("T1", "T2", "T3")])
    world.extract(tickets_source(), D1)
    assert open_rows(D1) == ["tickets:T1", "tickets:T2", "tickets:T3"]

    put_right(world, tickets_source(), nth=1, kind="inquiry")
    assert open_rows(D1) == ["tickets:T1", "tickets:T3"]

    world.database([ticket("T1"), ticket("T2", gubun="칭찬"), ticket("T3", gubun="칭찬")])
    world.extract(tickets_source(), D2)
    assert open_rows(D2) == ["tickets:T3"]


def test_a_row_that_the_source_mended_and_broke_again_is_open_and_can_be_put_right_again(world: World) -> None:
    broken, mended = ticket("T2", gubun="칭찬"), ticket("T2", gubun="불만")
    for day, row in ((D1, broken), (D2, mended), (D3, broken)):
        world.database([row])
        world.extract(tickets_source(), day)
        if day == D1:
            put_right(world, tickets_source(), kind="inquiry")
    assert state(world, tickets_source(), D3) == {"a-sql-0001": "superseded"}
    assert [each.origin for each in open_refusals(world.settings, world.agency, tickets_source(), night(D3))] == [
        "tickets:T2"
    ]

    put_right(world, tickets_source(), D3, kind="inquiry")

    assert corrected(world.extract(tickets_source(), D4)) == (1, 1, 0, 0)
    assert state(world, tickets_source(), D4) == {"a-sql-0001": "replaced", "a-sql-0002": "landed"}


def test_a_row_that_moved_within_its_file_is_the_same_refused_row(world: World) -> None:
    sheet(world, ("F2", "someday", None))
    world.extract(firms(), D1)
    put_right(world, firms(), selected_on="2026-06-30")
    sheet(world, ("F1", "2026-07-01", None), ("F2", "someday", None))
    world.extract(firms(), D2)

    assert len(refusals(world.settings, world.agency, night(D2))) == 1
    assert open_refusals(world.settings, world.agency, firms(), night(D2)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("refusal,kind\nabc,inquiry\n", "the column 'correction_reason' is missing"),
        ("", "the column 'refusal' is missing"),
        ("refusal,kind,correction_reason\nabc,inquiry\n", "the row has more or fewer fields than the header"),
        ('refusal,kind,correction_reason\n"abc,inquiry\n', "this is no CSV"),
    ],
)
def test_a_file_that_is_not_what_was_exported_is_named_with_its_line(text: str, words: str) -> None:
    with pytest.raises(CorrectionError, match=words) as raised:
        from_csv(text, "corrected.csv")
    assert "corrected.csv" in str(raised.value)


def test_a_correction_that_was_altered_after_it_landed_stops_its_source_with_its_place(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    put_right(world, tickets_source(), kind="inquiry")
    world.extract(tickets_source(), D2)
    path = world.settings.var_dir / "corrections/a-sql/a-sql-0001.json"
    path.write_text(path.read_text().replace("inquiry", "complaint"))

    with pytest.raises(SourceError, match="a correction that has landed was altered") as raised:
        world.extract(tickets_source(), D3)
    assert str(path) in str(raised.value)


def test_an_unreadable_correction_stops_its_source_with_its_place(world: World) -> None:
    world.database([ticket("T2", gubun="칭찬")])
    world.extract(tickets_source(), D1)
    put_right(world, tickets_source(), kind="inquiry")
    (world.settings.var_dir / "corrections/a-sql/a-sql-0001.json").write_text("{}")

    with pytest.raises(SourceError, match="the correction can't be read"):
        world.extract(tickets_source(), D2)
