"""Where mail goes: to the mail server that is set, or into a folder of this machine that keeps it instead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from charter.base.settings import Settings
from charter.deliver.catcher import SmtpCatcher
from charter.deliver.smtp import SmtpServer

MAIL_FOLDER = "CHARTER_MAIL_FOLDER"


def mail_folder(settings: Settings) -> Path | None:
    """The folder that keeps the mails instead of a server that sends them on, for demonstrations; None without one."""
    folder = settings.environment.get(MAIL_FOLDER)
    return settings.home / folder if folder else None


@contextmanager
def mail_server(settings: Settings) -> Iterator[SmtpServer]:
    """The mail server for as long as it is needed: that of CHARTER_SMTP_…, or where CHARTER_MAIL_FOLDER is set one of
    our own, on loopback, which writes what it accepts there and sends nothing on.

    Raises SettingError naming what is missing or malformed.
    """
    folder = mail_folder(settings)
    if folder is None:
        yield SmtpServer.from_settings(settings)
        return
    with SmtpCatcher(folder) as catcher:
        yield SmtpServer(host="127.0.0.1", port=catcher.port, security="none")


def require_mail_server(settings: Settings) -> None:
    """Raises SettingError when neither a mail server nor a folder that keeps the mails is set."""
    if mail_folder(settings) is None:
        SmtpServer.from_settings(settings)
