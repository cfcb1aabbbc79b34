"""What templates loop over where measured and felt stand side by side."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FeltView:
    """Both figures of a standard with their n; ``asked`` says what was asked, on which scale and when."""

    title: str
    department: str
    measured: str
    felt: str
    asked: str
