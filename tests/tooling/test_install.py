"""How a fresh clone gets its packages."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

HOME = Path(__file__).parents[2]
LOCKS = HOME / "requirements"


@pytest.fixture(scope="module")
def install() -> ModuleType:
    spec = importlib.util.spec_from_file_location("install", LOCKS / "install.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def locked(name: str) -> dict[str, str]:
    """The packages of a lock with their versions."""
    text = (LOCKS / f"{name}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[.*\])?==(\S+)", text, re.MULTILINE))


def test_no_lock_names_a_host() -> None:
    for path in LOCKS.iterdir():
        if path.is_file():
            found = re.findall(r"\w+://\S+|--(?:extra-)?index\S*|--find-links\S*", path.read_text(encoding="utf-8"))
            assert path.suffix == ".py" or not found, f"{path.name} names {found}: run `make lock`"


def test_every_package_of_a_lock_has_its_hashes() -> None:
    for name in ("bootstrap", "run", "up", "test", "production"):
        text = (LOCKS / f"{name}.txt").read_text(encoding="utf-8")
        for entry in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]:
            assert "--hash=sha256:" in entry, f"{name}.txt: {entry.splitlines()[0]} has no hash"


@pytest.mark.parametrize("other", ["up", "test", "production"])
def test_tests_and_the_image_run_with_the_versions_that_a_run_has(other: str) -> None:
    run, held = locked("run"), locked(other)

    assert {name: held.get(name) for name in run} == run, "run `make lock`"


def test_the_locks_hold_what_pyproject_pins() -> None:
    pinned = dict(re.findall(r'^\s*"([a-zA-Z0-9.-]+)(?:\[\w+\])?==([^"]+)"', text_of("pyproject.toml"), re.MULTILINE))
    for optional in ("pyspark", "dbt-spark", "mkdocs"):
        pinned.pop(optional, None)
    held = {**locked("test"), **locked("production")}

    wrong = {name: version for name, version in pinned.items() if held.get(name.replace(".", "-")) != version}

    assert not wrong, f"pyproject.toml and requirements/ differ: run `make lock` ({wrong})"


def text_of(name: str) -> str:
    return (HOME / name).read_text(encoding="utf-8")


class TestUvReachesPackagesAsPipDoes:
    def test_every_place_that_pip_was_told_is_told_to_uv(self, install: ModuleType) -> None:
        config = (
            "global.index-url='https://mirror.example/simple'\n"
            "global.extra-index-url='file:///srv/own/simple file:///srv/more/simple'\n"
            "global.cert='/etc/ca.pem'\n"
            "global.timeout='60'\n"
        )

        assert install.uv_settings(config) == {
            "UV_DEFAULT_INDEX": "https://mirror.example/simple",
            "UV_INDEX": "file:///srv/own/simple file:///srv/more/simple",
            "UV_INDEX_STRATEGY": "unsafe-best-match",
            "SSL_CERT_FILE": "/etc/ca.pem",
        }

    def test_the_environment_wins_over_a_file(self, install: ModuleType) -> None:
        config = ":env:.index-url='https://here.example/simple'\nglobal.index-url='https://there.example/simple'\n"

        assert install.uv_settings(config)["UV_DEFAULT_INDEX"] == "https://here.example/simple"

    def test_a_pip_without_settings_leaves_uv_as_it_is(self, install: ModuleType) -> None:
        assert install.uv_settings("") == {}


class TestTheStamp:
    def copy_of_home(self, folder: Path) -> Path:
        for name in ("requirements/bootstrap.txt", "requirements/run.txt", "requirements/install.py", "pyproject.toml"):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((HOME / name).read_bytes())
        return folder

    def test_the_same_lock_is_installed_once(self, install: ModuleType, tmp_path: Path) -> None:
        home = self.copy_of_home(tmp_path)

        assert install.fingerprint(home, "run") == install.fingerprint(home, "run")

    @pytest.mark.parametrize("changed", ["requirements/run.txt", "pyproject.toml"])
    def test_a_changed_lock_or_project_is_installed_again(
        self, install: ModuleType, tmp_path: Path, changed: str
    ) -> None:
        home = self.copy_of_home(tmp_path)
        before = install.fingerprint(home, "run")

        with (home / changed).open("a", encoding="utf-8") as file:
            file.write("\n# changed\n")

        assert install.fingerprint(home, "run") != before

    def test_a_moved_clone_is_installed_again(self, install: ModuleType, tmp_path: Path) -> None:
        here, there = self.copy_of_home(tmp_path / "here"), self.copy_of_home(tmp_path / "there")

        assert install.fingerprint(here, "run") != install.fingerprint(there, "run")


class TestAMachineThatLacksSomething:
    def test_a_wrong_python_is_told_which_one_is_needed(
        self, install: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home = TestTheStamp().copy_of_home(tmp_path)
        monkeypatch.setattr(install, "HOME", home)
        monkeypatch.setattr(install, "NEEDED", (3, 99))
        (home / "requirements" / "test.txt").write_text("")

        with pytest.raises(install.CannotInstall, match=r"Python 3\.11 is needed, and .* is 3\.") as problem:
            install.main("run")

        assert "make PYTHON=" in str(problem.value)
        assert not (home / ".venv").exists()

    def test_no_python_at_all_is_told_by_make(self) -> None:
        command = ["make", "--no-print-directory", "-C", str(HOME), "PYTHON=", "install-run"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)

        assert done.returncode != 0
        assert "Python 3.11 is needed" in done.stdout + done.stderr

    @pytest.mark.slow
    def test_an_index_out_of_reach_is_told_as_such(self, tmp_path: Path) -> None:
        """The whole installer, in a copy, with pip pointed at a port where nobody listens."""
        home = TestTheStamp().copy_of_home(tmp_path)
        (home / "requirements" / "test.txt").write_text("")
        environment = {
            "PATH": os.environ["PATH"],
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
            "PIP_RETRIES": "0",
            "PIP_NO_CACHE_DIR": "1",
        }
        command = [sys.executable, str(home / "requirements" / "install.py"), "run"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

        assert done.returncode == 1
        assert "uv could not be installed" in done.stderr and "pip config list" in done.stderr
        assert "Traceback" not in done.stderr


def test_ci_calls_make_test_and_can_be_run() -> None:
    script = HOME / ".ci" / "run"

    assert script.read_text(encoding="utf-8").rstrip().endswith("exec make test")
    assert os.access(script, os.X_OK)


def test_make_test_lints_then_runs_every_test_in_one_run() -> None:
    plan = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "-C", str(HOME), "test"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    parts = ["bin/ruff check", "bin/ruff format --check", "bin/mypy", "bin/sqlfluff lint"]

    lint = [plan.index(part) for part in parts]

    assert max(lint) < plan.index("-m pytest")
    assert "-m slow" not in plan
    assert "not slow" not in plan
