"""No source takes the night down: what never answers, never ends or unpacks to any size fails in time, alone."""

from __future__ import annotations

import dataclasses
import gzip
import os
import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from charter.definitions.models import Limits, Source
from charter.extract import SourceReceipt, extract_source, is_retryable
from charter.extract.contract.faults import FeedFault
from charter.extract.readers import guard
from charter.extract.readers.allowance import Allowance, unhurried
from charter.extract.readers.file.files import FilesReader
from charter.extract.readers.storage import FolderStorage
from tests.servers.apis import Asked, Reply, running_api
from tests.servers.nasty import dripping_body, dripping_head, endless_body, running_nasty, saying, silent
from tests.servers.sftp import SftpServer

from .builders import CALLS, FIRMS, TICKETS, World, night, source, ticket, tickets_source
from .test_storage import by_sftp

HEADER = "번호,부서,호출,발신"
CALL = "C1,수출팀,2026-07-01 10:00:00,010-1234-5678"
# Longer than a test may take, if nothing gave up.
SOON = 20.0


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_GRACE_S", 0.5)
    monkeypatch.setattr(guard, "_OPENING_S", 2.0)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < SOON


def calls_source(path: str = "calls.csv", **changes: Any) -> Source:
    return source("csv", {"table": "calls", "path": path, "columns": CALLS}, **changes)


def extract(world: World, feeding: Source, **environment: str) -> SourceReceipt:
    settings = dataclasses.replace(world.settings, environment={**world.settings.environment, **environment})
    return extract_source(settings, world.agency, feeding, night("2026-07-01"))


def outcome_of(receipt: SourceReceipt, table: str | None = None) -> str:
    feed = receipt.feeds[0] if table is None else receipt.feed(table)
    assert feed is not None
    assert feed.problem is not None
    return f"{feed.status}: {feed.problem.what} → {feed.problem.remedy}"


# ── what is no plain file ───────────────────────────────────────────────────────────────────────


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(path))


def a_link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def a_link_out(path: Path) -> None:
    outside = path.parent.parent / "outside.csv"
    outside.write_text(f"{HEADER}\n{CALL}\n")
    path.symlink_to(outside)


def a_folder(path: Path) -> None:
    path.mkdir()


UNFIT: dict[Callable[[Path], None], str] = {
    a_pipe: "no file, but a named pipe",
    a_socket: "no file, but a socket",
    a_link_to_a_device: "the link leads out of the source's folder",
    a_link_out: "the link leads out of the source's folder",
    a_folder: "no file, but a folder",
}


@pytest.mark.parametrize("put", UNFIT, ids=lambda put: put.__name__)
def test_what_is_no_plain_file_of_the_folder_is_refused(world: World, put: Callable[[Path], None]) -> None:
    (world.folder / "files").mkdir()
    put(world.folder / "files" / "calls.csv")
    receipt = extract(world, calls_source())
    assert receipt.status == "failed"
    assert UNFIT[put] in outcome_of(receipt)


@pytest.mark.parametrize("put", [a_pipe, a_link_out], ids=lambda put: put.__name__)
def test_among_many_files_it_is_refused_and_not_passed_over(world: World, put: Callable[[Path], None]) -> None:
    world.file("calls_1.csv", f"{HEADER}\n{CALL}\n")
    put(world.folder / "files" / "calls_2.csv")
    receipt = extract(world, calls_source("calls_*.csv"))
    assert (receipt.status, receipt.total("landed")) == ("failed", 0)
    assert UNFIT[put] in outcome_of(receipt)


def test_a_daily_file_that_is_a_pipe_fails_its_own_day_only(world: World) -> None:
    world.file("calls_20260630.csv", f"{HEADER}\n{CALL.replace('07-01', '06-30')}\n")
    a_pipe(world.folder / "files" / "calls_20260701.csv")
    feeding = calls_source("calls_{day}.csv", freshness={"expect": "file_each_day"})
    feed = extract(world, feeding).feeds[0]
    assert {str(day.day): day.status for day in feed.days} == {"2026-06-30": "landed", "2026-07-01": "failed"}


def test_a_link_within_the_folder_is_followed(world: World) -> None:
    world.file("calls_1.csv", f"{HEADER}\n{CALL}\n")
    (world.folder / "files" / "calls.csv").symlink_to("calls_1.csv")
    assert extract(world, calls_source()).total("landed") == 1


@pytest.mark.parametrize("path", ["../outside.csv", "sub/../../outside.csv", "/etc/hostname", "../*.csv"])
def test_a_path_that_leads_out_is_refused(world: World, path: str) -> None:
    (world.folder / "files").mkdir()
    (world.folder / "outside.csv").write_text(f"{HEADER}\n{CALL}\n")
    assert "leads out of the source's folder" in outcome_of(extract(world, calls_source(path)))


def test_links_that_go_round_in_circles_are_no_endless_search(world: World) -> None:
    (world.folder / "files").mkdir()
    (world.folder / "files" / "calls.csv").symlink_to("calls.csv")
    assert extract(world, calls_source()).status == "unreachable"


@pytest.fixture(scope="module")
def sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    server = SftpServer(tmp_path_factory.mktemp("sftp"))
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("put", [a_pipe, a_link_out, a_folder], ids=lambda put: put.__name__)
def test_on_an_sftp_server_too(world: World, sftp: SftpServer, put: Callable[[Path], None]) -> None:
    path = sftp.files / f"{put.__name__}.csv"
    put(path)
    receipt = extract(world, calls_source(path.name), **by_sftp(sftp))
    assert receipt.status == "failed"
    assert UNFIT[put] in outcome_of(receipt)


# ── files that change while they are read ───────────────────────────────────────────────────────


class _Meddled(FolderStorage):
    """A folder in which something happens to the file once its beginning was read."""

    happens: Callable[[Path], None]

    def read(self, path: str, allowance: Allowance) -> bytes:
        file, happens = self._folder / path, self.happens

        class Meddling(Allowance):
            def require_time(self) -> None:
                happens(file)

        return super().read(path, Meddling(Limits(), "here"))


def meddled(folder: Path, happens: Callable[[Path], None]) -> _Meddled:
    storage = _Meddled(folder, "here", "here")
    storage.happens = happens
    return storage


def test_of_a_file_that_grows_the_complete_lines_are_read(tmp_path: Path) -> None:
    file = tmp_path / "queue_log"
    file.write_bytes(b"one\ntwo\nthr")

    def grow(path: Path) -> None:
        with path.open("ab") as log:
            log.write(b"ee\nfour\n")

    assert meddled(tmp_path, grow).read("queue_log", unhurried()) == b"one\ntwo\n"


def test_a_file_that_shrinks_is_to_be_read_again(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_bytes(b"one\ntwo\n")
    with pytest.raises(FeedFault, match="became shorter") as caught:
        meddled(tmp_path, lambda path: os.truncate(path, 3)).read("calls.csv", unhurried())
    assert caught.value.status == "unreachable"


def test_a_file_that_vanishes_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_bytes(b"one\ntwo\n")
    storage = meddled(tmp_path, lambda path: path.unlink())
    assert storage.read("calls.csv", unhurried()) == b"one\ntwo\n"
    with pytest.raises(FeedFault) as caught:
        storage.read("calls.csv", unhurried())
    assert caught.value.status == "missing"


# ── too much ────────────────────────────────────────────────────────────────────────────────────


def test_a_file_beyond_its_limit_fails_until_the_limit_is_raised(world: World) -> None:
    world.file("calls.csv", f"{HEADER}\n{CALL}\n" + "\n" * 2000)
    small: dict[str, Any] = {"limits": {"size": "1 kB"}}
    assert outcome_of(extract(world, calls_source(**small))) == (
        "failed: the file holds more than 1 kB → see what the source holds; if it is that much, "
        "raise size under limits in sources.yaml"
    )
    feed = {"table": "calls", "path": "calls.csv", "columns": CALLS, "limits": {"size": "3 kB"}}
    assert extract(world, source("csv", feed, **small)).total("landed") == 1


def test_a_gzip_file_that_unpacks_to_any_size_is_not_unpacked_further(world: World) -> None:
    world.file("calls.csv", "")
    (world.folder / "files" / "calls.csv").write_bytes(gzip.compress(b"\n" * 30_000_000))
    assert "the file, unpacked, holds more than 1 MB" in outcome_of(
        extract(world, calls_source(limits={"size": "1 MB"}))
    )


def registers(**changes: Any) -> Source:
    return source("workbook", {"table": "firms", "sheet": "firms", "columns": FIRMS}, **changes)


@pytest.mark.parametrize("honest", [True, False], ids=["as it says", "and says it is small"])
def test_a_workbook_that_unpacks_to_any_size_is_not_opened(world: World, honest: bool) -> None:
    world.workbook(firms=[tuple(FIRMS.values()), ("F1", "2026-07-01", None)])
    path = world.folder / "registers.xlsx"
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet9.xml", b" " * 30_000_000)
    if not honest:
        path.write_bytes(path.read_bytes().replace((30_000_000).to_bytes(4, "little"), (30).to_bytes(4, "little")))
    assert "the file, unpacked, holds more than 1 MB" in outcome_of(extract(world, registers(limits={"size": "1 MB"})))
    path.write_bytes(path.read_bytes()[:-9] + b"\xff" * 9)
    assert "save it as .xlsx" in outcome_of(extract(world, registers()))


def test_a_parquet_file_that_unpacks_to_any_size_is_not_read(world: World) -> None:
    table = pa.table({name: pa.array(["x" * 1000] * 20_000) for name in CALLS.values()})
    (world.folder / "files").mkdir()
    pq.write_table(table, world.folder / "files" / "calls.parquet", use_dictionary=False, compression="zstd")
    feed = {"table": "calls", "path": "calls.parquet", "columns": CALLS, "limits": {"size": "10 MB"}}
    receipt = extract(world, source("parquet", feed, connection="a-csv"))
    assert "the file, unpacked, holds more than 10 MB" in outcome_of(receipt)
    # A dictionary is small however often its one word comes.
    pq.write_table(table, world.folder / "files" / "calls.parquet", use_dictionary=True)
    assert "holds more than 10 MB" in outcome_of(extract(world, source("parquet", feed, connection="a-csv")))


def test_a_query_that_gives_rows_without_end_fails_alone(world: World) -> None:
    world.database([ticket("V1")])
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i AS 번호, '수출팀' AS 부서, '2026-07-01 10:00:00' AS 호출, '' AS 발신 FROM n"
    )
    feeding = source(
        "sql",
        {"table": "calls", "query": endless, "columns": CALLS},
        {"table": "tickets", "query": "SELECT * FROM voc", "columns": TICKETS},
        limits={"size": "5 MB"},
    )
    receipt = extract(world, feeding)
    assert "what the query gives holds more than 5 MB" in outcome_of(receipt, "calls")
    assert receipt.total("landed") == 1


# ── never done ──────────────────────────────────────────────────────────────────────────────────

WITHIN_A_SECOND: dict[str, Any] = {"limits": {"time": "1 seconds"}}


def test_a_query_that_is_never_done_is_interrupted_and_the_next_one_asked(world: World) -> None:
    world.database([ticket("V1")])
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT max(i) AS 번호, '' AS 부서, '' AS 호출, '' AS 발신 FROM n"
    )
    feeding = source(
        "sql",
        {"table": "calls", "query": endless, "columns": CALLS, **WITHIN_A_SECOND},
        {"table": "tickets", "query": "SELECT * FROM voc", "columns": TICKETS},
    )
    receipt = extract(world, feeding)
    assert outcome_of(receipt, "calls") == (
        "failed: reading was not done within 1 second: it was broken off → see what keeps the source; "
        "if it needs that long, raise time under limits in sources.yaml"
    )
    assert receipt.total("landed") == 1


@pytest.mark.parametrize("kind", ["postgresql", "mariadb", "mysql"])
def test_a_database_that_takes_the_connection_and_says_nothing_is_unreachable(world: World, kind: str) -> None:
    with running_nasty(silent) as server:
        receipt = extract(world, tickets_source(), CHARTER_CONN_A_SQL=f"{kind}://u:p@127.0.0.1:{server.port}/db")
    assert receipt.status == "unreachable"
    assert is_retryable(receipt)


def test_an_sftp_server_that_takes_the_connection_and_says_nothing_is_unreachable(world: World) -> None:
    with running_nasty(silent) as server:
        environment = {
            "CHARTER_CONN_A_CSV": f"sftp://u@127.0.0.1:{server.port}/files",
            "CHARTER_CONN_A_CSV_PASSWORD": "only for tests",
            "CHARTER_CONN_A_CSV_FINGERPRINT": "SHA256:x",
        }
        assert extract(world, calls_source(), **environment).status == "unreachable"


def test_a_reader_that_hangs_is_left_behind_and_its_source_not_asked_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.file("calls.csv", f"{HEADER}\n{CALL}\n")
    world.file("firms.csv", ",".join(FIRMS.values()) + "\nF1,2026-07-01,\n")
    hangs = threading.Event()

    def never(reader: FilesReader, path: str, allowance: Allowance) -> Any:
        hangs.wait(SOON)

    monkeypatch.setattr(FilesReader, "_content", never)
    feeding = source(
        "csv",
        {"table": "calls", "path": "calls.csv", "columns": CALLS, **WITHIN_A_SECOND},
        {"table": "firms", "path": "firms.csv", "columns": FIRMS},
    )
    receipt = extract(world, feeding)
    hangs.set()
    assert "not done within 1 second" in outcome_of(receipt, "calls")
    assert "not asked again tonight" in outcome_of(receipt, "firms")


def test_what_nobody_foresaw_fails_the_feed_and_tells_no_value(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    world.file("calls.csv", f"{HEADER}\n{CALL}\n")

    def breaks(reader: FilesReader, path: str, allowance: Allowance) -> Any:
        raise KeyError("010-1234-5678")

    monkeypatch.setattr(FilesReader, "_content", breaks)
    assert "an error that nobody foresaw (KeyError)" in outcome_of(extract(world, calls_source()))
    assert "test_limits.py" in caplog.text
    assert "010-1234-5678" not in caplog.text


# ── APIs ────────────────────────────────────────────────────────────────────────────────────────

TICKETS_API: dict[str, Any] = {
    "table": "tickets",
    "path": "/tickets",
    "columns": {"ticket_id": "id", "kind": "type", "received_at": "created_at"},
}


def api_source(feed: dict[str, Any] | None = None, **changes: Any) -> Source:
    usual = {"instant_format": "iso8601", "requests": {"attempts": 1, "timeout": "1 seconds"}}
    return source("http", feed or TICKETS_API, **{**usual, **changes})


def ask(world: World, port: int, feeding: Source) -> SourceReceipt:
    return extract(world, feeding, CHARTER_CONN_A_HTTP=f"http://127.0.0.1:{port}")


def test_an_api_that_takes_the_question_and_never_answers_is_unreachable(world: World) -> None:
    with running_nasty(silent) as server:
        assert outcome_of(ask(world, server.port, api_source())).startswith(
            "unreachable: the API can't be reached: no answer in time"
        )


@pytest.mark.parametrize("behaviour", [dripping_head, dripping_body], ids=lambda drips: drips.__name__)
def test_an_api_that_drips_is_broken_off(world: World, behaviour: Callable[[socket.socket], None]) -> None:
    with running_nasty(behaviour) as server:
        receipt = ask(world, server.port, api_source(**WITHIN_A_SECOND))
    assert "failed: reading was not done within 1 second" in outcome_of(receipt)


def test_an_answer_without_end_is_broken_off(world: World) -> None:
    with running_nasty(endless_body) as server:
        receipt = ask(world, server.port, api_source(limits={"size": "10 MB"}))
    assert "failed: one answer holds more than a tenth of 10 MB" in outcome_of(receipt)


def test_a_packed_answer_that_unpacks_to_any_size_is_broken_off(world: World) -> None:
    bomb = gzip.compress(b"[" + b" " * 100_000_000 + b"]")
    with running_nasty(saying(bomb, "Content-Encoding: gzip", f"Content-Length: {len(bomb)}")) as server:
        receipt = ask(world, server.port, api_source(limits={"size": "10 MB"}))
    assert "one answer holds more than a tenth of 10 MB" in outcome_of(receipt)


def test_an_answer_shorter_than_it_was_said_to_be_is_none(world: World) -> None:
    with running_nasty(saying(b"[]", "Content-Length: 100")) as server:
        assert outcome_of(ask(world, server.port, api_source())).startswith(
            "unreachable: the API can't be reached: the answer broke off"
        )


def test_a_packed_answer_that_is_damaged_is_none(world: World) -> None:
    with running_nasty(saying(b"[]", "Content-Encoding: gzip", "Content-Length: 2")) as server:
        assert outcome_of(ask(world, server.port, api_source())).startswith("failed: the compressed answer is damaged")


def test_an_answer_nested_without_end_is_none(world: World) -> None:
    with running_api(lambda asked: Reply(b"[" * 200_000 + b"]" * 200_000)) as api:
        assert "nested too deep" in outcome_of(ask(world, api.port, api_source()))


def test_a_row_nested_almost_too_deep_is_no_traceback(world: World) -> None:
    deep = b'{"a":' * 900 + b"1" + b"}" * 900
    row = b'{"id": %s, "type": "inquiry", "created_at": "2026-07-01T10:00:00+09:00"}'
    with running_api(lambda asked: Reply(b"[" + row % b"1" + b"," + row % deep + b"]")) as api:
        receipt = ask(world, api.port, api_source())
    assert receipt.status in ("landed", "failed")
    assert "nobody foresaw" not in str(receipt.feeds[0].problem)


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-1e999", b"1" + b"0" * 400, b"1" * 5000])
def test_numbers_that_are_none_are_refused(world: World, number: bytes) -> None:
    feed = {**TICKETS_API, "columns": {**TICKETS_API["columns"], "score": "score", "count": "count"}}
    row = b'{"id": 1, "type": "inquiry", "created_at": "2026-07-01T10:00:00+09:00", "score": %s, "count": %s}'
    with running_api(lambda asked: Reply(b"[" + row % (number, number) + b"]")) as api:
        receipt = ask(world, api.port, api_source(feed))
    assert (receipt.total("landed"), receipt.total("quarantined")) in ((0, 1), (0, 0))
    assert receipt.total("quarantined") == 1 or receipt.status == "failed"


def test_pages_without_end_each_of_them_new_are_broken_off(world: World) -> None:
    def answer(asked: Asked) -> Reply:
        page = int(asked.query["page"])
        row = {"id": page, "type": "inquiry", "created_at": "2026-07-01T10:00:00+09:00", "filler": "x" * 1000}
        return Reply([row])

    feed = {**TICKETS_API, "pages": {"by": "number"}}
    with running_api(answer) as api:
        assert "reading was not done within 1 second" in outcome_of(
            ask(world, api.port, api_source(feed, **WITHIN_A_SECOND))
        )
        small: dict[str, Any] = {"limits": {"size": "20 kB"}}
        assert "all that the API gave holds more than 20 kB" in outcome_of(
            ask(world, api.port, api_source(feed, **small))
        )


def test_redirects_that_go_round_in_circles_are_not_followed(world: World) -> None:
    with running_api(lambda asked: Reply({}, 302, {"Location": asked.path})) as api:
        assert "sends to another address" in outcome_of(ask(world, api.port, api_source()))
        assert len(api.asked) == 1
