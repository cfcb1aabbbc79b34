"""What was told and what is still to be told: one SQLite file, ``var/health/notices.db``.

What a look changes is written in one transaction: the open causes, the notices, and for each channel that they wait to
be handed over. Only then is anything handed over. A notice goes to a channel once:

    waiting → claimed → done
                      → waiting   it certainly did not arrive: the next run tries again
                      → failed    tried for too long
                      → unknown   the process stopped between claiming and hearing: nobody sends it again

Mail is not claimed: handing it over is putting it into an outbox, which knows each message by its key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

from charter.base.errors import StateError
from charter.base.files import full
from charter.base.private import private_folder
from charter.base.settings import Settings
from charter.notices.causes import Kind, Notice, OpenCause, Step
from charter.telling import is_for_want_of_room

_LAYOUT = 1
_SCHEMA = (
    "CREATE TABLE causes (cause TEXT PRIMARY KEY, content TEXT NOT NULL)",
    "CREATE TABLE rounds (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL)",
    "CREATE TABLE notices (id INTEGER PRIMARY KEY AUTOINCREMENT, round INTEGER NOT NULL REFERENCES rounds (id),"
    " kind TEXT NOT NULL, cause TEXT NOT NULL, content TEXT NOT NULL)",
    "CREATE TABLE deliveries (round INTEGER NOT NULL REFERENCES rounds (id), channel TEXT NOT NULL,"
    " state TEXT NOT NULL CHECK (state IN ('waiting', 'claimed', 'done', 'failed', 'unknown')),"
    " attempts INTEGER NOT NULL DEFAULT 0, problem TEXT NOT NULL DEFAULT '', PRIMARY KEY (round, channel))",
)
# For so long a notice is tried; what lasts is told again anyway.
PATIENCE = timedelta(hours=24)


@dataclass(frozen=True)
class Round:
    """What one look gave to tell, at ``at`` (aware)."""

    id: int
    at: datetime
    notices: tuple[Notice, ...]

    @property
    def is_over(self) -> bool:
        """Whether it only tells of ends."""
        return all(notice.kind is Kind.ENDED for notice in self.notices)


@dataclass(frozen=True)
class Delivery:
    """Where the notices of a round stand in one channel."""

    round: int
    at: datetime
    channel: str
    state: str
    attempts: int
    problem: str


class Register:
    """The register in one SQLite file, made when it is missing. Raises StateError when it can't be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        private_folder(path.parent)
        try:
            self._db = sqlite3.connect(path, timeout=60, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            # What is to be told must survive a power cut.
            self._db.execute("PRAGMA synchronous = FULL")
            self._prepare()
        except sqlite3.DatabaseError as error:
            if is_for_want_of_room(error, path):
                raise StateError.of([full(path)]) from error
            raise self._unusable(str(error)) from error

    @classmethod
    def open(cls, settings: Settings) -> Register:
        return cls(register_path(settings))

    def __enter__(self) -> Register:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    # -- what is open ----------------------------------------------------------------------------------

    def open_causes(self) -> dict[str, OpenCause]:
        """The causes that were told and are not over, by name. Raises StateError when one can't be read."""
        rows = self._db.execute("SELECT cause, content FROM causes ORDER BY cause")
        try:
            return {cause: OpenCause.model_validate_json(content) for cause, content in rows}
        except ValueError as error:
            raise self._unusable("a cause cannot be read") from error

    def keep(self, after: Step, now: datetime, channels: Sequence[str]) -> None:
        """Writes down what a look at ``now`` (aware) changed; its notices then wait for each of the ``channels``."""
        with self._transaction():
            self._db.execute("DELETE FROM causes")
            self._db.executemany(
                "INSERT INTO causes (cause, content) VALUES (?, ?)",
                [(cause, known.model_dump_json()) for cause, known in after.open.items()],
            )
            if not after.notices:
                return
            at = now.astimezone(UTC).isoformat()
            number = self._db.execute("INSERT INTO rounds (at) VALUES (?)", (at,)).lastrowid
            self._db.executemany(
                "INSERT INTO notices (round, kind, cause, content) VALUES (?, ?, ?, ?)",
                [(number, each.kind, each.finding.cause, each.model_dump_json()) for each in after.notices],
            )
            self._db.executemany(
                "INSERT INTO deliveries (round, channel, state) VALUES (?, ?, 'waiting')",
                [(number, channel) for channel in channels],
            )

    # -- what is to be told ----------------------------------------------------------------------------

    def recover(self) -> None:
        """Claims that their process left become ``unknown``. Call it only while no other delivers."""
        with self._transaction():
            self._db.execute(
                "UPDATE deliveries SET state = 'unknown', problem = 'the process stopped while sending'"
                " WHERE state = 'claimed'"
            )

    def waiting(self, channel: str) -> list[Round]:
        """What waits for a channel, the oldest first."""
        rows = self._db.execute(
            "SELECT round, at FROM deliveries JOIN rounds ON rounds.id = round"
            " WHERE channel = ? AND state = 'waiting' ORDER BY round",
            (channel,),
        ).fetchall()
        return [Round(number, datetime.fromisoformat(at), self.notices(number)) for number, at in rows]

    def notices(self, number: int) -> tuple[Notice, ...]:
        """The notices of a round, in their order. Raises StateError when one can't be read."""
        rows = self._db.execute("SELECT content FROM notices WHERE round = ? ORDER BY id", (number,))
        try:
            return tuple(Notice.model_validate_json(content) for (content,) in rows)
        except ValueError as error:
            raise self._unusable("a notice cannot be read") from error

    def claim(self, number: int, channel: str) -> None:
        """Durably, before anything leaves."""
        self._move(number, channel, "claimed")

    def done(self, number: int, channel: str) -> None:
        self._move(number, channel, "done", tried=1)

    def not_done(self, number: int, channel: str, problem: str, *, given_up: bool) -> None:
        """It certainly did not arrive, for the reason ``problem``."""
        self._move(number, channel, "failed" if given_up else "waiting", problem, tried=1)

    def deliveries(self, since: datetime | None = None) -> list[Delivery]:
        """Where each round stands in each channel, the newest first; only those from ``since`` (aware) on."""
        rows = self._db.execute(
            "SELECT round, at, channel, state, attempts, problem FROM deliveries JOIN rounds ON rounds.id = round"
            " WHERE at >= ? ORDER BY round DESC, channel",
            (since.astimezone(UTC).isoformat() if since else "",),
        )
        return [
            Delivery(number, datetime.fromisoformat(at), channel, state, attempts, problem)
            for number, at, channel, state, attempts, problem in rows
        ]

    # -- inside ----------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        with self._transaction():
            (layout,) = self._db.execute("PRAGMA user_version").fetchone()
            if layout > _LAYOUT:
                raise self._unusable(f"it has layout {layout}, this version writes layout {_LAYOUT}")
            if layout == 0:
                for statement in _SCHEMA:
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {_LAYOUT}")

    def _move(self, number: int, channel: str, state: str, problem: str = "", *, tried: int = 0) -> None:
        with self._transaction():
            self._db.execute(
                "UPDATE deliveries SET state = ?, problem = ?, attempts = attempts + ? WHERE round = ? AND channel = ?",
                (state, problem, tried, number, channel),
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _unusable(self, why: str) -> StateError:
        return StateError(
            f"the register of notices cannot be used: {why}",
            where=str(self.path),
            remedy="put the file back from a copy, or remove it: what is open is then told once more",
        )


def register_path(settings: Settings) -> Path:
    return settings.var_dir / "health" / "notices.db"
