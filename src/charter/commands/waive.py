"""Waivers: one person proposes, another approves."""

from __future__ import annotations

import getpass
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from charter.commands.terminal import GOOD, NOTE, Group, columns, counted, say

if TYPE_CHECKING:
    from charter.extract.waivers.decide import RegisteredWaiver

_DAY = click.DateTime(formats=["%Y-%m-%d"])
BY = click.option("--by", required=True, metavar="MAILBOX", help="Who decided.")


@click.group(cls=Group, short_help="Decide that a standard does not apply for a time: two people.")
def waive() -> None:
    """Decide that a standard does not apply for a time. One person proposes it, another approves it.

    Those who may approve stand in departments.yaml (approvers). A proposal excuses nothing; an approved waiver excuses
    from the next night on what opened in its days. Nothing is ever deleted: a withdrawal is a further record. The
    register is var/waivers/register.csv, and arrives as a source like any other.
    """


@waive.command("propose")
@click.option("--standard", required=True, help="The standard's id.")
@click.option("--department", help="The department that it is waived for.")
@click.option("--all-departments", is_flag=True, help="It is waived for all of them.")
@click.option("--subject", metavar="KEY", help="The one case, day or slot that it is waived for.")
@click.option("--all-cases", is_flag=True, help="It is waived for every case that opens in its days.")
@click.option("--from", "from_on", type=_DAY, required=True, help="First opening day that is waived.")
@click.option("--to", "to_on", type=_DAY, required=True, help="Last opening day that is waived: its expiry.")
@click.option("--reason", required=True, help="Why. Reports show it: name no person.")
@BY
def propose_command(
    standard: str,
    department: str | None,
    all_departments: bool,
    subject: str | None,
    all_cases: bool,
    from_on: datetime,
    to_on: datetime,
    reason: str,
    by: str,
) -> None:
    """Propose a waiver. Say for whom: one department or all, one case or all."""
    from charter import line
    from charter.definitions.waivers import ALL
    from charter.extract.waivers.decide import Proposal, propose

    for one, every, option in (
        (department, all_departments, "department"),
        (subject, all_cases, "subject"),
    ):
        if (one is not None) == every:
            other = "--all-departments" if option == "department" else "--all-cases"
            raise click.UsageError(f"say for whom: --{option}, or {other}")
    here = line.installation()
    proposal = Proposal(standard, department or ALL, subject or ALL, from_on.date(), to_on.date(), reason)
    made = propose(here.settings, here.agency, proposal, by=by, typed_by=getpass.getuser(), made_at=datetime.now(UTC))
    say(f"{GOOD} {made.id} is proposed. It excuses nothing until another person approves it:")
    say(f"  charter waive approve {made.id} --by MAILBOX")


@waive.command("approve")
@click.argument("waiver_id", metavar="ID")
@BY
def approve_command(waiver_id: str, by: str) -> None:
    """Approve a proposal of somebody else. It excuses from the next night on."""
    from charter import line
    from charter.extract.waivers.decide import approve

    here = line.installation()
    made = approve(here.settings, here.agency, waiver_id, by=by, typed_by=getpass.getuser(), made_at=datetime.now(UTC))
    say(f"{GOOD} {made.id} is approved, until {made.proposed.to_on}; the next night takes out what it names")
    if made.typed_at_one_login:
        say(f"{NOTE} proposal and approval were typed at one login: the register says so")


@waive.command("withdraw")
@click.argument("waiver_id", metavar="ID")
@click.option("--reason", required=True, help="Why.")
@BY
def withdraw_command(waiver_id: str, reason: str, by: str) -> None:
    """Withdraw a waiver or a proposal. From the next night on its commitments are judged again."""
    from charter import line
    from charter.extract.waivers.decide import withdraw

    here = line.installation()
    made = withdraw(
        *(here.settings, here.agency, waiver_id),
        by=by,
        reason=reason,
        typed_by=getpass.getuser(),
        made_at=datetime.now(UTC),
    )
    say(f"{GOOD} {made.id} is withdrawn")


@waive.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print every record as JSON.")
def list_command(as_json: bool) -> None:
    """List every waiver of the register, with who proposed, approved and withdrew it."""
    from charter import line
    from charter.extract.waivers.decide import registered_waivers

    found = registered_waivers(line.installation().settings)
    if as_json:
        records = [each for waiver in found for each in (waiver.proposed, waiver.approved, waiver.withdrawn) if each]
        click.echo(json.dumps([each.model_dump(mode="json") for each in records], ensure_ascii=False, indent=1))
        return
    rows: list[tuple[str, ...]] = [
        ("waiver", "state", "standard", "department", "case", "opening days", "proposed by", "approved by", "reason")
    ]
    rows += [_row(each) for each in found]
    columns(rows)
    for each in found:
        if each.typed_at_one_login:
            say(f"{NOTE} {each.id}: proposal and approval were typed at one login")
    say(counted(len(found), "waiver"))


def _row(waiver: RegisteredWaiver) -> tuple[str, ...]:
    said = waiver.proposed
    approved_by = waiver.approved.by if waiver.approved else "–"
    days = f"{said.from_on} to {said.to_on}"
    whom = (said.department, said.subject)
    return (waiver.id, waiver.standing, said.standard, *whom, days, said.by, approved_by, escape(said.reason))
