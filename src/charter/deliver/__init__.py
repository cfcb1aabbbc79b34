"""Hands each report to each recipient once: messages, an outbox that remembers, an SMTP transport.

``outbox`` is the authority on what was sent. A message is claimed, durably, before a byte of it
leaves; whatever happens then ends in a state that a person can see.
"""

from typing import TYPE_CHECKING

from charter.base.lazy import given_by

if TYPE_CHECKING:
    from charter.deliver.dkim import DkimSigner
    from charter.deliver.domains import AllowedDomains
    from charter.deliver.kept import KeptMessage, heads_printed_in, kept_messages, kept_name, mail_digest
    from charter.deliver.letterhead import Letterhead
    from charter.deliver.messages import Attachment, Message, MessageKey, Section, Sender, build_mime
    from charter.deliver.outbox import Outbox, enqueue
    from charter.deliver.pace import Clock, Pace
    from charter.deliver.records import DeliveryRecord, Enqueued, MessageState, PostedMessage
    from charter.deliver.smtp import DeliveryReceipt, SmtpServer, deliver

__all__ = [
    "AllowedDomains",
    "Attachment",
    "Clock",
    "DeliveryReceipt",
    "DeliveryRecord",
    "DkimSigner",
    "Enqueued",
    "KeptMessage",
    "Letterhead",
    "Message",
    "MessageKey",
    "MessageState",
    "Outbox",
    "Pace",
    "PostedMessage",
    "Section",
    "Sender",
    "SmtpServer",
    "build_mime",
    "deliver",
    "enqueue",
    "heads_printed_in",
    "kept_messages",
    "kept_name",
    "mail_digest",
]

__getattr__ = given_by(
    __name__,
    {
        "charter.deliver.dkim": ("DkimSigner",),
        "charter.deliver.domains": ("AllowedDomains",),
        "charter.deliver.kept": (
            "KeptMessage",
            "heads_printed_in",
            "kept_messages",
            "kept_name",
            "mail_digest",
        ),
        "charter.deliver.letterhead": ("Letterhead",),
        "charter.deliver.messages": (
            "Attachment",
            "Message",
            "MessageKey",
            "Section",
            "Sender",
            "build_mime",
        ),
        "charter.deliver.outbox": (
            "Outbox",
            "enqueue",
        ),
        "charter.deliver.pace": (
            "Clock",
            "Pace",
        ),
        "charter.deliver.records": (
            "DeliveryRecord",
            "Enqueued",
            "MessageState",
            "PostedMessage",
        ),
        "charter.deliver.smtp": (
            "DeliveryReceipt",
            "SmtpServer",
            "deliver",
        ),
    },
)
