"""The fonts of printed reports, and what is shown for a character that none of them has."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import typst
from fontTools.ttLib import TTFont

from charter.base.errors import ReportError

# Names come in more scripts than one font has. The template names the same families, in this order.
_PACKAGES = {"koreanize_matplotlib": "fonts/NanumGothic*.ttf", "matplotlib": "mpl-data/fonts/ttf/DejaVuSans*.ttf"}
SUBSTITUTE = "□"
# Not drawn, so no font has them.
_LAYOUT = frozenset("\n\t")
# Control and format characters: PDF/A forbids some of them, and a direction mark could turn what stands beside it.
_INVISIBLE = ("Cc", "Cf")


@lru_cache(maxsize=1)
def fonts() -> typst.Fonts:
    """The fonts for typst: NanumGothic, then DejaVu Sans (Latin with marks, Greek, Cyrillic, Arabic, signs)."""
    folders = sorted({file.parent for file in _files()})
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def printable(text: str) -> str:
    """``text`` without control and format characters, and with a visible □ for each character that no font has."""
    return text.translate(_glyphs())


class _Glyphs(dict[int, str]):
    """What is printed for a character (by its number), worked out when it is first met."""

    def __init__(self, known: frozenset[int]) -> None:
        self._known = known
        super().__init__()

    def __missing__(self, number: int) -> str:
        sign = chr(number)
        if sign in _LAYOUT:
            shown = sign
        elif unicodedata.category(sign) in _INVISIBLE:
            shown = ""
        elif number in self._known:
            shown = sign
        else:
            shown = SUBSTITUTE
        self[number] = shown
        return shown


@lru_cache(maxsize=1)
def _glyphs() -> _Glyphs:
    # Every weight of a family has the same characters.
    plain = [file for file in _files() if file.stem in ("NanumGothic", "DejaVuSans")]
    return _Glyphs(frozenset[int]().union(*(TTFont(file, lazy=True).getBestCmap() for file in plain)))


def _files() -> list[Path]:
    # Importing the packages would import matplotlib; only their folders are wanted.
    found: list[Path] = []
    for package, pattern in _PACKAGES.items():
        spec = find_spec(package)
        files = sorted(Path(spec.origin).parent.glob(pattern)) if spec and spec.origin else []
        if not files:
            raise ReportError(
                "the fonts for PDF reports are not installed",
                where=f"package {package}",
                remedy="install the project's requirements",
            )
        found += files
    return found
