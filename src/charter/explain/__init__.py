"""From any figure to its rows: what a figure, a commitment or a row rests on, step by step.

One module per question: ``figure`` (what was counted), ``commitment`` (why this verdict), ``row`` (what became of a
row, counted or not). ``say`` puts the answers into words of one language, ``render`` into text and pages.
"""

from charter.explain.explain import Asked, explain
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
