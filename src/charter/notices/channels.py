"""The channels that are set: whom notices go to, and by what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from charter.base.errors import CharterError, Problem
from charter.health.place import Place
from charter.notices.chat import chats
from charter.notices.mail import MailChannel
from charter.notices.people import operators
from charter.notices.register import Register

T = TypeVar("T")


class Channel(Protocol):
    """Hands over what waits for it and writes down what became of that. It raises nothing that a person can mend."""

    @property
    def name(self) -> str: ...

    def deliver(self, register: Register, now: datetime) -> None: ...


def channels_of(place: Place) -> tuple[list[Channel], tuple[Problem, ...]]:
    """The channels that are set, and what is wrong with what can't be one.

    The people of a source are told by mail beside the operators, never in place of them: where no operator is told by
    any channel there is none.
    """
    named, wrong = _made(lambda: operators(place.settings))
    posted, malformed = _made(lambda: chats(place))
    has_owners = place.charter is not None and any(source.owner for source in place.charter.sources)
    by_mail: list[Channel] = [MailChannel(place)] if named or (posted and has_owners) else []
    return [*by_mail, *posted], (*wrong, *malformed)


def _made(make: Callable[[], list[T]]) -> tuple[list[T], tuple[Problem, ...]]:
    try:
        return make(), ()
    except CharterError as error:
        return [], error.problems
