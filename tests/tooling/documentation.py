"""What the documentation's pages hold: links, headings and commands. Read by tests/tooling/test_documentation.py."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click

from charter.cli import main

HOME = Path(__file__).parents[2]
DOCS = HOME / "docs"

_FENCE = re.compile(r"^( *)(?P<marks>```+|~~~+)(?P<kind>[^\n]*)\n(?P<text>.*?)^ *(?P=marks)[ \t]*$", re.M | re.S)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(?P<text>.+?)(?: *\{#(?P<own>[^}]+)\})?$", re.M)
# Blocks of what one types; other fences show files and outputs.
_TYPED = {"", "sh", "console", "bash"}
_PROGRAM = re.compile(r"^(?:\.venv/bin/)?charter$")


def pages() -> list[Path]:
    """Every page that a reader may open, README and its companions first. Links to pages elsewhere are read there."""
    beside = [HOME / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
    return [*beside, *sorted(path for path in DOCS.rglob("*.md") if not path.is_symlink())]


def without_code(text: str) -> str:
    return _INLINE.sub(lambda found: "`" * len(found[0]), _FENCE.sub("", text))


def links(text: str) -> list[str]:
    """The targets of all links that lead to files or headings, as they are written."""
    targets = [found["target"] for found in _LINK.finditer(without_code(text))]
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, as MkDocs (pymdownx.slugs) and code hosts write them."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    return frozenset(found["own"] or slug(found["text"]) for found in _HEADING.finditer(text))


def slug(heading: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    plain = unicodedata.normalize("NFC", plain).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def blocks(text: str, kinds: frozenset[str]) -> list[str]:
    """The text of the page's fenced blocks of these kinds."""
    return [found["text"] for found in _FENCE.finditer(text) if found["kind"].strip().split(" ")[0] in kinds]


def commands(text: str) -> Iterator[str]:
    """Every command of ``charter`` that the page shows, in a block or within a sentence, without what is around it."""
    for block in blocks(text, frozenset(_TYPED)):
        for line in re.sub(r"\\\n\s*", " ", block).splitlines():
            yield from _in_line(line.removeprefix("$ "))
    for found in _INLINE.finditer(_FENCE.sub("", text)):
        yield from _in_line(found[1])


def _in_line(line: str) -> Iterator[str]:
    # What stands after a redirection, a pipe or a semicolon is another command; quoted texts may hold such signs.
    lexer = shlex.shlex(line, posix=False, punctuation_chars="|&;()<>")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    words: list[str] = []
    try:
        tokens = list(lexer)
    except ValueError:
        return
    for token in [*tokens, ";"]:
        if set(token) <= set("|&;()<>"):
            if words and _PROGRAM.match(words[0]):
                yield " ".join(words)
            words = []
        elif words or not re.match(r"\w+=", token):
            words.append(token)


def complaint(command: str) -> str | None:
    """What the command line would say of the words and options of ``command``; None if it takes them.

    Values are not looked at: a page may write NAME, or … for what it leaves out.
    """
    arguments = [word for word in shlex.split(command)[1:] if word not in ("…", "...")]
    group: click.Command = main
    context = click.Context(main, info_name="charter")
    try:
        while isinstance(group, click.Group):
            _, rest, _ = group.make_parser(context).parse_args(arguments)
            left = context._protected_args + rest if hasattr(context, "_protected_args") else rest
            if not left:
                return None
            found = group.get_command(context, left[0])
            if found is None:
                return f"there is no command '{left[0]}'"
            group, arguments = found, left[1:]
            context = click.Context(group, info_name=left[0], parent=context)
        if not group.context_settings.get("ignore_unknown_options"):
            _, rest, _ = group.make_parser(context).parse_args(arguments)
            if rest:
                return f"too many words: {' '.join(rest)}"
    except click.BadOptionUsage:
        return None  # a page names an option without its value
    except click.UsageError as error:
        return error.format_message()
    return None
