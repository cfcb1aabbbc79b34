"""Programs that tests start as servers: found on this machine, else installed from the system's packages."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

_PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def program(name: str, packages: Sequence[str]) -> Path:
    """The path of the program ``name``. When it is not there, the Debian ``packages`` are installed if that can be.

    A test that needs it fails, with what to install, when neither is possible: it is never skipped.
    """
    if found := shutil.which(name, path=_PLACES):
        return Path(found)
    said = _install(packages)
    if found := shutil.which(name, path=_PLACES):
        return Path(found)
    pytest.fail(f"this test starts {name}, which is not installed{said}: install {' '.join(packages)}", pytrace=False)


def _install(packages: Sequence[str]) -> str:
    """Installs, and says what kept it from that."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return ""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # Test processes run side by side; apt lets in one at a time.
    with (Path(tempfile.gettempdir()) / "charter-tests-apt.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for command in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *packages]):
            done = subprocess.run(
                ["apt-get", *command], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
            )
    last = (done.stderr.strip().splitlines() or [""])[-1]
    return f" (apt-get says: {last})" if done.returncode else ""
