"""The fonts of printed reports, and what is shown for a character that none of them has."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import typst
from fontTools.ttLib import TTFont

from charter.base.errors import ReportError

# Names come in more scripts than one font has.
_PACKAGES = {
    "koreanize_matplotlib": "fonts/NanumGothic*.ttf",
    "fontpkg_noto_sans": "files/NotoSans[[]*.ttf",
    "fontpkg_noto_sans_arabic": "files/*.ttf",
    "pylopdf_fonts_zh_cn": "NotoSansSC-Regular.otf",
    "matplotlib": "mpl-data/fonts/ttf/DejaVuSans*.ttf",
}
# Every family with a file that has all its characters: any weight of it will do.
_FAMILIES = {
    "NanumGothic": "NanumGothic",
    "Noto Sans": "NotoSans[wdth,wght]",
    "Noto Sans Arabic": "NotoSansArabic[wdth,wght]",
    "Noto Sans SC": "NotoSansSC-Regular",
    "DejaVu Sans": "DejaVuSans",
}
# What a language is set in first; any other in Noto Sans. What a font lacks comes from the next one.
_FIRST = {"ko": "NanumGothic", "zh": "Noto Sans SC", "ja": "Noto Sans SC", "ar": "Noto Sans Arabic"}
SUBSTITUTE = "□"
# Not drawn, so no font has them.
_LAYOUT = frozenset("\n\t")
# Control and format characters: PDF/A forbids some of them, and most marks of direction turn what stands beside them.
_INVISIBLE = ("Cc", "Cf")
# What keeps a text that is read from the right from turning what stands beside it.
_ISOLATES = frozenset("\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}")
# What each font means as it likes: PDF/A forbids it, whatever font has a glyph.
_PRIVATE = "Co"


@lru_cache(maxsize=1)
def fonts() -> typst.Fonts:
    """The fonts for typst: Latin, Greek, Cyrillic, Arabic, Hangul, Han and signs."""
    folders = sorted({file.parent for file in _files()})
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def families(language: str) -> list[str]:
    """The fonts that a language is set in, in the order in which they are asked for a character."""
    first = _FIRST.get(language.partition("-")[0], "Noto Sans")
    return list(dict.fromkeys([first, "Noto Sans", *_FAMILIES]))


@lru_cache(maxsize=8)
def file_of_language(language: str) -> Path:
    """The file of the font that a language is set in first. Raises ReportError when it is not installed."""
    stem = _FAMILIES[families(language)[0]]
    return next(file for file in _files() if file.stem == stem)


# The same few labels stand in every report.
@lru_cache(maxsize=8192)
@lru_cache(maxsize=8)
def signs_of_language(language: str) -> frozenset[str]:
    """The signs that the font has which a language is set in first, and line breaks."""
    return frozenset(map(chr, _characters(file_of_language(language)))) | _LAYOUT


def printable(text: str) -> str:
    """``text`` without control and format characters but isolates, and with a visible □ for what no font has."""
    return text.translate(_glyphs())


class _Glyphs(dict[int, str]):
    """What is printed for a character (by its number), worked out when it is first met."""

    def __init__(self, known: frozenset[int]) -> None:
        self._known = known
        super().__init__()

    def __missing__(self, number: int) -> str:
        sign = chr(number)
        if sign in _LAYOUT or sign in _ISOLATES:
            shown = sign
        elif unicodedata.category(sign) in _INVISIBLE:
            shown = ""
        elif number in self._known and unicodedata.category(sign) != _PRIVATE:
            shown = sign
        else:
            shown = SUBSTITUTE
        self[number] = shown
        return shown


@lru_cache(maxsize=1)
def _glyphs() -> _Glyphs:
    plain = [file for file in _files() if file.stem in _FAMILIES.values()]
    return _Glyphs(frozenset[int]().union(*map(_characters, plain)))


def _characters(file: Path) -> frozenset[int]:
    with TTFont(file, lazy=True) as font:
        return frozenset(font.getBestCmap())


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
