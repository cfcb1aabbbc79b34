"""How commands speak: plain lines, aligned columns, messages instead of tracebacks."""

from __future__ import annotations

import codecs
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape

from charter.base.agencies import in_own_names
from charter.base.errors import Problem
from charter.telling import mendable

if TYPE_CHECKING:
    from charter.definitions import Agency
    from charter.definitions.models import Source

# What stands for a letter that a terminal does not have. Any other is shown by its number.
_PLAINLY = {"✓": "+", "✗": "x", "→": "->", "…": "...", "·": ".", "–": "-", "—": "-", "│": "|", "─": "-"}
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_PLAIN = "charter-plainly"
# How a table shows that there is none of something.
_NOTHING = ("0", "·", "")

# What commands say is English, as this code is; the agency's own names are shown in it where they are written so.
LANGUAGE = "en"

GOOD, BAD, NOTE = "[green]✓[/green]", "[red]✗[/red]", "[yellow]![/yellow]"

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def _plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join(
        _PLAINLY.get(each) or each.encode("ascii", "backslashreplace").decode() for each in letters
    ), error.end


codecs.register_error(_PLAIN, _plainly)


def speak_any_encoding() -> None:
    """From now on a terminal, file or pipe that is not UTF-8 gets what it can show, and no error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors=_PLAIN)


def visible(text: str) -> str:
    """``text`` with every control character and mark of direction shown by its number: data may hold any."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"\\u{ord(each):04x}" if each != "\n" and unicodedata.category(each) in _UNSEEN else each for each in text
    )


def width_of_terminal() -> int | None:
    """How many cells a line of the terminal has; None where the output goes to a file or a pipe."""
    return out.width if out.is_terminal else None


def say(text: str) -> None:
    """Prints one piece of text, with rich's markup."""
    # A terminal gets lines that break between words; a file or a pipe gets them whole.
    out.print(visible(text), soft_wrap=not out.is_terminal)


def complain(problems: Sequence[Problem]) -> None:
    """Prints what is wrong, each with its place and remedy, where errors go."""
    for problem in problems:
        err.print(f"{BAD} {escape(visible(in_own_names(str(problem))))}", soft_wrap=not err.is_terminal)
    if len(problems) > 1:
        err.print(f"{counted(len(problems), 'problem')}.")


@contextmanager
def errors_as_messages() -> Iterator[None]:
    """Turns the errors a user can mend into messages and an exit status."""
    try:
        yield
    except Exception as error:
        found = mendable(error)
        if found is None:
            raise
        complain(found.problems)
        raise click.exceptions.Exit(found.exit_code) from error


class Group(click.Group):
    """A group whose commands' errors become messages."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        speak_any_encoding()
        return super().main(*arguments, **options)

    def invoke(self, context: click.Context) -> Any:
        with errors_as_messages():
            return super().invoke(context)


def counted(number: int, one: str, many: str = "") -> str:
    """``1 row``, ``2 rows``: a number and what it counts; ``many`` where an s does not do."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def columns(rows: Iterable[Sequence[str]]) -> None:
    """Prints rows in aligned columns. Nothing is cut or broken, so that what is shown can be copied: columns that do
    not fit a terminal come below the others, beside the first once more."""
    table = [[str(cell) for cell in row] for row in rows]
    widths = [max(cell_len(cell) for cell in column) for column in zip(*table, strict=True)]
    for number, block in enumerate(_blocks(widths, out.width if out.is_terminal else None)):
        if number:
            say("")
        for row in table:
            padded = (row[place] + " " * (widths[place] - cell_len(row[place])) for place in block)
            say(escape("  ".join(padded).rstrip()))


def _blocks(widths: Sequence[int], width: int | None) -> Iterator[list[int]]:
    """The columns in blocks that fit ``width`` cells (None: any), each beginning with the first."""
    block = [0]
    for place in range(1, len(widths)):
        if width is not None and len(block) > 1 and sum(widths[each] + 2 for each in block) + widths[place] > width:
            yield block
            block = [0]
        block.append(place)
    yield block


def without_empty(rows: Sequence[Sequence[str]], keep: int) -> list[list[str]]:
    """The table ``rows`` (its first are headings) without the columns, from the ``keep``-th on, that count nothing."""
    headings, *counts = rows
    places = [
        place for place in range(len(headings)) if place < keep or any(row[place] not in _NOTHING for row in counts)
    ]
    return [[row[place] for place in places] for row in rows]


def step(name: str, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Runs one step of the line and says in a line or two what it did."""
    start = time.perf_counter()
    with out.status(f"{name} …"):
        summary = run()
    head = f"{name:<20} {time.perf_counter() - start:5.1f} s"
    problems = dict.fromkeys(summary.get("problems", []))
    shown = _figures(summary)
    mark = GOOD if summary.get("status", "landed") == "landed" else NOTE
    # Two for the mark, two between: what does not fit goes below.
    gap = "  " if 4 + cell_len(head) + cell_len(shown) <= out.width else "\n    "
    say(f"{mark} {head}{gap}{escape(shown)}".rstrip())
    for problem in problems:
        say(f"  {NOTE} {escape(problem)}")
    return summary


def _figures(summary: dict[str, Any]) -> str:
    """The figures of a step's summary, in words; an extraction's counts as the sum that they are."""
    if "arrived" in summary:
        words = {"landed": "landed", "unchanged": "unchanged", "quarantined": "refused"}
        parts = ", ".join(f"{summary[name]} {word}" for name, word in words.items() if summary[name])
        arrived = f"{summary['arrived']} arrived" + (f": {parts}" if parts else "")
        if corrected := summary.get("corrected"):
            arrived += f"; {corrected} put right"
        return arrived if summary["status"] == "landed" else f"{summary['status']}; {arrived}"
    shown = {key: value for key, value in summary.items() if isinstance(value, int | str) and key != "sha256"}
    return ", ".join(
        key.replace("_", " ") if value is True else f"{key.replace('_', ' ')} {value}"
        for key, value in shown.items()
        if value is not False
    )


def as_of_option(text: str) -> Callable[[Any], Any]:
    return click.option("--as-of", "as_of", metavar="WHEN", help=text)


def known_at(as_of: str | None) -> datetime:
    """The instant that a looking command looks at: that of the night named, or now."""
    from charter import line

    now = datetime.now(UTC)
    return now if as_of is None else datetime.fromisoformat(line.resolve_night(as_of, now))


def known_source(agency: Agency, source_id: str, hint: str) -> Source:
    """The source called ``source_id``; BadParameter (for the parameter ``hint``) names those that there are."""
    known = {source.id: source for source in agency.sources}
    if source_id not in known:
        raise click.BadParameter(f"no source '{source_id}': there are {', '.join(known)}", param_hint=hint)
    return known[source_id]
