"""Which message is tried next, and when: not more a minute than a domain takes, and slower where one turns us away."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from charter.base.errors import Problem, SettingError
from charter.base.mail_address import domain_of
from charter.base.settings import Settings
from charter.deliver.records import Waiting

_SETTINGS = {
    "per_minute": ("CHARTER_SMTP_PER_MINUTE", "how many messages a minute one domain gets at most, such as 60"),
    "patience_s": ("CHARTER_SMTP_PATIENCE", "for how many seconds a run tries again what is turned away for now"),
}
# One full mailbox says nothing of a domain; so many in a row do.
_IN_A_ROW = 3


@dataclass(frozen=True)
class Clock:
    """The seconds that pass, and how to let them."""

    seconds: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Pace(BaseModel):
    """At most ``per_minute`` messages a minute to one domain (None: as many as it takes).

    What a server turns away for now (4xx) is tried again within ``patience_s`` seconds: after ``first_pause_s``, then
    after twice as long, and so on. Its domain is left in peace for as long.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_minute: int | None = Field(default=None, ge=1)
    patience_s: float = Field(default=240, ge=0, le=86_400)
    first_pause_s: float = Field(default=5, gt=0)

    @classmethod
    def from_settings(cls, settings: Settings) -> Pace:
        """Reads CHARTER_SMTP_PER_MINUTE and CHARTER_SMTP_PATIENCE. Raises SettingError."""
        given = {
            field: settings.environment[name]
            for field, (name, _) in _SETTINGS.items()
            if settings.environment.get(name)
        }
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            problems = [
                Problem(f"'{given[field]}' cannot be used", _SETTINGS[field][0], f"give {_SETTINGS[field][1]}")
                for field in (str(item["loc"][0]) for item in error.errors())
            ]
            raise SettingError.of(problems) from error

    def pause(self, times: int) -> float | None:
        """How many seconds to wait after being turned away ``times`` times; None when patience is at its end."""
        waited_with_it = self.first_pause_s * (2**times - 1)
        return self.first_pause_s * 2 ** (times - 1) if waited_with_it <= self.patience_s else None


class SendingQueue:
    """The messages of one run. ``next`` gives each when it is due; ``heard`` tells what became of its try."""

    def __init__(self, waiting: Iterable[Waiting], pace: Pace, clock: Clock) -> None:
        self._waiting = list(waiting)
        self._pace = pace
        self._clock = clock
        self._turned_away: dict[int | str, int] = defaultdict(int)
        self._not_before: dict[int | str, float] = defaultdict(lambda: float("-inf"))

    def wait(self) -> float:
        """How many seconds it takes until a message is due; 0 when one is, or none is left."""
        due = min(map(self._due, self._waiting), default=0.0)
        return max(due - self._clock.seconds(), 0.0)

    def next(self) -> Waiting | None:
        """The message that is due first, once it is; None when none is left."""
        if not self._waiting:
            return None
        while (seconds := self.wait()) > 0:
            self._clock.sleep(seconds)
        return min(self._waiting, key=self._due)

    def heard(self, of: Waiting, *, is_for_now: bool) -> list[Waiting]:
        """Takes note of a try; ``is_for_now`` says that the server turned the message away for now.

        Returns those that are not tried in this run any more, because their domain turned away too many in a row.
        """
        domain, now = domain_of(of.key.recipient), self._clock.seconds()
        if self._pace.per_minute is not None:
            self._not_before[domain] = now + 60 / self._pace.per_minute
        if not is_for_now:
            self._turned_away.pop(domain, None)
            self._waiting.remove(of)
            return []
        for whom in (of.row, domain):
            self._turned_away[whom] += 1
            if (pause := self._pace.pause(self._turned_away[whom])) is not None:
                self._not_before[whom] = max(self._not_before[whom], now + pause)
        if self._pace.pause(self._turned_away[of.row]) is None:
            self._waiting.remove(of)
        return self._given_up(domain)

    def left(self) -> list[Waiting]:
        """The messages that this run would still try."""
        return list(self._waiting)

    def _given_up(self, domain: str) -> list[Waiting]:
        times = self._turned_away[domain]
        if times < _IN_A_ROW or self._pace.pause(times) is not None:
            return []
        given_up = [each for each in self._waiting if domain_of(each.key.recipient) == domain]
        self._waiting = [each for each in self._waiting if each not in given_up]
        return given_up

    def _due(self, of: Waiting) -> float:
        return max(self._not_before[of.row], self._not_before[domain_of(of.key.recipient)])
