"""A whole night in folders whose names nobody would choose, and some have."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.line.installation import HOME, house

pytestmark = pytest.mark.slow


def test_two_nights_below_a_folder_of_quotes_stars_brackets_and_korean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "it's *[한 글] 100% {a}"
    folder.mkdir()
    with house(folder, monkeypatch) as here:
        shutil.copytree(HOME / "charters" / "kotra", folder / "kotra's [헌장]")
        monkeypatch.setenv("CHARTER_DIR", str(folder / "kotra's [헌장]"))
        here.live_until("2026-07-05")
        as_of = here.night("2026-07-05")
        assert here.truth(as_of).agrees
        here.live_until("2026-07-06")
        assert here.truth(here.night("2026-07-06")).agrees
