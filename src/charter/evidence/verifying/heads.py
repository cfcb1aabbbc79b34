"""The heads of seals that mails print: their readers hold them, and nobody can take them back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from pathlib import Path

from charter.base.errors import DeliveryError, Problem
from charter.base.head import printed_head
from charter.base.settings import Settings
from charter.deliver import heads_printed_in, kept_messages
from charter.deliver.outbox import outbox_path
from charter.evidence.chain import ChainEntry
from charter.evidence.verifying.compared import NOT_IN_THE_CHAIN, Compared
from charter.evidence.verifying.messages import received_folder


def verify_mailed_heads(settings: Settings, chain: Sequence[ChainEntry], mails: Path | None = None) -> Compared:
    """Every head that a mail in the outbox, a received one, or one below the folder ``mails`` prints is in the chain.

    A tail that was cut off with all that it sealed, and a chain that was forged whole, show by that alone.
    """
    holders: dict[str, set[str]] = defaultdict(set)
    for head, recipient in _printed(settings, mails):
        holders[head].add(recipient)
    sealed = {entry.sha256[: len(head)] for head in holders for entry in chain}
    missing = [
        Problem(
            f"a seal that was mailed is not in the chain: {printed_head(head)} ({_told(len(holders[head]))})",
            str(settings.evidence_dir / "chain.jsonl"),
            NOT_IN_THE_CHAIN,
        )
        for head in sorted(holders)
        if head not in sealed
    ]
    return Compared("heads in mails", len(holders), tuple(missing), left="" if holders else "no mail prints one")


def _told(inboxes: int) -> str:
    return "1 inbox holds it" if inboxes == 1 else f"{inboxes} inboxes hold it"


def _printed(settings: Settings, mails: Path | None) -> Iterator[tuple[str, str]]:
    """Each head, with the mailbox that it went to."""
    path = outbox_path(settings)
    try:
        kept = kept_messages(path) if path.exists() else []
    except DeliveryError:
        # That the outbox can't be read is told where its messages are compared.
        kept = []
    for message in kept:
        yield from ((head, message.key.recipient.lower()) for head in message.heads)
    for folder in (received_folder(settings), *([mails] if mails else [])):
        for file in sorted(folder.rglob("*.eml")):
            yield from _in_file(file)


def _in_file(path: Path) -> Iterator[tuple[str, str]]:
    try:
        mail = path.read_bytes()
    except OSError:
        return
    to = [str(value) for value in BytesHeaderParser().parsebytes(mail).get_all("To", [])]
    recipient = next((address.lower() for _, address in getaddresses(to)), path.name)
    yield from ((head, recipient) for head in heads_printed_in(mail))
