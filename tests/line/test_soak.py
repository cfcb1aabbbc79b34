"""A short soak: the same as ``make soak`` for an hour, with fewer nights. Nothing is lost, doubled or changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.soak.__main__ import soak

NIGHTS = 3


@pytest.mark.slow
@pytest.mark.long
def test_kills_full_disks_and_bad_mail_servers_lose_double_and_change_nothing(tmp_path: Path) -> None:
    account = soak(tmp_path, go_on=lambda nights: nights < NIGHTS, size=0.02, seed=7)
    assert account.outcome.rows_lost == 0
    assert account.outcome.doubles == 0
    assert account.outcome.messages_lost == 0
    assert account.outcome.seals_changed == 0
    assert account.outcome.compared > 900
    assert account.outcome.messages > 10
    assert account.done["kills"] > 0
