"""Files in a folder, on an SFTP server and in an S3-compatible store: the same rows and the same care everywhere."""

from __future__ import annotations

import gzip
import logging
import os
import socket
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import boto3
import paramiko
import pytest
from moto.core import set_initial_no_auth_action_count
from moto.server import ThreadedMotoServer

from charter.base.errors import SourceError
from charter.base.settings import Settings
from charter.definitions.feed import path_pattern
from charter.definitions.models import Source
from charter.extract import SourceReceipt, extract_source, is_retryable, read_quarantine
from charter.extract.readers.storage import FolderStorage, fingerprint_of
from tests.extract.readers.file.test_parquet import put as put_parquet
from tests.servers.cut import BreakingLine
from tests.servers.sftp import SftpServer

from .builders import CALLS, FIRMS, KEY, World, night, source

HEADER = "번호,부서,호출,발신"
PLANTED = ["홍길동", "010-9876-5432", "900101-1234567", "gildong@example.org"]


class Place(Protocol):
    """Where a test's files are."""

    environment: dict[str, str]

    def put(self, name: str, content: bytes) -> None: ...

    def remove(self, name: str) -> None: ...


@dataclass
class InFolder:
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def remove(self, name: str) -> None:
        (self.folder / name).unlink()


@dataclass
class InBucket:
    client: Any
    environment: dict[str, str]
    bucket: str = "agency"

    def put(self, name: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=f"daily/{name}", Body=content)

    def remove(self, name: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=f"daily/{name}")


@pytest.fixture(scope="module")
def sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    server = SftpServer(tmp_path_factory.mktemp("sftp"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def s3() -> Iterator[int]:
    """The port of an S3-compatible server."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    yield port
    server.stop()


def by_sftp(server: SftpServer, port: int | None = None) -> dict[str, str]:
    return {
        "CHARTER_CONN_A_CSV": server.address_at(port or server.port),
        "CHARTER_CONN_A_CSV_KEY_FILE": str(server.key),
        "CHARTER_CONN_A_CSV_FINGERPRINT": fingerprint_of(
            paramiko.Ed25519Key.from_private_key_file(str(server.host_key))
        ),
    }


def by_s3(port: int) -> dict[str, str]:
    return {
        "CHARTER_CONN_A_CSV": "s3://agency/daily",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "an-access-key",
        "AWS_SECRET_ACCESS_KEY": "a secret key for tests only",
    }


def bucket(port: int) -> InBucket:
    client = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="maker",
        aws_secret_access_key="maker",
    )
    for entry in client.list_buckets()["Buckets"]:
        for stored in client.list_objects_v2(Bucket=entry["Name"]).get("Contents", []):
            client.delete_object(Bucket=entry["Name"], Key=stored["Key"])
        client.delete_bucket(Bucket=entry["Name"])
    client.create_bucket(Bucket="agency")
    return InBucket(client, by_s3(port))


@pytest.fixture(params=["folder", "sftp", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        (tmp_path / "files").mkdir()
        return InFolder(tmp_path / "files", {"CHARTER_CONN_A_CSV": str(tmp_path / "files")})
    if request.param == "s3":
        return bucket(request.getfixturevalue("s3"))
    server: SftpServer = request.getfixturevalue("sftp")
    for path in sorted(server.files.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    return InFolder(server.files, by_sftp(server))


def extract(world: World, environment: dict[str, str], given: Source, day: str = "2026-07-01") -> SourceReceipt:
    settings = Settings(
        world.folder, world.folder / "charter", world.folder / "var", {**environment, "CHARTER_PSEUDONYM_KEY": KEY}
    )
    return extract_source(settings, world.agency, given, night(day))


def calls(path: str = "calls.csv", **changes: Any) -> Source:
    return source("csv", {"table": "calls", "path": path, "columns": CALLS}, **changes)


def text(*numbers: str, caller: str = "010-1111-2222", day: str = "2026-07-01") -> bytes:
    rows = [f"{number},수출팀,{day} 10:00:00,{caller}" for number in numbers]
    return ("\n".join([HEADER, *rows]) + "\n").encode()


@pytest.mark.parametrize(
    ("asked", "expect"),
    [("통화.csv", "each_night"), ("통화*.csv", "each_night"), ("통화/{day}.csv", "file_each_day")],
)
def test_a_name_is_found_however_its_hangul_is_kept(world: World, place: Place, asked: str, expect: str) -> None:
    kept = asked.replace("*", "1").replace("{day}", "20260701")
    place.put(unicodedata.normalize("NFD", kept), text("C1"))
    receipt = extract(world, place.environment, calls(asked, freshness={"expect": expect}))
    assert receipt.status == "landed", receipt.feeds[0].problem
    assert receipt.feeds[0].landed == 1


def test_two_files_of_one_name_in_two_spellings_are_not_chosen_from(world: World, place: Place) -> None:
    for form in ("NFC", "NFD"):
        place.put(unicodedata.normalize(form, "통화1.csv"), text("C1"))
    receipt = extract(world, place.environment, calls("통화*.csv"))
    assert receipt.status == "failed"
    assert "two files have one name, spelt in two ways" in problem(receipt)


def problem(receipt: SourceReceipt) -> str:
    found = receipt.feeds[0].problem
    assert found is not None
    return f"{found.where}: {found.what} → {found.remedy}"


def test_the_same_file_lands_the_same_from_everywhere(world: World, place: Place) -> None:
    place.put("calls.csv", text("C1", "C2"))
    feed = extract(world, place.environment, calls()).feeds[0]
    assert (feed.status, feed.landed) == ("landed", 2)
    assert [(file.path, file.size) for file in feed.inputs] == [("calls.csv", len(text("C1", "C2")))]
    assert world.versions("calls")._origin.tolist() == ["calls.csv:2", "calls.csv:3"]


def test_files_that_match_are_found_in_folders_too(world: World, place: Place) -> None:
    place.put("2026/calls_1.csv", text("C1"))
    place.put("2025/calls_2.csv.gz", gzip.compress(text("C2")))
    place.put("2026/notes.txt", b"not ours")
    place.put("calls_9.csv", text("C9"))
    place.put("2026/deeper/calls_8.csv", text("C8"))
    feed = extract(world, place.environment, calls("20*/calls_?.csv*")).feeds[0]
    assert [file.path for file in feed.inputs] == ["2025/calls_2.csv.gz", "2026/calls_1.csv"]
    assert world.versions("calls").call_id.tolist() == ["C1", "C2"]


def test_daily_files_are_found_by_their_day_and_corrected_ones_read_again(world: World, place: Place) -> None:
    daily = calls("calls_{day}.csv", freshness={"expect": "file_each_day"})
    days = [f"2026-07-0{number}" for number in range(1, 5)]
    for day in days:
        place.put(f"calls_{day.replace('-', '')}.csv", text(f"C{day[-1]}", day=day))
        assert extract(world, place.environment, daily, day).feeds[0].landed == 1
    place.put("calls_20260701.csv", text("C1", caller="02-1"))
    place.put("calls_20260705.csv", text("C5", day="2026-07-05"))
    feed = extract(world, place.environment, daily, "2026-07-05").feeds[0]
    assert [(str(day.day), day.landed) for day in feed.days] == [("2026-07-01", 1), ("2026-07-05", 1)]


def test_what_is_not_there_is_missing_and_may_be_tried_again(world: World, place: Place) -> None:
    place.put("other.csv", text("C1"))
    for path in ("calls.csv", "calls_*.csv"):
        receipt = extract(world, place.environment, calls(path))
        assert (receipt.status, is_retryable(receipt)) == ("missing", True)
    place.put("calls_1.csv", text("C1"))
    assert extract(world, place.environment, calls("calls_*.csv")).status == "landed"


def test_workbooks_and_parquet_files_come_from_everywhere_too(world: World, place: Place) -> None:
    world.workbook(firms=[tuple(FIRMS.values()), ("F1", "2026-07-01", None)])
    place.put("registers.xlsx", (world.folder / "registers.xlsx").read_bytes())
    put_parquet(world, {}, name="made.parquet")
    made = (world.folder / "files" / "made.parquet").read_bytes()
    place.put("tickets.parquet", made)
    sheet = {"table": "firms", "sheet": "firms", "columns": FIRMS}
    address = place.environment["CHARTER_CONN_A_CSV"]
    for environment, feed in (
        (place.environment, {**sheet, "path": "registers.xlsx"}),
        ({**place.environment, "CHARTER_CONN_A_CSV": f"{address}/registers.xlsx"}, sheet),
    ):
        book = source("workbook", feed, connection="a-csv", id=f"book-{'path' in feed}".lower())
        assert extract(world, environment, book).feeds[0].landed == 1
    columns = {"ticket_id": "no", "kind": {"source": "gubun", "values": {"문의": "inquiry"}}, "received_at": "received"}
    table = source("parquet", {"table": "tickets", "path": "*.parquet", "columns": columns}, connection="a-csv")
    assert extract(world, place.environment, table).feeds[0].landed >= 1


def test_nothing_personal_touches_the_disk_or_the_log(
    world: World, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    lines = [HEADER + ",메모"]
    lines += [f"C{n},수출팀,2026-07-01 10:00:00,{word},{word}" for n, word in enumerate(PLANTED)]
    lines += [f"C8,{PLANTED[0]},{PLANTED[1]},{PLANTED[1]},", f"{PLANTED[0]}", f'C9,"{PLANTED[3]}']
    text = "\n".join(lines) + "\n"
    place.put("calls.csv", text.encode())
    place.put("calls.csv.gz", gzip.compress(text.encode()))
    with caplog.at_level(logging.DEBUG), files_written() as written:
        feed = extract(world, place.environment, calls("calls.csv*")).feeds[0]
    assert feed.quarantined >= 6
    shown = caplog.text + read_quarantine(world.settings, night("2026-07-01")).to_json(force_ascii=False)
    shown += feed.model_dump_json()
    kept = b"\n".join(path.read_bytes() for path in (world.folder / "var").rglob("*") if path.is_file())
    assert [word for word in PLANTED if word in shown or word.encode() in kept] == []
    assert "a secret key for tests only" not in shown
    assert written
    assert [path for path in written if not path.startswith(str(world.folder / "var"))] == []


@contextmanager
def files_written() -> Iterator[list[str]]:
    """The path of every file that Python opens for writing meanwhile."""
    written: list[str] = []
    watching = True

    def heard(event: str, given: tuple[Any, ...]) -> None:
        # A hook can't be taken off again.
        if not watching or event != "open" or not isinstance(given[0], str) or not isinstance(given[2], int):
            return
        if given[2] & (os.O_WRONLY | os.O_RDWR) and not given[0].startswith("/dev/"):
            written.append(given[0])

    sys.addaudithook(heard)
    try:
        yield written
    finally:
        watching = False


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sftp", "s3"])
def test_a_connection_that_breaks_while_a_file_is_read_lands_nothing_of_it(
    world: World, tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    numbers = [f"C{number:06}" for number in range(60_000)]
    if kind == "sftp":
        server: SftpServer = request.getfixturevalue("sftp")
        line = BreakingLine(server.port)
        environment = by_sftp(server, line.port)
        (server.files / "calls.csv").write_bytes(text(*numbers))
    else:
        port: int = request.getfixturevalue("s3")
        stored = bucket(port)
        stored.put("calls.csv", text(*numbers))
        line = BreakingLine(port)
        environment = by_s3(line.port)
    line.cut_after(500_000)
    broken = extract(world, environment, calls())
    assert (broken.status, broken.feeds[0].arrived, is_retryable(broken)) == ("unreachable", 0, True)
    assert "went away" in problem(broken)
    assert list(world.lake.rglob("raw/**/part-0.parquet")) == []
    line.cut_after(None)
    assert extract(world, environment, calls()).feeds[0].landed == 60_000
    line.close()
    undisturbed = World(tmp_path / "undisturbed")
    undisturbed.folder.mkdir()
    undisturbed.file("calls.csv", text(*numbers).decode())
    undisturbed.extract(calls(), "2026-07-01")
    assert world.bytes_of_lake() == undisturbed.bytes_of_lake()


@pytest.mark.parametrize("kind", ["sftp", "s3"])
def test_a_server_that_is_down_is_unreachable(world: World, sftp: SftpServer, kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    environment = by_sftp(sftp, port) if kind == "sftp" else by_s3(port)
    receipt = extract(world, environment, calls())
    assert (receipt.status, is_retryable(receipt)) == ("unreachable", True)


# ── who may read, and from whom ─────────────────────────────────────────────────────────────────


def test_an_unknown_host_is_refused_with_the_fingerprint_to_compare(
    world: World, sftp: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    environment = by_sftp(sftp)
    pinned = environment.pop("CHARTER_CONN_A_CSV_FINGERPRINT")
    receipt = extract(world, environment, calls())
    assert (receipt.status, is_retryable(receipt)) == ("failed", False)
    assert pinned in problem(receipt)
    assert "CHARTER_CONN_A_CSV_FINGERPRINT" in problem(receipt)


def test_another_host_key_than_the_pinned_one_is_refused(world: World, sftp: SftpServer) -> None:
    environment = by_sftp(sftp) | {"CHARTER_CONN_A_CSV_FINGERPRINT": "SHA256:" + "A" * 43}
    assert "is not known" in problem(extract(world, environment, calls()))


def test_a_host_in_the_file_of_known_hosts_is_trusted_and_a_changed_one_is_not(
    world: World, sftp: SftpServer, tmp_path: Path
) -> None:
    (sftp.files / "calls.csv").write_bytes(text("C1"))
    known = tmp_path / "known_hosts"
    environment = by_sftp(sftp) | {"CHARTER_CONN_A_CSV_KNOWN_HOSTS": str(known)}
    del environment["CHARTER_CONN_A_CSV_FINGERPRINT"]
    with pytest.raises(SourceError, match="the file of known hosts"):
        extract(world, environment, calls())
    other = (sftp.key.with_suffix(".pub")).read_text().split()[1]
    known.write_text(sftp.known_host.rsplit(" ", 1)[0] + f" {other}\n")
    assert "shows another host key" in problem(extract(world, environment, calls()))
    known.write_text(sftp.known_host + "\n")
    assert extract(world, environment, calls()).status == "landed"


def test_a_refused_user_is_told_which_variables_to_correct_and_is_not_tried_again(
    world: World, sftp: SftpServer
) -> None:
    environment = by_sftp(sftp) | {"CHARTER_CONN_A_CSV_PASSWORD": "a wrong password"}
    del environment["CHARTER_CONN_A_CSV_KEY_FILE"]
    receipt = extract(world, environment, calls())
    assert (receipt.status, is_retryable(receipt)) == ("failed", False)
    assert "CHARTER_CONN_A_CSV_PASSWORD" in problem(receipt)
    assert "a wrong password" not in receipt.model_dump_json()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"CHARTER_CONN_A_CSV_KEY_FILE": ""}, "neither a key nor a password"),
        ({"CHARTER_CONN_A_CSV_KEY_FILE": "/nowhere"}, "cannot be read"),
        ({"CHARTER_CONN_A_CSV_KEY": "no key", "CHARTER_CONN_A_CSV_KEY_FILE": ""}, "the private key can't be read"),
        ({"CHARTER_CONN_A_CSV": "sftp://me:secret@host/files"}, "not an SFTP address"),
        ({"CHARTER_CONN_A_CSV": "ftp://host/files"}, "begins with 'ftp://'"),
        ({"CHARTER_CONN_A_CSV": "s3:///prefix"}, "not an S3 address"),
    ],
)
def test_settings_that_can_not_work_are_errors_before_anything_is_asked(
    world: World, sftp: SftpServer, changes: dict[str, str], said: str
) -> None:
    with pytest.raises(SourceError, match=said) as error:
        extract(world, by_sftp(sftp) | changes, calls())
    assert "secret@" not in str(error.value)


def test_a_store_that_refuses_the_credentials_is_told_by_their_variables(world: World, s3: int) -> None:
    stored = bucket(s3)
    stored.put("calls.csv", text("C1"))

    @set_initial_no_auth_action_count(0)
    def refused() -> SourceReceipt:
        return extract(world, stored.environment, calls())

    receipt = refused()
    assert (receipt.status, is_retryable(receipt)) == ("failed", False)
    assert "AWS_ACCESS_KEY_ID" in problem(receipt)
    assert "a secret key for tests only" not in receipt.model_dump_json()


def test_a_bucket_that_is_not_there_is_told_by_its_name(world: World, s3: int) -> None:
    bucket(s3)
    environment = by_s3(s3) | {"CHARTER_CONN_A_CSV": "s3://elsewhere/daily"}
    assert "no bucket 'elsewhere'" in problem(extract(world, environment, calls()))


# ── patterns ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("calls_*.csv", "calls_1.csv", True),
        ("calls_*.csv", "calls_1/2.csv", False),
        ("calls_?.csv", "calls_12.csv", False),
        ("calls[1].csv", "calls[1].csv", True),
        ("{day}/calls_{day}.csv", "20260701/calls_20260701.csv", True),
        ("{day}/calls_{day}.csv", "20260701/calls_20260702.csv", False),
        ("calls_{day}.csv", "calls_2026070.csv", False),
        ("*.csv", "calls.csv", True),
        ("*.csv", ".calls.csv", False),
        ("*/?.csv", "a/.csv", False),
        (".*.csv", ".calls.csv", True),
    ],
)
def test_what_a_path_means(pattern: str, path: str, matches: bool) -> None:
    assert bool(path_pattern(pattern).fullmatch(path)) is matches


@pytest.mark.parametrize("kind", ["folder", "sftp"])
def test_a_link_is_the_file_it_leads_to_and_one_to_nothing_hides_no_other(
    world: World, request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    if kind == "sftp":
        server: SftpServer = request.getfixturevalue("sftp")
        folder, environment = server.files, by_sftp(server)
    else:
        folder, environment = tmp_path, {"CHARTER_CONN_A_CSV": str(tmp_path)}
    (folder / "links").mkdir()
    (folder / "links" / "1.csv").symlink_to(folder / "nothing")
    (folder / "kept").mkdir()
    (folder / "kept" / "2").write_bytes(text("C2"))
    (folder / "links" / "2.csv").symlink_to(folder / "kept" / "2")
    (folder / "links" / "3.csv").write_bytes(text("C3"))
    feed = extract(world, environment, calls("links/*.csv")).feeds[0]
    assert [(file.path, file.size) for file in feed.inputs] == [
        ("links/2.csv", len(text("C2"))),
        ("links/3.csv", len(text("C3"))),
    ]


def test_a_version_changes_when_a_file_is_written_again(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path, "here", "here")
    path = tmp_path / "a.csv"
    path.write_bytes(b"1")
    before = storage.find("*.csv")
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1_000_000))
    assert storage.find("*.csv") != before
