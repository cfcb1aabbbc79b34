"""One process (or thread) at a time."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from charter.base.errors import CharterError, DeliveryError


@contextmanager
def exclusive(path: Path, *, wait_s: float, error: type[CharterError] = DeliveryError) -> Iterator[None]:
    """Holds the lock file ``path`` alone, waiting ``wait_s`` seconds for it. The system frees it when its
    holder dies. Raises ``error`` when it stays taken."""
    path.parent.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + wait_s
    with path.open("a") as held:
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise error(
                        f"another process has held the lock for {wait_s:g} s",
                        where=str(path),
                        remedy="wait for it to end, then run again",
                    ) from None
                time.sleep(0.02)
        yield
