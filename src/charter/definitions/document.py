"""A definition file as it was read, with the line of everything in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from charter.definitions.models import CalendarDefinition, Charter, Organisation, Reports, Retention, Sources, Subjects

# The keys and numbers that lead to a place in a document.
Location = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """One definition file as read: its path as shown to users, its tree with line marks, its digest."""

    name: str
    tree: Any
    digest: str

    def place(self, location: Sequence[str | int]) -> str:
        """``file:line`` of the node at ``location``; of its nearest ancestor when the node is missing."""
        node, line = self.tree, 1
        for step in location:
            line = _line_of_child(node, step) or line
            node = _child(node, step)
        return f"{self.name}:{line}"


@dataclass(frozen=True)
class Folder:
    """The documents of a charter folder and their models."""

    documents: dict[str, Document]
    charter: Charter
    organisation: Organisation
    calendar: CalendarDefinition
    subjects: Subjects
    sources: Sources
    reports: Reports
    retention: Retention


def _child(node: Any, step: str | int) -> Any:
    """The child called ``step``. A step that is no child is a union's tag in a pydantic location: stay where we are."""
    if (isinstance(node, CommentedMap) and step in node) or (
        isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node)
    ):
        return node[step]
    return node


def _line_of_child(node: Any, step: str | int) -> int | None:
    if isinstance(node, CommentedMap) and step in node:
        return int(node.lc.key(step)[0]) + 1
    if isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
        return int(node.lc.item(step)[0]) + 1
    return None
