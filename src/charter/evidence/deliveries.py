"""What the seals say was handed over: the second witness of the outbox, and what a lost one is rebuilt from."""

from __future__ import annotations

from charter.base.errors import DeliveryError, Problem
from charter.base.settings import Settings
from charter.deliver import MessageKey, MessageState, Outbox
from charter.evidence.chain import read_chain, sealed_runs
from charter.evidence.manifest import MAILED, DeliverySeal

_SHOWN = 5
_REMEDY = "put the newest outbox.db back; if there is none: charter outbox rebuild"


def sealed_deliveries(settings: Settings) -> dict[MessageKey, DeliverySeal]:
    """Every message that the seal of a week, a month or a morning names, as the newest of them has it.

    Raises EvidenceError when the chain or a manifest was altered.
    """
    folder = settings.evidence_dir
    manifests = sealed_runs(folder, [entry for entry in read_chain(folder) if entry.kind in MAILED])
    return {seal.key: seal for manifest in manifests for seal in manifest.deliveries}


def require_outbox_as_sealed(settings: Settings) -> None:
    """Raises DeliveryError when the outbox is lost or an older one, or knows less of a message than a seal does."""
    with Outbox.open(settings) as outbox:
        states = {record.key: record.state for record in outbox.records()}
    forgotten = [
        Problem(_said(seal, states.get(key)), f"outbox, {key}", _REMEDY)
        for key, seal in sealed_deliveries(settings).items()
        if key not in states or (seal.state == MessageState.SENT and states[key] is not MessageState.SENT)
    ]
    if len(forgotten) > _SHOWN:
        rest = Problem(f"and {len(forgotten) - _SHOWN} more messages", "outbox", _REMEDY)
        forgotten = [*forgotten[:_SHOWN], rest]
    if forgotten:
        raise DeliveryError.of(forgotten)


def require_lost_outbox(settings: Settings) -> None:
    """Raises DeliveryError when the outbox is whole, and holds what the seals say."""
    try:
        require_outbox_as_sealed(settings)
    except DeliveryError:
        return
    raise DeliveryError(
        "the outbox is whole: there is nothing to rebuild",
        where=str(settings.outbox_dir),
        remedy="charter outbox list shows what it holds",
    )


def _said(seal: DeliverySeal, state: MessageState | None) -> str:
    return f"it was sealed as {seal.state}, and the outbox " + (f"says {state}" if state else "has no such message")
