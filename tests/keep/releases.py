"""The state folders that releases left behind, and how they are made.

    python -m tests.keep.releases 0.5.0 COMMIT

runs the demonstration's main job with the code of that commit, as small as it goes and with two recipients, and packs
what a backup would hold of it, with the demonstration's sources, into ``released/0.5.0.tar.xz``. All of it is
synthetic.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from charter.keep.inventory import state_files

HOME = Path(__file__).parents[2]
FOLDER = Path(__file__).parent / "released"
RELEASES = ("0.1.0", "0.2.0", "0.3.0", "0.4.0")
SUNDAY, MONDAY = "2026-07-05", "2026-07-06"
# Keys of tests, and nobody else's: no file of the repository holds one.
PSEUDONYM_KEY = b"0123456789abcdef0123456789abcdef"
_SIZE = "0.02"
# What is printed has most of a state folder's bytes, its fonts: these reports say nothing on paper.
_PAPER = '#set document(title: "Report")\n'
_RECIPIENTS = ("president@kotra.example", "voc-team@kotra.example")


def signing_key() -> bytes:
    """The key (PEM) that the released states are sealed with."""
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"charter: tests of releases").digest())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def unpack(release: str, folder: Path) -> Path:
    """Puts the state that ``release`` left behind into ``folder``; returns it."""
    with tarfile.open(FOLDER / f"{release}.tar.xz") as tar:
        tar.extractall(folder, filter="data")
    return folder


def make(release: str, commit: str) -> Path:
    """Runs the main job of ``commit``, and packs the state that it leaves."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        content = subprocess.run(["git", "archive", commit], cwd=HOME, capture_output=True, check=True).stdout
        subprocess.run(["tar", "x", "-C", folder], input=content, check=True)
        _leave_two_recipients(home / "charters" / "kotra" / "departments.yaml")
        (home / "reports" / "templates" / "report.typ").write_text(_PAPER, encoding="utf-8")
        keys = home / "var" / "secrets"
        keys.mkdir(parents=True)
        for name, key in (("pseudonym.key", PSEUDONYM_KEY), ("signing.key", signing_key())):
            (keys / name).write_bytes(key)
            (keys / name).chmod(0o600)
        module = "charters.main_job" if (home / "charters" / "main_job.py").exists() else "charter.main_job"
        environment = {**os.environ, "PYTHONPATH": f"{home / 'src'}{os.pathsep}{home}", "PYTHONUTF8": "1"}
        job = [sys.executable, "-m", module, "--as-of", SUNDAY, "--size", _SIZE]
        subprocess.run(job, cwd=home, env=environment, check=True)
        return _packed(release, home / "var")


def _leave_two_recipients(path: Path) -> None:
    """Mails and their PDFs are most of a state folder's bytes."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if "recipients: [" not in line or any(each in line for each in _RECIPIENTS)]
    path.write_text("".join(kept), encoding="utf-8")


def _packed(release: str, var: Path) -> Path:
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{release}.tar.xz"
    with tarfile.open(path, "w:xz", preset=9) as tar:
        for file in state_files(var):
            kind = file.kind
            if kind is not None and kind.id != "lineage" and (kind.backup == "always" or kind.id == "demonstration"):
                tar.add(file.path, file.place, filter=_nobodys)
    return path


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


if __name__ == "__main__":
    print(make(*sys.argv[1:3]))
