"""Messages and what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click
from rich.markup import escape

from charter.commands.terminal import GOOD, columns, counted, say, step

if TYPE_CHECKING:
    from charter.deliver import DeliveryRecord, MessageKey

STATES = ("queued", "claimed", "sent", "refused", "unknown", "failed")


@click.group(short_help="Messages and what became of each.")
def outbox() -> None:
    """Messages and what became of each. A message is named as in the list: weekly/2026-W27/r1/head@agency.example"""


@outbox.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only messages in this state.")
def outbox_list(state: str | None) -> None:
    """List messages with their states, the number of tries and the server's last words."""
    from charter.base.settings import Settings
    from charter.deliver import Outbox

    with Outbox.open(Settings.from_environment()) as box:
        records = [record for record in box.records() if state in (None, str(record.state))]
    rows = [("message", "state", "tries", "server")]
    rows += [(str(each.key), _state(each), str(each.attempts), each.server_reply) for each in records]
    columns(rows)
    unsettled = sum(each.is_unsettled for each in records)
    say(counted(len(records), "message") + (f", {unsettled} to be settled by a person" if unsettled else ""))


@outbox.command("rebuild")
@click.option("--by", required=True, help="Who decided.")
@click.option("--reason", required=True, help="How the outbox was lost.")
def outbox_rebuild(by: str, reason: str) -> None:
    """Make a lost outbox anew from what was sealed and what was rendered. Nothing is sent by it.

    What was sealed as sent stays sent; whatever may have been sent since waits for a person, as unknown.
    """
    from charter import line

    step("rebuild", lambda: line.rebuild_outbox(by, reason))


def _state(record: DeliveryRecord) -> str:
    return f"{record.state}, dismissed" if record.dismissed else str(record.state)


@outbox.command("resolve")
@click.argument("message")
@click.argument("outcome", type=click.Choice(["sent", "requeue"]))
@click.option("--by", required=True, help="Who decided.")
@click.option("--reason", required=True, help="What was found out.")
def outbox_resolve(message: str, outcome: Literal["sent", "requeue"], by: str, reason: str) -> None:
    """Settle a message whose fate is unknown, after looking into the recipient's mailbox.

    It had arrived (sent), or it had not and goes out once more (requeue).
    """
    from charter.base.settings import Settings
    from charter.deliver import Outbox

    key = _message_key(message)
    with Outbox.open(Settings.from_environment()) as box:
        box.resolve_unknown(key, outcome, by=by, reason=reason)
    say(f"{GOOD} {escape(str(key))}: {outcome}")


@outbox.command("requeue")
@click.argument("message")
@click.option("--by", required=True, help="Who decided.")
@click.option("--reason", required=True, help="What was mended.")
def outbox_requeue(message: str, by: str, reason: str) -> None:
    """Let a message that was refused, or failed too often, be tried again by the next run."""
    from charter.base.settings import Settings
    from charter.deliver import Outbox

    key = _message_key(message)
    with Outbox.open(Settings.from_environment()) as box:
        box.requeue(key, by=by, reason=reason)
    say(f"{GOOD} {escape(str(key))}: queued")


@outbox.command("dismiss")
@click.argument("message")
@click.option("--by", required=True, help="Who decided.")
@click.option("--reason", required=True, help="Why the recipient does without it.")
def outbox_dismiss(message: str, by: str, reason: str) -> None:
    """Leave a message that was refused, has failed or may have arrived as it is: no run is red for it any more."""
    from charter.base.settings import Settings
    from charter.deliver import Outbox

    key = _message_key(message)
    with Outbox.open(Settings.from_environment()) as box:
        box.dismiss(key, by=by, reason=reason)
    say(f"{GOOD} {escape(str(key))}: dismissed")


def _message_key(text: str) -> MessageKey:
    from pydantic import ValidationError

    from charter.deliver import MessageKey

    report, period, revision, recipient = [*text.split("/", 3), "", "", "", ""][:4]
    try:
        return MessageKey(report=report, period=period, revision=int(revision.removeprefix("r")), recipient=recipient)
    except (ValidationError, ValueError) as error:
        raise click.BadParameter(
            f"'{text}' names no message; `charter outbox list` shows how they are named "
            "(weekly/2026-W27/r1/head@agency.example)",
            param_hint="MESSAGE",
        ) from error
