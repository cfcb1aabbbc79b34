"""One watch: look, write down what is to be told, tell it, and give a sign of life.

Wherever it stops, the next watch goes on: what was written down is told, nothing is told twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from charter.base.errors import Problem, SettingError, StateError
from charter.base.lock import exclusive
from charter.base.settings import Settings
from charter.health.finding import Finding
from charter.health.heartbeat import beat
from charter.health.place import open_place
from charter.notices.causes import Kind, Rhythm, step
from charter.notices.channels import Channel, channels_of
from charter.notices.examined import examined
from charter.notices.register import Register

AGAIN = "CHARTER_NOTICE_AGAIN_HOURS"
_WAIT_S = 60


@dataclass(frozen=True)
class Watched:
    """What a watch found (``open`` causes after it), what it told by kind, and which channels it told.

    ``problems`` are what stood in the way of telling.
    """

    open: tuple[Finding, ...]
    told: dict[Kind, int]
    channels: tuple[str, ...]
    problems: tuple[Problem, ...]


def rhythm_of(settings: Settings) -> Rhythm:
    """How often what lasts is told again: a failure after CHARTER_NOTICE_AGAIN_HOURS (24), others seven times later.

    Raises SettingError.
    """
    text = settings.environment.get(AGAIN, "24")
    try:
        hours = float(text)
        if not 0 < hours <= 24 * 365:
            raise ValueError
    except ValueError as error:
        raise SettingError(f"'{text}' is no number of hours", where=AGAIN, remedy="give one such as 24") from error
    return Rhythm(failures=timedelta(hours=hours), others=7 * timedelta(hours=hours))


def watch(settings: Settings, now: datetime, channels: Sequence[Channel] | None = None) -> Watched:
    """Looks at ``now`` (aware), and tells whom it concerns by ``channels`` (those that are set, when not given).

    Raises StateError when the register can't be used or another watch does not end, SettingError for a malformed
    CHARTER_NOTICE_AGAIN_HOURS.
    """
    place = open_place(settings)
    lock = settings.var_dir / "health" / "watch.lock"
    with exclusive(lock, wait_s=_WAIT_S, error=StateError), Register.open(settings) as register:
        malformed: tuple[Problem, ...] = ()
        if channels is None:
            channels, malformed = channels_of(place)
        register.recover()
        found = examined(place, now, everything=False)
        after = step(register.open_causes(), found, rhythm_of(settings))
        # Without anybody to tell nothing was told: it waits for the first channel.
        if channels:
            register.keep(after, now, [channel.name for channel in channels])
        for channel in channels:
            channel.deliver(register, now)
        undelivered = [each for each in register.deliveries(now - timedelta(days=1)) if each.state == "waiting"]
    beat(settings, "watch", now)
    waiting = Counter((each.channel, each.problem) for each in undelivered)
    problems = [
        Problem(f"{count} to tell: {problem}", f"channel {name}", "the next watch tries again")
        for (name, problem), count in waiting.items()
    ]
    return Watched(
        open=tuple(cause.finding for cause in after.open.values()),
        told=dict(Counter(each.kind for each in after.notices)) if channels else {},
        channels=tuple(channel.name for channel in channels),
        problems=(*malformed, *problems),
    )
