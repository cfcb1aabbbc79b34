"""What templates loop over where a report tells what is done about broken standards."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ActionView:
    """An action: ``state`` in words, the standard (and department) that it is for, and ``lines`` of what is done."""

    state: str
    state_class: str
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class MendingView:
    """``notes`` say how far the register was heard, what in it can't be read, or that none is connected. ``asked`` are
    broken standards without a cause on record, ``actions`` those on the register, the overdue ones first. ``comments``
    are the owners'. ``brief`` is all of it in a line; empty where there is nothing to see to."""

    title: str
    notes: tuple[str, ...]
    asked_title: str
    asked: tuple[str, ...]
    actions_title: str
    actions: tuple[ActionView, ...]
    comments_title: str
    comments: tuple[str, ...]
    brief: str

    @property
    def any(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.notes or self.asked or self.actions or self.comments)
