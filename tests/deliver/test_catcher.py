"""The catcher keeps every copy it accepts, and nothing leaves the machine."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
from pathlib import Path

import pytest

from charter.base.errors import DeliveryError
from charter.deliver.catcher import SmtpCatcher, keep

from .builders import source_path

MAIL = b"Message-ID: <weekly.1@kotra.example>\r\nSubject: one\r\n\r\nbody\r\n"


def send(port: int, *recipients: str, content: bytes = MAIL) -> None:
    with smtplib.SMTP("127.0.0.1", port) as connection:
        connection.sendmail("charter@kotra.example", recipients, content)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_an_accepted_message_is_a_file_named_for_recipient_and_message(tmp_path: Path) -> None:
    with SmtpCatcher(tmp_path / "received") as catcher:
        send(catcher.port, "kim@kotra.example")
        assert names(catcher.folder) == ["kim@kotra.example__weekly.1@kotra.example.eml"], "before the 250, not later"
    assert (catcher.folder / names(catcher.folder)[0]).read_bytes() == MAIL


def test_a_second_copy_is_a_further_file(tmp_path: Path) -> None:
    with SmtpCatcher(tmp_path) as catcher:
        send(catcher.port, "kim@kotra.example")
        send(catcher.port, "kim@kotra.example", content=MAIL.replace(b"one", b"two"))
    assert names(tmp_path) == [
        "kim@kotra.example__weekly.1@kotra.example.eml",
        "kim@kotra.example__weekly.1@kotra.example__2.eml",
    ]
    assert b"one" in (tmp_path / names(tmp_path)[0]).read_bytes()


def test_each_recipient_has_a_copy(tmp_path: Path) -> None:
    with SmtpCatcher(tmp_path) as catcher:
        send(catcher.port, "kim@kotra.example", "lee@kotra.example")
    assert [name.partition("__")[0] for name in names(tmp_path)] == ["kim@kotra.example", "lee@kotra.example"]


@pytest.mark.parametrize(
    "identity", [b"<../../etc/passwd>", b"<.hidden>", b"<" + b"x" * 400 + b">", b"<\xff\x00>", b""]
)
def test_no_message_writes_outside_the_folder(tmp_path: Path, identity: bytes) -> None:
    folder = tmp_path / "received"
    with SmtpCatcher(folder) as catcher:
        send(catcher.port, "kim@kotra.example", content=b"Message-ID: " + identity + b"\r\n\r\nbody\r\n")
    assert names(tmp_path) == ["received"]
    (kept,) = names(folder)
    assert kept.startswith("kim@kotra.example__")


def test_a_message_that_cannot_be_kept_is_not_accepted(tmp_path: Path) -> None:
    folder = tmp_path / "received"
    with SmtpCatcher(folder) as catcher:
        folder.rmdir()
        with pytest.raises(smtplib.SMTPDataError, match="cannot be kept"):
            send(catcher.port, "kim@kotra.example")


def test_nothing_half_written_stays(tmp_path: Path) -> None:
    assert keep(tmp_path, "a", b"1") == tmp_path / "a.eml"
    assert keep(tmp_path, "a", b"1") == tmp_path / "a__2.eml"
    assert names(tmp_path) == ["a.eml", "a__2.eml"]


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with (
        SmtpCatcher(tmp_path) as catcher,
        pytest.raises(DeliveryError, match=f"127.0.0.1:{catcher.port}"),
        SmtpCatcher(tmp_path, catcher.port),
    ):
        pass


def test_it_runs_as_a_program_until_told_to_stop(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "charter.deliver.catcher", "--port", "0", "--folder", str(tmp_path / "received")]
    environment = {**os.environ, "PYTHONPATH": source_path()}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        line = program.stdout.readline()
        port = int(line.split("127.0.0.1:")[1].split(",")[0])
        send(port, "kim@kotra.example")
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0
    assert len(names(tmp_path / "received")) == 1
