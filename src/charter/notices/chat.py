"""Notices to chats and web hooks, through Apprise: a hundred services by one kind of address.

The addresses are secrets. They come from CHARTER_NOTICE_URLS or its ``_FILE``, one a line, with a name before them
where several are of one kind; they are in no log, no message and no file of ours.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from datetime import datetime

from charter.base.errors import CharterError, Problem, SettingError
from charter.base.settings import Settings
from charter.base.unlogged import unlogged
from charter.health.place import Place
from charter.notices.compose import language_of, plain, view_of
from charter.notices.register import PATIENCE, Register, Round

URLS = "CHARTER_NOTICE_URLS"
_LINE = re.compile(r"(?:(?P<name>[A-Za-z][A-Za-z0-9-]{0,30})\s+)?(?P<url>(?P<kind>[a-z][a-z0-9+-]*)://\S+)")
_STATUS = re.compile(r"error=(\d{3})")
# They name hosts and parts of addresses.
_LOGGERS = ("apprise", "urllib3")
_REMEDY = "give one address a line, with a name before it if you like: ops-chat slack://…"


@dataclass(frozen=True)
class ChatChannel:
    """One chat or web hook: what the operators are told, as plain text, in their language."""

    place: Place
    name: str
    url: str = field(repr=False)

    def deliver(self, register: Register, now: datetime) -> None:
        language = language_of(self.place.settings, self.place.charter)
        for told in register.waiting(self.name):
            try:
                view = view_of(self.place, language, told)
                text = plain(self.place.settings, view) if view is not None else ""
            except CharterError as error:
                register.not_done(told.id, self.name, error.problems[0].what, given_up=False)
                continue
            register.claim(told.id, self.name)
            problem = _post(self.url, view.subject if view is not None else "", text, told)
            if problem:
                register.not_done(told.id, self.name, problem, given_up=now - told.at > PATIENCE)
            else:
                register.done(told.id, self.name)


def chats(place: Place) -> list[ChatChannel]:
    """The chats and web hooks that are set. Raises SettingError, which tells no address."""
    settings = place.settings
    if not {URLS, f"{URLS}_FILE"} & settings.environment.keys():
        return []
    found: dict[str, ChatChannel] = {}
    problems = []
    for number, line in enumerate(_lines(settings), start=1):
        match = _LINE.fullmatch(line)
        if match is None or not _is_known(match["url"]):
            problems.append(Problem(f"line {number} is no address that Apprise knows", URLS, _REMEDY))
            continue
        name = match["name"] or match["kind"]
        if name in found or name == "mail":
            problems.append(Problem(f"line {number} is called '{name}', as another channel is", URLS, _REMEDY))
        found[name] = ChatChannel(place, name, match["url"])
    if problems:
        raise SettingError.of(problems)
    return list(found.values())


def _lines(settings: Settings) -> list[str]:
    text = settings.secret(URLS).decode("utf-8", "replace")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _is_known(url: str) -> bool:
    import apprise

    with unlogged(*_LOGGERS):
        return apprise.Apprise.instantiate(url) is not None


def _post(url: str, title: str, text: str, told: Round) -> str:
    """Sends one notice. Returns what went wrong, without the address."""
    import apprise

    # No redirect: the text goes to the address that is set, and to no other.
    asset = apprise.AppriseAsset(app_id="charter", app_desc="charter", app_url="", http_redirects=False)
    service = apprise.Apprise(asset=asset)
    kind = apprise.NotifyType.SUCCESS if told.is_over else apprise.NotifyType.FAILURE
    with unlogged(*_LOGGERS), apprise.LogCapture(level=logging.WARNING) as log:  # type: ignore[no-untyped-call]
        service.add(url)
        if service.notify(body=text, title=title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT):
            return ""
        status = _STATUS.search(log.getvalue())
    return f"it answered with status {status[1]}" if status else "it was not reached"
