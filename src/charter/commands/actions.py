"""``charter actions``: what is done about broken standards, as the published night knows it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from charter.commands.terminal import GOOD, NOTE, columns, counted, say

if TYPE_CHECKING:
    from charter.report.facts.models import Mending


@click.command(short_help="What is done about broken standards, and which have no cause on record.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def actions(as_json: bool) -> None:
    """List the actions on the register as the newest published night knows them: overdue, open, done in the last half
    year, and withdrawn in the closed week; and the standards that were broken in it without a cause on record.
    """
    from charter import line
    from charter.base.moments import closed_week
    from charter.report.facts.department_week import whole_week
    from charter.report.facts.tables import read_week
    from charter.report.facts.warehouse import open_warehouse

    here = line.installation()
    with open_warehouse(here.settings) as warehouse:
        week = closed_week(warehouse.run.as_of, here.agency.zone)
        whole = whole_week(read_week(here.settings, warehouse, here.agency, week)).whole
    if as_json:
        content = whole.mending.model_dump(mode="json") if whole.mending else None
        click.echo(json.dumps(content, ensure_ascii=False, indent=1))
    elif whole.mending is None or not whole.mending.keeps_actions:
        say(f"{NOTE} no register of actions is connected: docs/actions.md tells how")
    else:
        _show(whole.mending)


def _show(found: Mending) -> None:
    rows = [("action", "state", "standard", "department", "owner", "due", "done", "breaches since")]
    for state in ("overdue", "open", "done", "withdrawn"):
        for each in found.in_state(state):
            whom, owner = each.department_id or "all", escape(each.owner_department_id or each.owner)
            done = str(each.done_on) if each.done_on and state == "done" else ""
            change = each.effect.change if each.effect else ""
            rows.append(
                (escape(each.action_id), state, escape(each.standard_id), whom, owner, str(each.due_on), done, change)
            )
    columns(rows)
    for asked in found.asked:
        whom = asked.department_id or "the agency"
        weeks = f"{counted(asked.weeks, 'week')} since {asked.since}"
        say(f"{NOTE} no cause on record: {asked.standard_id} of {whom}, broken in {weeks}")
    if found.unread:
        say(
            f"{NOTE} {counted(found.unread, 'entry', 'entries')} can't be read (charter quarantine): no cause on record"
        )
    if not found.is_current:
        say(f"{NOTE} the register was heard up to {found.heard_on or 'no day'}")
    say(f"{GOOD} {counted(len(found.in_state('overdue')), 'action')} overdue, {len(found.in_state('open'))} open")
