"""Reports beside the weekly one: the digest of a working day's morning, and the publication of a year."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from charter.commands.terminal import as_of_option, say, step


@click.command(short_help="Tell each department what is at risk this working day.")
@as_of_option("The night before the morning; default: the last midnight. It must be the published one.")
def digest(as_of: str | None) -> None:
    """Tell each department what falls due before the next working day, and what is overdue.

    Needs a report with period: working_day in reports.yaml. Nobody gets the same digest twice, nobody is
    written to who has nothing at risk, and on a day off nothing is sent. The exit status is 7 while any
    message, also of an earlier day, is refused, failed or unknown (see `charter outbox`).
    """
    from charter import line

    night = line.resolve_morning(as_of, datetime.now(UTC))
    say(f"Morning after {night}")
    rendered = step("render", lambda: line.render_digests(night))
    step("deliver", lambda: line.deliver(night))
    step("seal", lambda: line.seal_morning(night))
    step("outbox", lambda: line.require_settled(rendered))


@click.command(short_help="Publish what a year came to.")
@click.option("--year", type=click.IntRange(1900, 9999), required=True, help="The year to publish, such as 2026.")
@click.option("--draft", is_flag=True, help="Write a draft, also of a year that has not ended.")
def publish(year: int, draft: bool) -> None:
    """Publish what a year came to: pages in every language of the agency, and a table.

    Needs a report with period: year in reports.yaml. Small counts are left out, and so is what would
    give them away. What was published never changes: other figures are a further revision, which names
    the standards that changed. What is known is that of the published night.
    """
    from charter import line

    step("publish", lambda: line.publish_year(year, draft=draft))
