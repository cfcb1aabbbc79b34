"""How wide texts are, near enough: measuring them in their font takes longer than drawing them."""

from __future__ import annotations

from unicodedata import east_asian_width

# Shares of a text's height: signs of Chinese, Korean and Japanese, and all others.
_WIDE, _NARROW = 1.0, 0.54


def width_of(text: str, size: float) -> float:
    """About how many pixels ``text`` is wide, rather more than less; ``size`` is its height."""
    return size * sum(_WIDE if east_asian_width(sign) in "WF" else _NARROW for sign in text)


def shortened(text: str, size: float, most: float) -> str:
    """``text``, or as much of its beginning as fits ``most`` pixels, and a sign that there is more."""
    if width_of(text, size) <= most:
        return text
    while text and width_of(f"{text}…", size) > most:
        text = text[:-1]
    return f"{text.rstrip()}…"
