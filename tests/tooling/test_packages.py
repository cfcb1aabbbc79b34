"""Tests that start a server find its program, or fail and say what to install: none is skipped in silence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.servers import packages


def test_a_program_that_is_there_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = tmp_path / "some-server"
    there.write_text("#!/bin/sh\n")
    there.chmod(0o755)
    monkeypatch.setattr(packages, "_PLACES", str(tmp_path))
    assert packages.program("some-server", ["some-package"]) == there


def test_one_that_is_not_fails_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(
        pytest.fail.Exception, match="starts no-such-server, which is not installed: install some-package"
    ):
        packages.program("no-such-server", ["some-package"])
