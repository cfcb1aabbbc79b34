"""What would be sent, as files: the mails with the Date of now and their signature. The outbox stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from charter.base.errors import SettingError
from charter.base.files import write_whole
from charter.base.private import private_folder
from charter.base.settings import Settings
from charter.deliver.dkim import DkimSigner
from charter.deliver.domains import AllowedDomains
from charter.deliver.kept import kept_name
from charter.deliver.letterhead import Letterhead
from charter.deliver.messages import Message, MessageKey, Sender, build_mime, dated
from charter.deliver.outbox import Outbox, outbox_path


@dataclass(frozen=True)
class DryRun:
    """``files`` are the mails that would be sent, ``refused`` those that would not, with the reason."""

    files: tuple[Path, ...]
    refused: tuple[tuple[MessageKey, str], ...]


def waiting_mails(settings: Settings) -> dict[MessageKey, bytes]:
    """The mails that wait in the outbox, without a Date."""
    if not outbox_path(settings).exists():
        return {}
    with Outbox.open(settings) as outbox:
        return {each.key: outbox.mail(each.row) for each in outbox.waiting()}


def new_mails(settings: Settings, messages: Iterable[Message], letterhead: Letterhead) -> dict[MessageKey, bytes]:
    """The mails that the outbox would make of ``messages``, without a Date. Raises SettingError without a sender."""
    sender = Sender.from_settings(settings)
    return {message.key: build_mime(message, sender, letterhead).as_bytes() for message in messages}


def write_mails(
    folder: Path,
    mails: dict[MessageKey, bytes],
    *,
    at: datetime,
    sender: Sender,
    allowed: AllowedDomains,
    signer: DkimSigner | None,
) -> DryRun:
    """Writes each mail as it would be handed over at ``at`` (aware), called as the mail catcher calls it.

    Raises SettingError for a folder that holds something: nobody could tell what is of which run.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingError("it is no empty folder", where=str(folder), remedy="name a new folder, or empty this one")
    private_folder(folder)
    files, refused = [], []
    for key, mime in mails.items():
        if (objection := allowed.objection(key.recipient)) is not None:
            refused.append((key, objection))
            continue
        mail = dated(mime, at)
        file = folder / f"{kept_name(key.recipient, key.message_id(sender.domain))}.eml"
        write_whole(file, (signer.signature(mail) if signer is not None else b"") + mail)
        files.append(file)
    return DryRun(tuple(files), tuple(refused))
