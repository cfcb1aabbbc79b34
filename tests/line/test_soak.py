"""A short soak: of what ``make soak`` does, one killed night and a bad week. Nothing is lost, doubled or changed.

Disks that fill up are tried step by step in ``test_full_disk``.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.soak.__main__ import soak

# The night is killed once, before it is half done; of the week's two senders one is killed at its end.
SEED = 46


@pytest.mark.slow
@pytest.mark.long
def test_kills_and_bad_mail_servers_lose_double_and_change_nothing(tmp_path: Path) -> None:
    account = soak(tmp_path, go_on=lambda nights: False, size=0.02, seed=SEED, bad_rounds=2)
    assert account.outcome.rows_lost == 0
    assert account.outcome.doubles == 0
    assert account.outcome.messages_lost == 0
    assert account.outcome.seals_changed == 0
    assert account.outcome.compared > 900
    assert account.outcome.messages > 10
    assert account.done["kills"] > 0
