"""The ways in which a night or a week may go wrong, each ended by a run that is left alone."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from benchmarks.soak.disk import filled
from benchmarks.soak.installation import KILLED, Ended, Installation
from benchmarks.soak.server import BadServer

# Rounds with a good mail server in which messages are settled as a person would; more, and something never ends.
_GOOD_ROUNDS = 20
# The exit status of a weekly run that has messages to settle, or a server that can't be used.
_DELIVERY = 7


class SoakFailedError(Exception):
    """Something happened that must never happen."""


@dataclass
class Soak:
    """What is soaked, and what was done to it so far. ``last_s`` is how long the last undisturbed command took.

    Each week the mail server is bad for ``bad_rounds`` rounds of settling, then good.
    """

    here: Installation
    server: BadServer
    chance: random.Random
    has_disk: bool
    bad_rounds: int = 20
    done: Counter[str] = field(default_factory=Counter)
    last_s: dict[str, float] = field(default_factory=lambda: {"nightly": 25.0, "weekly": 15.0})

    # ── nights ──────────────────────────────────────────────────────────────────────────────────

    def any_night(self, day: date) -> None:
        """The night after ``day``, in one of the ways, at random."""
        ways: list[Callable[[date], None]] = [self.killed_night, self.killed_night, self.repeated_night]
        if self.has_disk:
            ways.append(self.night_on_a_full_disk)
        self.chance.choice(ways)(day)

    def quiet_night(self, day: date) -> None:
        self.done["nights"] += 1
        self._through("nightly", "--as-of", str(day))

    def killed_night(self, day: date) -> None:
        for _ in range(self.chance.randint(1, 3)):
            self._killed("nightly", "--as-of", str(day))
        self.quiet_night(day)

    def repeated_night(self, day: date) -> None:
        self.quiet_night(day)
        self.done["nights run again"] += 1
        self._through("nightly", "--as-of", str(day))

    def night_on_a_full_disk(self, day: date) -> None:
        room = int(2 ** self.chance.uniform(12, 25))
        with filled(self.here.settings.var_dir, room):
            ended = self.here.run("nightly", "--as-of", str(day))
        self.done["full disks"] += 1
        self._look_at(ended)
        self.quiet_night(day)

    def inserted_night(self, earlier: date, later: date) -> None:
        """Leaves out the night after ``earlier``, and makes up for it after that of ``later``."""
        self.any_night(later)
        self.done["nights inserted"] += 1
        self.any_night(earlier)

    # ── weeks ───────────────────────────────────────────────────────────────────────────────────

    def week(self, day: date) -> None:
        """Reports the week that ended with ``day``: two senders at once, one of them killed, then settled."""
        self.done["weeks"] += 1
        self.server.is_good = False
        senders = [self.here.start("weekly", "--as-of", str(day)) for _ in range(2)]
        killed = senders[0].wait(self.chance.uniform(0.3, 1.2) * self.last_s["weekly"])
        self.done["kills"] += killed.status == KILLED
        self._look_at(senders[1].wait())
        for round_ in range(self.bad_rounds + _GOOD_ROUNDS):
            self.server.is_good = round_ >= self.bad_rounds
            ended = self.here.run("weekly", "--as-of", str(day))
            self._look_at(ended)
            if ended.status == 0:
                self.last_s["weekly"] = ended.seconds
                return
            if ended.status != _DELIVERY:
                raise SoakFailedError(f"{' '.join(ended.command)}: exit status {ended.status}\n{ended.said}")
            self._settle()
        raise SoakFailedError(f"the week of {day} was not delivered in {self.bad_rounds + _GOOD_ROUNDS} rounds")

    def _settle(self) -> None:
        """Does as a careful person does: what arrived is called sent, all else is sent again."""
        from charter.deliver import Outbox

        with Outbox.open(self.here.settings) as outbox:
            for record in outbox.unsettled():
                why = {"by": "soak", "reason": "looked into the mailbox"}
                if record.state != "unknown":
                    outbox.requeue(record.key, **why)
                elif self.server.accepted[record.message_id]:
                    outbox.resolve_unknown(record.key, "sent", **why)
                else:
                    outbox.resolve_unknown(record.key, "requeue", **why)
                self.done["messages settled"] += 1

    # ── inside ──────────────────────────────────────────────────────────────────────────────────

    def _killed(self, *command: str) -> None:
        ended = self.here.run(*command, kill_after_s=self.chance.uniform(0.0, 1.05) * self.last_s[command[0]])
        self.done["kills"] += ended.status == KILLED
        self._look_at(ended)

    def _through(self, *command: str) -> None:
        ended = self.here.run(*command)
        self._look_at(ended)
        if ended.status:
            raise SoakFailedError(f"{' '.join(command)}: exit status {ended.status}, left alone\n{ended.said}")
        self.last_s[command[0]] = ended.seconds

    def _look_at(self, ended: Ended) -> None:
        self.done["commands"] += 1
        if ended.has_traceback:
            raise SoakFailedError(f"{' '.join(ended.command)} showed a traceback\n{ended.said}")
