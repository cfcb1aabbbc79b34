"""What became of messages: the outbox, and mails that were received where a mail catcher keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from email import message_from_bytes
from pathlib import Path

from charter.base.errors import DeliveryError, Problem
from charter.base.settings import Settings
from charter.deliver import KeptMessage, MessageKey, kept_messages, kept_name, mail_digest
from charter.deliver.outbox import outbox_path
from charter.evidence.manifest import DeliverySeal, Manifest
from charter.evidence.verifying.compared import RESTORE, Compared

_OUTBOX = "messages"
_RECEIVED = "received mails"


def verify_messages(settings: Settings, manifests: Iterable[Manifest]) -> tuple[Compared, Compared]:
    """The outbox's messages and the received mails, as the newest seal that names each message has it."""
    named = {seal.key: seal for manifest in manifests for seal in manifest.deliveries}
    return _outbox(settings, named), _received(received_folder(settings), named)


def received_folder(settings: Settings) -> Path:
    """Where a mail catcher keeps what it received."""
    return settings.outbox_dir / "received"


def _outbox(settings: Settings, named: dict[MessageKey, DeliverySeal]) -> Compared:
    path = outbox_path(settings)
    if not path.exists():
        lost = (Problem("the outbox is missing", str(path), RESTORE),) if named else ()
        return Compared(_OUTBOX, 0, lost, left="" if named else "there is no outbox")
    try:
        kept = {message.key: message for message in kept_messages(path)}
    except DeliveryError as error:
        return Compared(_OUTBOX, 0, error.problems)
    problems = [
        problem for key, seal in sorted(named.items(), key=_in_order) for problem in _message(seal, kept.get(key))
    ]
    unsealed = len(kept.keys() - named.keys())
    left = f"{unsealed} that no seal names yet" if unsealed else ""
    return Compared(_OUTBOX, len(named), tuple(problems), left=left)


def _message(seal: DeliverySeal, kept: KeptMessage | None) -> Iterator[Problem]:
    where = f"outbox, {seal.key}"
    if kept is None:
        yield Problem(f"a message that was sealed as {seal.state} is missing", where, RESTORE)
        return
    if seal.sha256 is not None and kept.sha256 is not None and kept.sha256 != seal.sha256:
        yield Problem("the message's content has been altered since it was sealed", where, RESTORE)
    if kept.message_id != seal.message_id:
        yield Problem(f"its Message-ID was sealed as {seal.message_id} and is {kept.message_id}", where, RESTORE)
    if seal.state == "sent" and kept.state != "sent":
        yield Problem(f"it was sealed as sent and is {kept.state}", where, RESTORE)
    if seal.log_sha256 is not None and kept.log_digest(seal.log) != seal.log_sha256:
        yield Problem("what the outbox wrote down of it has been altered since it was sealed", where, RESTORE)


def _received(folder: Path, named: dict[MessageKey, DeliverySeal]) -> Compared:
    if not folder.is_dir():
        return Compared(_RECEIVED, 0, left="none are kept here")
    by_id = {seal.message_id: seal for seal in named.values()}
    problems, unsealed, compared, found = [], 0, 0, set()
    for path in sorted(folder.glob("*.eml")):
        try:
            mail = path.read_bytes()
        except OSError as error:
            problems.append(Problem(f"a received mail cannot be read ({error.strerror})", str(path), RESTORE))
            continue
        name = str(message_from_bytes(mail).get("Message-ID") or "").strip()
        seal = by_id.get(name)
        if seal is None or seal.sha256 is None:
            unsealed += 1
            continue
        compared += 1
        found.add(name)
        named_so = kept_name(seal.recipient, name)
        if mail_digest(mail) != seal.sha256 or not (path.stem == named_so or path.stem.startswith(f"{named_so}__")):
            problems.append(Problem("the received mail is not what was sealed", str(path), RESTORE))
    missing = sum(seal.state == "sent" and seal.message_id not in found for seal in named.values())
    left = [f"{unsealed} that no seal names"] if unsealed else []
    left += [f"{missing} that were sent and are not kept here"] if missing else []
    return Compared(_RECEIVED, compared, tuple(problems), left="; ".join(left))


def _in_order(item: tuple[MessageKey, DeliverySeal]) -> str:
    return str(item[0])
