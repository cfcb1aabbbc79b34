"""A language that is read from the right, from a catalogue that an agency brings: English words in Arabic letters."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from string import Formatter

from ruamel.yaml import YAML

from charter.words import read_texts

from .builders import HOME

PARCELS = HOME / "tests" / "agencies" / "parcels"
CATALOGUES = HOME / "reports" / "words"


def parcels_in_arabic(parent: Path) -> Path:
    """The folder of the parcel service, which speaks Arabic, too; under ``parent``."""
    folder = shutil.copytree(PARCELS, parent / "parcels")
    for path in folder.glob("*.yaml"):
        text = path.read_text(encoding="utf-8").replace("languages: [de, ko, en]", "languages: [de, ko, en, ar]")
        path.write_text(re.sub(r"\{ko: [^}]*?en: ([^,}]+)", _with_arabic, text), encoding="utf-8")
    (folder / "words").mkdir()
    arabic = {key: in_arabic(key, text) for key, text in read_texts(CATALOGUES / "en.yaml").items()}
    with (folder / "words" / "ar.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(_tree(arabic), file)
    return folder


def in_arabic(key: str, text: str) -> str:
    """A text of the English catalogue with Arabic letters in place of all its own, and six forms of each plural."""
    if key in ("date.day", "date.full"):
        return text
    made = ""
    for literal, name, spec, _ in Formatter().parse(text):
        made += _lettered(literal)
        if name is not None:
            forms = "|".join(_lettered(form) for form in ((spec or "").split("|") * 6)[:6])
            made += f"{{{name}:{forms}}}" if spec and "|" in spec else f"{{{name}}}"
    return made


def _lettered(text: str) -> str:
    return re.sub("[A-Za-z]", lambda letter: chr(0x0627 + ord(letter[0].lower()) - ord("a")), text)


def _with_arabic(text: re.Match[str]) -> str:
    return f"{{ar: {_lettered(text[1])}, {text[0].removeprefix('{')}"


def _tree(texts: dict[str, str]) -> dict[str, object]:
    tree: dict[str, object] = {}
    for key, text in texts.items():
        *above, last = key.split(".")
        at = tree
        for name in above:
            at = at.setdefault(name, {})  # type: ignore[assignment]
        at[last] = text
    return tree
