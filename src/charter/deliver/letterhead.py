"""What the mails of an agency have in common: who they come from, which list they are of, and how to leave it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from email.headerregistry import Address
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, SecretBytes

from charter.base.mail_address import MailAddress
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.deliver.messages import Message, Name, OneLine, Sender

UNSUBSCRIBE_KEY = "CHARTER_UNSUBSCRIBE_KEY"


class Letterhead(BaseModel):
    """``agency`` is the charter's id, ``names`` how the agency signs its mails by language, its own ``language`` among
    them. The rest is as in departments.yaml under ``mail``; ``key`` makes the tokens of ``one_click``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agency: Name
    language: str
    names: Mapping[str, OneLine]
    reply_to: MailAddress | None = None
    unsubscribe: MailAddress | None = None
    one_click: str | None = None
    key: SecretBytes | None = Field(default=None, repr=False)

    @classmethod
    def of(cls, settings: Settings, agency: Agency) -> Letterhead:
        """The letterhead of an agency: its ``from_name``, else the name in CHARTER_MAIL_FROM, else its own name.

        Raises SettingError for a missing sender; for a missing or short CHARTER_UNSUBSCRIBE_KEY where it is needed.
        """
        rules, charter = agency.organisation.mail, agency.charter
        given = Sender.from_settings(settings).name
        if rules.from_name is not None:
            names = rules.from_name.root
        else:
            names = {charter.language: given} if given else charter.agency.root
        return cls(
            agency=charter.id,
            language=charter.language,
            names=names,
            reply_to=rules.reply_to,
            unsubscribe=rules.unsubscribe,
            one_click=rules.one_click,
            key=SecretBytes(settings.secret(UNSUBSCRIBE_KEY, at_least=32)) if rules.one_click else None,
        )

    def sender(self, sender: Sender, language: str | None) -> Sender:
        """The mailbox with the agency's name in ``language``; in the agency's own where it has none in that."""
        name = self.names.get(language or self.language, self.names[self.language])
        return sender.model_copy(update={"name": name})

    def headers(self, message: Message, sender: Sender) -> Iterator[tuple[str, str | Address]]:
        """The fields that tell mail programs what a message belongs to (RFC 2919, RFC 2369, RFC 8058)."""
        list_id = f"{message.list_name or message.report}.{self.agency}.{sender.domain}"
        if self.reply_to is not None:
            yield "Reply-To", Address(addr_spec=self.reply_to)
        yield "List-Id", f"<{list_id}>"
        ways = []
        if self.one_click is not None:
            ways.append(f"<{self.one_click.replace('{token}', self.token(message))}>")
        if self.unsubscribe is not None:
            ways.append(f"<mailto:{quote(self.unsubscribe, safe='@+')}?subject={quote(f'unsubscribe {list_id}')}>")
        if ways:
            yield "List-Unsubscribe", ", ".join(ways)
        if self.one_click is not None:
            yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"

    def token(self, message: Message) -> str:
        """What stands for the recipient of a list in an address of theirs: 32 hexadecimal digits, which nobody can
        make without the key (HMAC-SHA-256 of ``list/recipient``)."""
        key = self.key.get_secret_value() if self.key is not None else b""
        who = f"{message.list_name or message.report}/{message.recipient}"
        return hmac.new(key, who.encode(), hashlib.sha256).hexdigest()[:32]
