"""From any figure to its rows: what a figure, a commitment or a row rests on, step by step.

One module per question: ``figure`` (what was counted), ``commitment`` (why this verdict), ``row`` (what became of a
row, counted or not). ``say`` puts the answers into words of one language, ``render`` into text and pages.
"""

from typing import TYPE_CHECKING

from charter.base.lazy import given_by

if TYPE_CHECKING:
    from charter.explain.asking import Asked, explain
    from charter.explain.models import CommitmentExplanation, Explanation, FigureExplanation, RowExplanation
    from charter.explain.render import as_page, as_text
    from charter.explain.say import said

__all__ = [
    "Asked",
    "CommitmentExplanation",
    "Explanation",
    "FigureExplanation",
    "RowExplanation",
    "as_page",
    "as_text",
    "explain",
    "said",
]

__getattr__ = given_by(
    __name__,
    {
        "charter.explain.asking": (
            "Asked",
            "explain",
        ),
        "charter.explain.models": (
            "CommitmentExplanation",
            "Explanation",
            "FigureExplanation",
            "RowExplanation",
        ),
        "charter.explain.render": (
            "as_page",
            "as_text",
        ),
        "charter.explain.say": ("said",),
    },
)
