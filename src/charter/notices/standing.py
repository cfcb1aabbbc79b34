"""How the notices themselves stand: is anybody told, by channels that work, and did what was told arrive?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from charter.base.errors import CharterError, Problem
from charter.health.finding import Finding, State, in_order, of_problems
from charter.health.heartbeat import NAMES, address
from charter.health.place import Place
from charter.notices.channels import channels_of
from charter.notices.people import OPERATORS
from charter.notices.register import Delivery, Register, register_path

# What did not arrive is shown for so long: what is still so has been told again by then.
_SHOWN = timedelta(days=3)
# The next watch tries again in minutes.
_OLD = timedelta(hours=1)


def look(place: Place, now: datetime) -> Iterator[Finding]:
    channels, problems = channels_of(place)
    for problem in (*problems, *_addresses(place)):
        cause = f"notices/{re.sub(r'[^A-Za-z0-9_]', '.', problem.where)}"
        yield of_problems(cause, "setting_wrong", [problem])
    if not channels:
        yield Finding(
            cause="notices/nobody", state=State.WARNING, code="nobody_told", where=OPERATORS, values={}, quiet=True
        )
        return
    failed = list(_undelivered(place, now))
    yield from failed
    if not failed:
        yield in_order("notices/channels", f"told by {', '.join(channel.name for channel in channels)}")


def _addresses(place: Place) -> Iterator[Problem]:
    for name in NAMES:
        try:
            address(place.settings, name)
        except CharterError as error:
            yield from error.problems


def _undelivered(place: Place, now: datetime) -> Iterator[Finding]:
    if not register_path(place.settings).exists():
        return
    with Register.open(place.settings) as register:
        deliveries = register.deliveries(now - _SHOWN)
    by_channel: dict[tuple[str, str], list[Delivery]] = defaultdict(list)
    for each in deliveries:
        if each.state in ("failed", "unknown") or (each.state == "waiting" and now - each.at > _OLD):
            code = "notice_unknown" if each.state == "unknown" else "notice_undelivered"
            by_channel[each.channel, code].append(each)
    for (channel, code), missing in by_channel.items():
        yield Finding(
            cause=f"notices/{channel}.{code}",
            state=State.WARNING,
            code=code,
            where=channel,
            values={"count": len(missing), "channel": channel, "problem": missing[0].problem},
            since=min(each.at for each in missing),
            amount=len(missing),
        )
