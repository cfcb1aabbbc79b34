"""Whether anything that was sealed has been altered, and the keys that seals are signed with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from charter.base.head import printed_head
from charter.commands.terminal import BAD, GOOD, NOTE, columns, say, visible, width_of_terminal

if TYPE_CHECKING:
    from charter.base.errors import Problem
    from charter.base.settings import Settings
    from charter.evidence import Compared, Verification


@click.command(short_help="Check that nothing sealed was altered.")
@click.option(
    "--public-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The key that you trust (PEM), rather than the one lying beside the evidence.",
)
@click.option(
    "--head",
    "heads",
    multiple=True,
    metavar="HASH",
    help="The beginning of a seal's hash, as mails and reports print it, with or without blanks; may be given several"
    " times.",
)
@click.option(
    "--mails",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of this charter's mails, saved from inboxes (.eml): each head that they print must be in the chain.",
)
@click.option(
    "--witness",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The second witness's folder, rather than the one that CHARTER_WITNESS names.",
)
@click.option(
    "--tsa-certificate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The certificate (PEM) that time stamps are trusted by, rather than that of CHARTER_TSA_CERTIFICATE.",
)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A copy of a state folder, from wherever, rather than this installation's.",
)
@click.option(
    "--recompute",
    "period",
    metavar="PERIOD",
    help="Also build a sealed night (2026-07-05), a week's (2026-W27) or all again, and compare every figure.",
)
@click.option(
    "--all", "everything", is_flag=True, help="Tell everything that differs, not only the first of each kind."
)
@click.argument("blanks", nargs=-1, metavar="")
def verify(
    public_key: Path | None,
    heads: tuple[str, ...],
    blanks: tuple[str, ...],
    mails: Path | None,
    witness: Path | None,
    tsa_certificate: Path | None,
    folder: Path | None,
    period: str | None,
    everything: bool,
) -> None:
    """Hold everything that people read, and all that it rests on, against its seals.

    Tells what was compared and what was not, and the first thing of each kind that differs. The exit status is 8 when
    anything was altered; 9 when something has changed that the next night would seal, such as the charter's folder.
    """
    from charter.base.errors import EvidenceError, UnsealedChange
    from charter.evidence import verify as compare

    if folder is not None and period is not None:
        raise click.UsageError("--recompute needs the installation's charter and code: it goes without --folder")
    if blanks and len(heads) != 1:
        raise click.UsageError(f"{' '.join(blanks)} belongs to no --head: put each head that has blanks into quotes")
    heads = (" ".join((*heads, *blanks)),) if blanks else heads
    trusted = public_key.read_bytes() if public_key is not None else None
    settings = _settings(folder)
    found = compare(
        settings,
        trusted,
        heads=heads,
        mails=mails,
        witness=witness,
        tsa_certificate=tsa_certificate,
        here=folder is None,
    )
    _tell(found)
    altered = [problem for kind in found.kinds for problem in _shown(kind.altered, everything)]
    if problems := altered + (_recomputed(period, everything) if period is not None else []):
        raise EvidenceError.of(problems)
    if problems := [problem for kind in found.kinds for problem in _shown(kind.changed, everything)]:
        raise UnsealedChange.of(problems)
    say(f"{GOOD} everything is as it was sealed")


@click.command(short_help="Where a figure comes from, down to its rows.")
@click.argument("name")
@click.option("--all", "shows_all", is_flag=True, help="List every commitment of a figure.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@click.option(
    "--page", type=click.Path(dir_okay=False, path_type=Path), help="Write it as an HTML page that stands alone."
)
@click.option("--language", metavar="CODE", help="Its words: ko, en, de …; default: the agency's own language.")
def explain(name: str, shows_all: bool, as_json: bool, page: Path | None, language: str | None) -> None:
    """Walk from a figure to its rows, as the published night knows them.

    NAME is a figure as reports print it (2026-W27/first-answer/north-desk; without the last part the whole agency's,
    and W27, Q2 for the newest such period), a commitment (first-answer/reply/Q-17), or the key of a row, perhaps with
    its table (questions/Q-17): then it says why the row counts, or why it does not.
    """
    from charter import line
    from charter.explain import Asked, as_page, as_text, said
    from charter.explain import explain as answer
    from charter.words import words_in

    here = line.installation()
    words = words_in(here.settings, here.agency, language or here.agency.charter.language)
    told = answer(here.settings, here.agency, Asked(name, shows_all))
    document = said(told, words)
    if page is not None:
        page.write_text(as_page(here.settings, document), encoding="utf-8")
        say(f"{GOOD} {escape(document.title)} written to {escape(str(page))}")
    elif as_json:
        click.echo(told.model_dump_json(indent=2))
    else:
        click.echo(visible(as_text(document, width_of_terminal())), nl=False)


@click.command("rotate-key", short_help="Go on with another signing key.")
def rotate_key() -> None:
    """End the use of one signing key and begin that of another, in a seal that both sign.

    CHARTER_SIGNING_KEY (or …_FILE) holds the new key, CHARTER_RETIRED_SIGNING_KEY (or …_FILE) the one used so far. Once
    this is done the retired key is needed no more: keep its public part.
    """
    from charter.base.settings import Settings
    from charter.evidence import rotate_key as rotate

    # When a key was changed is a fact of the day on which it was; no figure depends on it.
    sealed = rotate(Settings.from_environment(), datetime.now(UTC))
    done = (
        "seals are signed with the new key from here on" if sealed.created else "seals are signed with that key already"
    )
    say(f"{GOOD} {done} ({sealed.sha256[:12]})")


def _recomputed(period: str, everything: bool) -> list[Problem]:
    from charter import line

    problems: list[Problem] = []
    for night, differing in line.recompute(period).items():
        said = f"{BAD} differs from its seal" if differing else f"{GOOD} is what was sealed, row for row"
        say(f"The night as of {night}, built again from what landed: {said}")
        problems += _shown(tuple(differing), everything)
    return problems


def _settings(folder: Path | None) -> Settings:
    from charter.base.settings import Settings

    if folder is None:
        return Settings.from_environment()
    return Settings(home=folder, charter_dir=folder, var_dir=folder.resolve(), environment={})


def _shown(problems: tuple[Problem, ...], everything: bool) -> tuple[Problem, ...]:
    return problems if everything else problems[:1]


def _tell(found: Verification) -> None:
    rows = [("", "compared", "differ", "not compared")]
    rows += [(kind.what, f"{kind.count:,}", _differ(kind), kind.left) for kind in found.kinds]
    columns(rows)
    for kind in found.kinds:
        for note in kind.notes:
            say(f"{NOTE} {escape(note)}")
    if found.head is not None and found.until is not None:
        say(f"The newest seal is {printed_head(found.head)}, as of {found.until:%Y-%m-%d %H:%M} UTC at the latest.")


def _differ(kind: Compared) -> str:
    return f"{len(kind.altered) + len(kind.changed):,}" if kind.altered or kind.changed else "·"
