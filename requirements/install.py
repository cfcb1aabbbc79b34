"""Makes .venv hold exactly what a lock names, and this package. Called by the Makefile with the machine's Python.

The tools that build the documentation have a virtual environment of their own, .venv-docs, without this package: they
read files alone, and what they need never decides which version a night runs on.

Only the standard library is used, in a form that older Pythons can read too, so that a wrong version can be told.
A second call returns at once: the stamp in .venv holds a hash of everything that was installed from.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
LOCKS = HOME / "requirements"
NEEDED = (3, 11)
# Which locks hold all that one needs: a venv made for tests serves every purpose.
SERVED_BY = {"run": ("run", "up", "test"), "up": ("up", "test"), "test": ("test",), "docs": ("docs",)}

# How uv calls what pip's configuration calls otherwise.
UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "trusted-host": "UV_INSECURE_HOST",
}


class CannotInstall(Exception):  # noqa: N818  it is shown to a user as it stands
    """What is missing on this machine, in words for the person at the terminal."""


def fingerprint(home: Path, lock: str) -> str:
    """The hash of all that decides what ``lock`` (``run``, ``up``, ``test``, ``docs``) puts into its venv."""
    files = ("requirements/bootstrap.txt", f"requirements/{lock}.txt", "requirements/install.py", "pyproject.toml")
    digest = hashlib.sha256(str(home).encode())
    for name in files:
        digest.update((home / name).read_bytes())
    return digest.hexdigest()


def uv_settings(pip_config: str) -> dict[str, str]:
    """The environment that makes uv reach packages as pip does. ``pip_config`` is what ``pip config list`` prints.

    A setting from the environment wins over one from a file, as it does for pip.
    """
    found: dict[str, str] = {}
    for line in sorted(pip_config.splitlines(), key=lambda text: text.startswith(":env:")):
        name, _, value = line.partition("=")
        key = name.rpartition(".")[2]
        if key in UV_NAMES:
            found[UV_NAMES[key]] = value.strip("'\"").replace("\\n", " ").strip()
    if "UV_INDEX" in found:
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip: all indexes are equal; the hashes guard
    return found


def _run(command: list[str], environment: dict[str, str]) -> bool:
    return subprocess.run(command, cwd=HOME, env=environment, check=False).returncode == 0


def _python_of(venv: Path) -> Path:
    return venv / "bin" / "python"


def _make_venv(venv: Path) -> None:
    if _python_of(venv).exists() and _run([str(_python_of(venv)), "-c", "import pip"], dict(os.environ)):
        return
    if sys.prefix != sys.base_prefix and Path(sys.prefix).resolve() == venv.resolve():
        raise CannotInstall(f"{venv} has lost its pip. Remove the folder (make clean-venv) and call make again.")
    shutil.rmtree(venv, ignore_errors=True)
    if not _run([sys.executable, "-m", "venv", str(venv)], dict(os.environ)):
        raise CannotInstall(
            f"{sys.executable} could not make a virtual environment. Its venv module is probably missing;\n"
            "Debian and Ubuntu keep it in the package python3.11-venv."
        )


def _install(venv: Path, lock: str) -> None:
    python = str(_python_of(venv))
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    environment = {**os.environ, "PYTHONUTF8": "1"}
    own_package = ["install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", "."]

    print("… installing the installer (uv)", flush=True)
    bootstrap = str(LOCKS / "bootstrap.txt")
    if not _run([*pip, "install", "--quiet", "--require-hashes", "-r", bootstrap], environment):
        raise CannotInstall(
            "uv could not be installed: see pip's message above. pip needs to reach a package index;\n"
            "which one it asks is said by: .venv/bin/python -m pip config list"
        )
    locks = [LOCKS / "bootstrap.txt", LOCKS / f"{lock}.txt"]
    count = sum(line[:1].isalnum() for path in locks for line in path.read_text(encoding="utf-8").splitlines())
    print(f"… installing {count} packages of requirements/{lock}.txt into {venv.name}", flush=True)
    config = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, env=environment, check=False)
    uv = [str(venv / "bin" / "uv"), "pip"]
    for_uv = {**uv_settings(config.stdout), **environment}
    sync = [*uv, "sync", "--quiet", "--python", python, "--require-hashes", *map(str, locks)]
    package_too = lock != "docs"
    if _run(sync, for_uv) and (not package_too or _run([*uv, *own_package, "--python", python], for_uv)):
        return
    print("… uv could not do it; pip tries", flush=True)
    with_pip = [*pip, "install", "--quiet", "--require-hashes"] + [part for path in locks for part in ("-r", str(path))]
    if not (_run(with_pip, environment) and (not package_too or _run([*pip, *own_package], environment))):
        raise CannotInstall(
            f"the packages of requirements/{lock}.txt could not be installed: see pip's message above.\n"
            "If it speaks of a connection, this machine does not reach a package index; if of a hash or a missing\n"
            "version, the index serves something else than what was locked."
        )


def main(lock: str) -> None:
    """Brings .venv (or .venv-docs) up to ``lock``. Raises CannotInstall with what to do."""
    venv = HOME / (".venv-docs" if lock == "docs" else ".venv")
    serving = ("docs",) if lock == "docs" else ("run", "up", "test")
    stamps = {name: venv / f".installed-{name}" for name in serving}
    for name in SERVED_BY[lock]:
        stamp = stamps[name]
        if stamp.exists() and stamp.read_text(encoding="utf-8") == fingerprint(HOME, name):
            return
    if sys.version_info[:2] != NEEDED:
        have = ".".join(map(str, sys.version_info[:3]))
        raise CannotInstall(
            f"Python 3.11 is needed, and {sys.executable} is {have}.\n"
            "Install Python 3.11, or name one you have: make PYTHON=/path/to/python3.11 …"
        )
    _make_venv(venv)
    for stamp in stamps.values():
        stamp.unlink(missing_ok=True)
    _install(venv, lock)
    stamps[lock].write_text(fingerprint(HOME, lock), encoding="utf-8")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except CannotInstall as problem:
        sys.exit(f"\n✗ {problem}")
