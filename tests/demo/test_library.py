"""The city library that ships: its charter can run, and its night measures what was planted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from charters.library import demo
from tests.line.installation import House, house


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The night after Sunday 5 July, and the reports of its week."""
    with pytest.MonkeyPatch.context() as patch, house(tmp_path_factory.mktemp("library"), patch, demo, 1) as there:
        there.live_until("2026-07-05")
        there.night("2026-07-05")
        there.week("2026-07-05")
        yield there


@pytest.mark.slow
class TestANightAndAWeek:
    def test_every_commitment_is_what_was_planted(self, library: House) -> None:
        truth = library.truth("2026-07-05T22:00:00+00:00")

        assert truth.differences == []
        assert truth.checked > 300
