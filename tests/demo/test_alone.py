"""A demonstration stands on the engine alone: the command line finds it by its folder, wherever it is called."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
ASKED = """
from charter.base.settings import Settings
from charter.demonstration import demonstration_of
print(demonstration_of(Settings.from_environment()).SEED)
"""


@pytest.mark.parametrize("agency", ["kotra", "library"])
def test_it_is_found_without_the_project_on_the_path(agency: str, tmp_path: Path) -> None:
    environment = {"CHARTER_HOME": str(HOME), "CHARTER_DIR": str(HOME / "charters" / agency), "PYTHONUTF8": "1"}
    asked = [sys.executable, "-P", "-c", ASKED]
    said = subprocess.run(asked, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)
    assert said.returncode == 0, said.stderr
    assert said.stdout.strip().isdigit()
