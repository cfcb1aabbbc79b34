"""Which outbox a restored state goes on with: what was sent since a backup was sent, whatever is put back.

Where the outbox that a restore replaces is whole, and is that of the backup with more in its log, it stays. Else what
it knows more is told, for a person.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from charter.base.errors import DeliveryError, Problem, StateError
from charter.base.lock import exclusive
from charter.base.settings import Settings
from charter.deliver import kept_messages
from charter.deliver.layout import LAYOUT
from charter.deliver.mark import mark_path
from charter.deliver.outbox import outbox_path
from charter.deliver.soundness import fault_in
from charter.keep.snapshot import copy_database

_PATIENCE_S = 60.0


@dataclass(frozen=True)
class _Standing:
    """Which outbox it is, and how many lines its log has."""

    outbox: str
    log: int


@contextmanager
def nobody_delivers(there: Settings) -> Iterator[None]:
    """While this lasts no mail is sent: sending waits for no other writer. Raises StateError when one is for long."""
    with ExitStack() as held:
        if outbox_path(there).exists():
            held.enter_context(exclusive(there.outbox_dir / "deliver.lock", wait_s=_PATIENCE_S, error=StateError))
        yield


def keep_newer_outbox(there: Settings, restored: Settings) -> int:
    """Puts the outbox that is there in the place of the restored one, if it is the same one and knows more.

    Returns how many lines more its log has; 0 where the restored one stays.
    """
    newest, backed = _standing(outbox_path(there)), _standing(outbox_path(restored))
    if newest is None or backed is None or newest.outbox != backed.outbox or newest.log <= backed.log:
        return 0
    outbox_path(restored).unlink()
    copy_database(outbox_path(there), outbox_path(restored))
    shutil.copy2(mark_path(there), mark_path(restored))
    return newest.log - backed.log


def forgotten(settings: Settings, aside: Path) -> tuple[Problem, ...]:
    """What was sent since the backup was made, and the restored outbox does not know."""
    before = outbox_path(replace(settings, var_dir=aside))
    if not before.exists():
        return ()
    with suppress(DeliveryError):
        known = {message.key for message in kept_messages(outbox_path(settings)) if message.state == "sent"}
        sent = [message for message in kept_messages(before) if message.state == "sent" and message.key not in known]
        if not sent:
            return ()
        what = f"{'1 message was' if len(sent) == 1 else f'{len(sent):,} messages were'} sent since the backup"
        remedy = f"settle them before the next report, else they go out again: {before} knows them"
        return (Problem(what, str(outbox_path(settings)), remedy),)
    remedy = "look into it before the next report: what was sent since the backup goes out again"
    return (Problem("the outbox that was replaced can't be read", str(before), remedy),)


def _standing(path: Path) -> _Standing | None:
    """None for an outbox that is missing, not whole, or of another layout: nobody goes on with it."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            if db.execute("PRAGMA user_version").fetchone() != (LAYOUT,) or fault_in(db) is not None:
                return None
            found = db.execute("SELECT (SELECT id FROM identity), (SELECT coalesce(max(id), 0) FROM attempts)")
            outbox, log = found.fetchone()
    except sqlite3.Error:
        return None
    return _Standing(str(outbox), int(log))
