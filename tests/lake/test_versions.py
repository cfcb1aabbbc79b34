"""Versions: a row is landed when it is new or changed, and what was known on a night stays known."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

import pyarrow as pa
import pytest

from charter.base.errors import SourceError
from charter.definitions.models import Source
from charter.extract import SourceReceipt, read_quarantine, read_receipts
from charter.lake.files import raw_schema
from charter.lake.receipts import Counts
from charter.lake.versions import STATED_DELETION, Decided, Known, Vanishing, decide
from tests.extract.builders import CALLS, FIRMS, World, night, source, subject, ticket, tickets_source


def firms() -> Source:
    return source("workbook", {"table": "firms", "sheet": "firms", "full": True, "columns": FIRMS})


def sheet(world: World, *rows: tuple[object, ...]) -> None:
    world.workbook(firms=[tuple(FIRMS.values()), *rows])


def counts(receipt: SourceReceipt) -> tuple[int, int, int, int, int]:
    feed = receipt.feeds[0]
    return feed.arrived, feed.landed, feed.unchanged, feed.quarantined, feed.deleted


def test_only_new_and_changed_rows_are_landed(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None), ("F2", "2026-07-01", None))
    assert counts(world.extract(firms(), "2026-07-01")) == (2, 2, 0, 0, 0)
    sheet(world, ("F1", "2026-07-02", None), ("F2", "2026-07-01", None), ("F3", "2026-07-01", None))
    assert counts(world.extract(firms(), "2026-07-02")) == (3, 2, 1, 0, 0)
    versions = world.versions("firms")
    assert versions[versions.firm_id == "F1"].selected_on.astype(str).tolist() == ["2026-07-01", "2026-07-02"]


def test_a_row_that_vanished_from_a_snapshot_is_deleted_once_and_may_come_back(world: World) -> None:
    both, one = [("F1", "2026-07-01", None), ("F2", "2026-07-01", None)], [("F1", "2026-07-01", None)]
    deleted = []
    for day, rows in [("2026-07-01", both), ("2026-07-02", one), ("2026-07-03", one), ("2026-07-04", both)]:
        sheet(world, *rows)
        deleted.append(counts(world.extract(firms(), day))[4])
    assert deleted == [0, 1, 0, 0]
    versions = world.versions("firms")
    assert versions[versions.firm_id == "F2"]._deleted.tolist() == [False, True, False]
    assert versions[versions.firm_id == "F2"].selected_on.notna().all()


class TestARowThatSaysItsKeyWasDeleted:
    """Of a source that tells what is new or changed: a deletion comes as a row, too."""

    feed = tickets_source(deleted_when={"gubun": ["삭제"]})

    def test_withdraws_what_is_known_and_needs_nothing_but_the_key(self, world: World) -> None:
        world.database([ticket("T1"), ticket("T2")])
        world.extract(self.feed, "2026-07-01")
        deleted = {"no": "T1", "gubun": "삭제", "recorded": "2026-07-02 09:00:00", "received": "someday"}
        world.database([deleted, ticket("T2")])
        assert counts(world.extract(self.feed, "2026-07-02")) == (2, 1, 1, 0, 1)
        versions = world.versions("tickets").set_index("ticket_id").loc["T1"]
        assert versions._deleted.tolist() == [False, True]
        assert versions.kind.tolist() == ["inquiry", "inquiry"]
        assert versions._row_hash.iloc[1] == STATED_DELETION, "the source itself says so: nobody doubts it"

    def test_says_so_every_night_and_withdraws_once(self, world: World) -> None:
        world.database([ticket("T1")])
        world.extract(self.feed, "2026-07-01")
        world.database([ticket("T1", gubun="삭제", recorded="2026-07-02 09:00:00")])
        assert counts(world.extract(self.feed, "2026-07-02")) == (1, 1, 0, 0, 1)
        assert counts(world.extract(self.feed, "2026-07-03")) == (1, 0, 1, 0, 0)

    def test_of_a_key_that_nobody_knew_withdraws_nothing(self, world: World) -> None:
        world.database([ticket("T1", gubun="삭제")])
        assert counts(world.extract(self.feed, "2026-07-01")) == (1, 0, 1, 0, 0)

    @pytest.mark.parametrize(("deleted_at", "withdrawn"), [("11:00:00", False), ("13:00:00", True)])
    def test_beside_a_row_of_the_key_the_later_recorded_counts(
        self, world: World, deleted_at: str, withdrawn: bool
    ) -> None:
        world.database([ticket("T1")])
        world.extract(self.feed, "2026-07-01")
        changed = ticket("T1", dept="투자팀", recorded="2026-07-02 12:00:00")
        world.database([changed, ticket("T1", gubun="삭제", recorded=f"2026-07-02 {deleted_at}")])
        assert counts(world.extract(self.feed, "2026-07-02")) == (2, 1, 0, 1, int(withdrawn))
        assert world.versions("tickets")._deleted.tolist() == [False, withdrawn]

    def test_may_be_followed_by_the_row_itself_again(self, world: World) -> None:
        for day, kind in (("2026-07-01", "문의"), ("2026-07-02", "삭제"), ("2026-07-03", "문의")):
            world.database([ticket("T1", gubun=kind, recorded=f"{day} 12:00:00")])
            world.extract(self.feed, day)
        assert world.versions("tickets")._deleted.tolist() == [False, True, False]

    def test_waits_for_its_own_night(self, world: World) -> None:
        world.database([ticket("T1")])
        world.extract(self.feed, "2026-07-01")
        world.database([ticket("T1", gubun="삭제", recorded="2026-07-03 09:00:00")])
        receipt = world.extract(self.feed, "2026-07-02")
        assert (counts(receipt), receipt.feeds[0].waiting) == ((0, 0, 0, 0, 0), 1)

    @pytest.mark.parametrize("damage", [{"no": None}, {"recorded": "soon"}], ids=["no key", "no instant"])
    def test_is_refused_when_it_does_not_say_whose_or_when(self, world: World, damage: dict[str, None]) -> None:
        world.database([ticket("T1")])
        world.extract(self.feed, "2026-07-01")
        world.database([ticket("T1", gubun="삭제", recorded="2026-07-02 09:00:00") | damage])
        assert counts(world.extract(self.feed, "2026-07-02")) == (1, 0, 0, 1, 0)
        assert not world.versions("tickets")._deleted.any()

    def test_in_a_snapshot_is_deleted_once(self, world: World) -> None:
        feed = {"table": "firms", "sheet": "firms", "full": True, "columns": FIRMS}
        firms = source("workbook", {**feed, "deleted_when": {"전문위원": ["삭제"]}})
        sheet(world, ("F1", "2026-07-01", None), ("F2", "2026-07-01", None))
        world.extract(firms, "2026-07-01")
        sheet(world, ("F1", "2026-07-01", "삭제"), ("F2", "2026-07-01", None))
        assert counts(world.extract(firms, "2026-07-02")) == (2, 1, 1, 0, 1)
        assert counts(world.extract(firms, "2026-07-03")) == (2, 0, 2, 0, 0)

    def test_by_a_column_that_is_not_there_is_drift(self, world: World) -> None:
        world.database([ticket("T1")])
        receipt = world.extract(tickets_source(deleted_when={"gone": ["Y"]}), "2026-07-01")
        assert (receipt.feeds[0].status, "gone" in str(receipt.feeds[0].problem)) == ("drifted", True)


def test_a_refused_row_did_not_vanish(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None), ("F2", "2026-07-01", None))
    world.extract(firms(), "2026-07-01")
    sheet(world, ("F1", "2026-07-01", None), ("F2", "someday", None))
    assert counts(world.extract(firms(), "2026-07-02")) == (2, 0, 1, 1, 0)


def test_nothing_is_deleted_while_a_row_with_no_readable_key_may_be_the_one_missed(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None), ("F2", "2026-07-01", None))
    world.extract(firms(), "2026-07-01")
    sheet(world, ("F1", "2026-07-01", None), (None, "2026-07-01", None))
    receipt = world.extract(firms(), "2026-07-02")
    assert counts(receipt) == (2, 0, 1, 1, 0)
    assert receipt.feeds[0].deletions_withheld


def test_a_snapshot_that_is_suddenly_empty_deletes_nothing_unless_told_to(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None))
    world.extract(firms(), "2026-07-01")
    sheet(world)
    refused = world.extract(firms(), "2026-07-02")
    assert refused.status == "failed"
    assert "1 were known" in str(refused.feeds[0].problem)
    assert counts(world.extract(firms(), "2026-07-02", accept_shrunk=True)) == (0, 0, 0, 0, 1)


def test_of_two_rows_with_one_key_the_last_counts_and_the_other_is_shown(world: World) -> None:
    sheet(
        world,
        ("F1", "2026-07-01", None),
        ("F1", "2026-07-02", None),
        ("F2", "2026-07-01", None),
        ("F2", "2026-07-01", None),
    )
    assert counts(world.extract(firms(), "2026-07-01")) == (4, 2, 1, 1, 0)
    assert world.versions("firms").selected_on.astype(str).tolist() == ["2026-07-02", "2026-07-01"]
    refused = read_quarantine(world.settings, night("2026-07-01"))
    assert refused.origin.tolist() == ["registers.xlsx/firms:2"]
    assert refused.reason[0].startswith("superseded_in_same_extraction")
    assert json.loads(refused.row[0])["selected_on"] == "2026-07-01"


def test_of_two_rows_with_one_key_the_later_recorded_wins_wherever_it_stands(world: World) -> None:
    later = ticket("T1", dept="투자팀", recorded="2026-07-01 12:00:00")
    world.database([later, ticket("T1", recorded="2026-07-01 11:00:00")])
    world.extract(tickets_source(), "2026-07-01")
    assert world.versions("tickets").department_id.tolist() == ["invest"]


def test_a_row_recorded_after_the_night_waits_for_its_own(world: World) -> None:
    world.database([ticket("T1", recorded="2026-07-02 00:00:00"), ticket("T2", recorded="2026-07-02 00:00:01")])
    first = world.extract(tickets_source(), "2026-07-01")
    assert (counts(first), first.feeds[0].waiting) == ((1, 1, 0, 0, 0), 1)
    assert counts(world.extract(tickets_source(), "2026-07-02")) == (2, 1, 1, 0, 0)


def test_a_row_changed_after_the_night_is_not_deleted_by_it(world: World) -> None:
    world.database([ticket("T1")])
    world.extract(tickets_source(full=True), "2026-07-01")
    world.database([ticket("T1", dept="투자팀", recorded="2026-07-03 09:00:00")])
    assert counts(world.extract(tickets_source(full=True), "2026-07-02")) == (0, 0, 0, 0, 0)


def test_the_same_night_again_reads_nothing_and_changes_no_byte(world: World) -> None:
    world.database([ticket("T1")])
    first = world.extract(tickets_source(), "2026-07-01")
    before = world.bytes_of_lake()
    world.database([ticket("T1", dept="투자팀")])
    assert world.extract(tickets_source(), "2026-07-01") == first
    assert world.bytes_of_lake() == before


def test_two_installations_write_the_same_bytes(tmp_path_factory: pytest.TempPathFactory) -> None:
    lakes = []
    for order in (1, -1):
        world = World(tmp_path_factory.mktemp("installation"))
        world.database([ticket("T1"), ticket("T2")][::order])
        world.extract(tickets_source(), "2026-07-01")
        lakes.append(world.bytes_of_lake())
    assert lakes[0] == lakes[1]


def test_force_reads_the_latest_night_again(world: World) -> None:
    world.database([ticket("T1")])
    world.extract(tickets_source(), "2026-07-01")
    world.database([ticket("T1", dept="투자팀")])
    world.extract(tickets_source(), "2026-07-01", force=True)
    assert world.versions("tickets").department_id.tolist() == ["invest"]


def test_a_night_that_others_build_on_is_not_rewritten(world: World) -> None:
    world.database([ticket("T1")])
    world.extract(tickets_source(), "2026-07-01")
    world.extract(tickets_source(), "2026-07-02")
    with pytest.raises(SourceError, match="20260702T150000Z builds on it"):
        world.extract(tickets_source(), "2026-07-01", force=True)


def test_a_night_between_two_landed_ones_is_not_invented(world: World) -> None:
    sheet(world, ("F1", "2026-07-01", None))
    world.extract(firms(), "2026-07-01")
    world.extract(firms(), "2026-07-03")
    sheet(world, ("F1", "2026-07-09", None))
    assert world.extract(firms(), "2026-07-02").status == "not_known"
    assert len(world.versions("firms")) == 1


def test_a_night_between_is_read_when_the_source_says_when_its_rows_were_recorded(world: World) -> None:
    world.database([ticket("T1")])
    world.extract(tickets_source(), "2026-07-01")
    world.extract(tickets_source(), "2026-07-03")
    world.database([ticket("T1"), ticket("T2", recorded="2026-07-02 12:00:00")])
    assert counts(world.extract(tickets_source(), "2026-07-02")) == (2, 1, 1, 0, 0)


def test_receipts_are_read_as_known_at_an_instant(world: World) -> None:
    world.database([ticket("T1")])
    for day in ("2026-07-01", "2026-07-02", "2026-07-03"):
        world.extract(tickets_source(), day)
    known = read_receipts(world.settings, night("2026-07-02"))
    assert [receipt.as_of for receipt in known] == [night("2026-07-01"), night("2026-07-02")]


def test_a_receipt_that_does_not_add_up_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="arrived 3 is not landed 1"):
        Counts(arrived=3, landed=1, unchanged=1)


def test_what_landed_is_what_landed_before_the_reading_was_made_faster(world: World) -> None:
    """The digests were taken from the first, slower reading of the same files."""
    lines = ["번호,부서,호출,발신"]
    times = ["2026-07-01 10:00:00", "2026-7-1 9:05:00", "2026-07-01T10:00:00.250000", "2026-07-01T01:00:00.000000Z"]
    times.append("soon")
    callers = ["010-1234-5678", " +82 (0)10 1234", "Hong@Example.ORG", "홍 길동", "Ｈｏｎｇ  Kil"]
    callers += ["", "-", "()-", "a b"]
    for number in range(90):
        department = ("수출팀", "EXP-1", "투자팀", "없는팀")[number % 7 % 4]
        lines.append(f"C{number % 60:02},{department},{times[number % 6 % 5]},{callers[number % 9]}")
    world.file("calls.csv", "\n".join(lines) + "\n", "cp949")
    world.database([ticket(f"T{n}", score=n / 4, cnt=n, ended="2026-06-01", urgent="YN"[n % 2]) for n in range(20)])
    feed = {"table": "calls", "path": "calls.csv", "columns": CALLS, "full": True, "may_shrink_by": 1}
    for day in ("2026-07-01", "2026-07-02"):
        world.extract(source("csv", feed, encoding="cp949", null_tokens=["", "-"]), day)
        world.extract(tickets_source(), day)
        world.file("calls.csv", "\n".join(lines[:40]) + "\n", "cp949")
    kept = {table: world.versions(table) for table in ("calls", "tickets")}
    kept["quarantine"] = read_quarantine(world.settings, night("2026-07-02"))
    texts = {name: json.dumps(rows.to_dict("records"), default=str, ensure_ascii=False) for name, rows in kept.items()}
    digests = {name: hashlib.sha256(text.encode()).hexdigest()[:16] for name, text in texts.items()}
    assert digests == {"calls": "77eacc571fdbd0c5", "tickets": "abcd379e660038c1", "quarantine": "0a7fc3f872be7b3c"}


def decided(*rows: tuple[str, datetime | None]) -> Decided:
    """Calls of (key, instant of ringing), in the order of reading, where nothing was known before."""
    calls = subject("calls")
    schema = raw_schema(calls)
    given = {name: pa.nulls(len(rows), schema.field(name).type) for name in calls.columns}
    given["call_id"] = pa.array([key for key, _ in rows], pa.string())
    given["rang_at"] = pa.array([instant for _, instant in rows], pa.timestamp("us"))
    given["_origin"] = pa.array([f"calls.csv:{line}" for line in range(len(rows))], pa.string())
    given |= {"_recorded_at": pa.nulls(len(rows), pa.timestamp("us")), "_day": pa.nulls(len(rows), pa.date32())}
    return decide(pa.table(given), Known([], calls), Vanishing([]), "telephone", night("2026-07-01"))


def test_rows_land_by_key_whatever_order_they_are_read_in() -> None:
    rows = [(f"C{number:02}", datetime(2026, 7, 1, 9, number)) for number in range(30)]
    in_order, backwards = decided(*rows), decided(*rows[::-1])
    columns = ["call_id", "rang_at", "_row_key", "_row_hash"]
    assert in_order.landed.select(columns).to_pylist() == backwards.landed.select(columns).to_pylist()
    assert in_order.landed["_row_key"].to_pylist() == [key for key, _ in rows]
    assert in_order.outcomes == backwards.outcomes == {None: (30, 0)}


def test_one_key_twice_in_a_row_is_one_row_and_the_last_counts() -> None:
    found = decided(("C1", datetime(2026, 7, 1, 9)), ("C1", datetime(2026, 7, 1, 10)), ("C2", None))
    assert found.landed["_origin"].to_pylist() == ["calls.csv:1", "calls.csv:2"]
    assert found.superseded["_origin"].to_pylist() == ["calls.csv:0"]


@pytest.mark.parametrize(
    "neighbour", [None, datetime(2026, 7, 1, 9, 0, 0, 250000), datetime(999, 1, 1), datetime(1, 1, 1)]
)
@pytest.mark.parametrize(
    "instant", [datetime(2026, 7, 1, 9), datetime(1960, 2, 29, 23, 59, 59), datetime(9999, 12, 31)]
)
def test_a_row_has_the_same_hash_beside_any_other(instant: datetime, neighbour: datetime | None) -> None:
    alone, beside = decided(("C1", instant)), decided(("C1", instant), ("C2", neighbour))
    assert alone.landed["_row_hash"][0] == beside.landed["_row_hash"][0]
    given = {"call_id": "C1", "rang_at": f"{instant:%Y-%m-%d %H:%M:%S}"}
    canonical = json.dumps([given.get(name) for name in subject("calls").columns], separators=(",", ":"))
    assert alone.landed["_row_hash"][0].as_py() == hashlib.sha256(canonical.encode()).hexdigest()
