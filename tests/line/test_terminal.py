"""What people see on any terminal: readable text and no traceback, also when the disk is full or they have enough."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from charter.commands.terminal import errors_as_messages, visible
from tests.line.installation import HOME

COMMAND = [sys.executable, "-m", "charter.cli"]


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "CHARTER_HOME": str(HOME), "CHARTER_VAR": str(tmp_path / "var"), "COLUMNS": "80", **more}


def run(tmp_path: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], env=environment(tmp_path, **more), capture_output=True, timeout=120)


@pytest.mark.parametrize(
    ("encoding", "mark"), [("ascii", "+ kotra: 36 standards"), ("cp949", "+ kotra"), ("utf-8", "✓ kotra")]
)
def test_a_terminal_of_another_encoding_gets_readable_text(tmp_path: Path, encoding: str, mark: str) -> None:
    done = run(tmp_path, "check", PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    assert done.stdout.decode(encoding).startswith(mark)
    done = run(tmp_path, "results", PYTHONIOENCODING=encoding)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr.decode(encoding)


def test_korean_on_a_terminal_without_it_is_shown_by_its_numbers(tmp_path: Path) -> None:
    done = run(tmp_path, "results", CHARTER_VAR=str(tmp_path / "보고"), LC_ALL="C", PYTHONIOENCODING="ascii")
    assert r"\ubcf4\uace0" in done.stderr.decode("ascii")


def test_a_reader_who_has_seen_enough_is_no_error_of_ours(tmp_path: Path) -> None:
    line = f"{' '.join(COMMAND)} --help | head -1"
    done = subprocess.run(["bash", "-c", line], env=environment(tmp_path), capture_output=True, timeout=120)
    assert done.stdout.startswith(b"Usage")
    assert b"Traceback" not in done.stderr


def test_who_presses_ctrl_c_gets_no_traceback(tmp_path: Path) -> None:
    # Libraries are read first: some swallow what interrupts their own beginning.
    begun = (
        "import charters.kotra.demo, pandas, openpyxl; from charter.cli import main;"
        " print('begun', flush=True); main(['demo', '--size', '50'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", begun],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # What a shell starts in the background ignores the key, and hands that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"Aborted" in said
    assert b"Traceback" not in said


def test_data_can_not_steer_a_terminal() -> None:
    assert visible("a\x1b[2Jb\u202ec\nd가") == "a\\u001b[2Jb\\u202ec\nd가"


def errors() -> Iterator[tuple[Exception, str]]:
    yield OSError(28, "No space left on device", "/var/x"), "/var/x: the disk is full"
    yield OSError(28, "No space left on device"), "CHARTER_VAR: the disk is full"
    yield duckdb.IOException('IO Error: Could not write file "w": No space left on device'), "w: the disk is full"
    yield duckdb.IOException("IO Error: Could not set lock on file"), "one run at a time"
    yield duckdb.SerializationException("Serialization Error: x"), "can't be read or written"
    yield sqlite3.OperationalError("database or disk is full"), "outbox: the disk is full"
    yield sqlite3.DatabaseError("database disk image is malformed"), "can't be read or written"
    yield pa.ArrowInvalid("Parquet magic bytes not found in footer"), "can't be read or written"
    yield MemoryError(), "there is not enough memory"


@pytest.mark.parametrize(("error", "what"), errors(), ids=lambda value: type(value).__name__)
def test_what_the_machine_refuses_is_told(error: Exception, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    import click

    with pytest.raises(click.exceptions.Exit) as caught, errors_as_messages():
        raise error
    assert caught.value.exit_code == 2
    assert what in capsys.readouterr().err


def test_a_state_folder_that_duckdb_can_not_name_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, "results", CHARTER_VAR=str(tmp_path / "what?"))
    assert done.returncode == 2
    assert b"CHARTER_VAR" in done.stderr
