"""Puts an explanation into the words of one language."""

from __future__ import annotations

from charter.explain.document import Document, Saying
from charter.explain.models import CommitmentExplanation, Explanation, FigureExplanation
from charter.explain.say_commitment import say_commitment
from charter.explain.say_figure import say_figure
from charter.explain.say_row import say_row
from charter.words import Words


def said(explanation: Explanation, words: Words) -> Document:
    """The explanation in words. Raises ReportError where the catalogue lacks a text."""
    saying = Saying(words, explanation.time_zone)
    if isinstance(explanation, FigureExplanation):
        return say_figure(explanation, saying)
    if isinstance(explanation, CommitmentExplanation):
        return say_commitment(explanation, saying)
    return say_row(explanation, saying)
