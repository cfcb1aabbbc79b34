"""What the year can still bear, in words."""

from __future__ import annotations

from charter.report.facts.models import Allowance
from charter.report.view.phrases import Phrases
from charter.words import Words


def allowance_text(words: Words, phrases: Phrases, allowance: Allowance | None) -> str:
    """How many more breaches the year can bear and until when; empty where its target bears none."""
    if allowance is None:
        return ""
    if allowance.left is None:
        return words("allowance.unknown")
    said = _said(words, phrases, allowance, allowance.left)
    if allowance.unknown:
        said = words("allowance.with_doubt", said=said, count=phrases.whole(allowance.unknown))
    if allowance.left <= 0:
        return said
    if allowance.used_up_on is None:
        return words("allowance.lasts", said=said)
    return words("allowance.used_up_on", said=said, day=phrases.day(allowance.used_up_on))


def allowance_in_short(words: Words, phrases: Phrases, allowance: Allowance | None) -> str:
    """How many more breaches the year can bear, and when that is used up, without what it is worked out from."""
    if allowance is None or allowance.left is None:
        return ""
    if allowance.left <= 0:
        return words("allowance.short_none")
    count = phrases.whole(allowance.left)
    if allowance.used_up_on is None:
        return words("allowance.short", count=count)
    return words("allowance.short_until", count=count, day=phrases.day(allowance.used_up_on))


def _said(words: Words, phrases: Phrases, allowance: Allowance, left: int) -> str:
    figures = {
        "projected": phrases.whole(allowance.projected),
        "bearable": phrases.whole(allowance.bearable),
        "breached": phrases.whole(allowance.breached),
    }
    if left == 0:
        return words("allowance.none_left", **figures)
    key = "allowance.left" if left > 0 else "allowance.exceeded"
    return words(key, count=phrases.whole(abs(left)), **figures)
