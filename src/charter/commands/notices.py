"""Who was told what: one watch, and the list of what is open and what was told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from charter.base.agencies import in_own_names
from charter.commands.terminal import LANGUAGE, NOTE, columns, complain, counted, say, step

if TYPE_CHECKING:
    from charter.health.place import Place

_DAYS = 7


@click.command(short_help="Tell operators what stands in the way: run it every 15 minutes.")
def watch() -> None:
    """Look at the installation as `charter doctor --quick` does, and tell what is wrong to whom it concerns.

    A cause is told once, again when it gets worse or lasts, and when it is over. Run it every 15 minutes, from cron,
    systemd or Airflow (charter_watch).
    """
    from charter import line

    step("watch", lambda: line.watch())


@click.command(short_help="What is open, and what was told to whom in the last days.")
def notices() -> None:
    """Say who is told, list the causes that are open, and what was told in the last seven days by each channel."""
    from charter.base.settings import Settings
    from charter.health.place import open_place
    from charter.health.say import said, words_or_none
    from charter.notices.register import Register, register_path

    settings = Settings.from_environment()
    place = open_place(settings)
    _say_who(place)
    if not register_path(settings).exists():
        say("Nothing was told yet: charter watch tells.")
        return
    words = words_or_none(settings, LANGUAGE, tuple(place.charter.charter.languages) if place.charter else ())
    with Register.open(settings) as register:
        opened = register.open_causes()
        rounds = register.deliveries(datetime.now(UTC) - timedelta(days=_DAYS))
        told = {each.round: register.notices(each.round) for each in rounds}
    rows: list[tuple[str, ...]] = [("cause", "state", "since", "told", "what")]
    for cause, known in opened.items():
        what = said(words, known.finding, place.zone, place.charter).what
        since, last = (f"{at.astimezone(place.zone):%m-%d %H:%M}" for at in (known.opened_at, known.told_at))
        rows.append((cause, known.told_state.value, since, last, what))
    if opened:
        columns(rows)
    say(f"{counted(len(opened), 'cause is', 'causes are')} open.")
    if rounds:
        say("")
        table = [("told at", "by", "state", "notices", "")]
        for each in rounds:
            causes = ", ".join(f"{notice.kind} {notice.finding.cause}" for notice in told[each.round])
            at = f"{each.at.astimezone(place.zone):%m-%d %H:%M}"
            table.append((at, each.channel, each.state, causes, each.problem))
        columns(table)
    say(escape(f"On the clocks of {place.zone.key}."))


def _say_who(place: Place) -> None:
    """Who is told: by which channels, and of each source beside the operators. People are counted, not named."""
    from charter.base.moments import local_date
    from charter.notices.channels import channels_of
    from charter.notices.people import OPERATORS, operators, told_of_sources

    channels, problems = channels_of(place)
    complain(problems)
    if not channels:
        say(f"{NOTE} nobody is told: set {in_own_names(OPERATORS)}")
        return
    named = counted(len(operators(place.settings)), "operator") if not problems else "operators"
    say(f"Told are {named}, by {', '.join(channel.name for channel in channels)}.")
    if place.charter is not None:
        told = told_of_sources(place.charter, local_date(datetime.now(UTC), place.zone))
        rows = [("source", "told of its silence, beside operators")]
        rows += [(name, f"{owner} ({len(people)})" if people else "nobody") for name, (owner, people) in told.items()]
        columns(rows)
    say("")
