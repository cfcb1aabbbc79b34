"""Copies of the state, putting them back, and what is kept for how long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from charter.base.head import printed_head
from charter.commands.terminal import GOOD, NOTE, columns, counted, say

if TYPE_CHECKING:
    from charter.base.errors import Problem
    from charter.definitions import Agency
    from charter.keep.backup import Backup
    from charter.keep.manifest import BackupManifest
    from charter.keep.prune import Plan
    from charter.keep.restore import Checked, Trust
    from charter.line import Installation

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(short_help="Copy the state, also while the line is running.")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--recipients", type=_FILE, help="Encrypt it (age) for the public keys in this file, one a line.")
@click.option("--with-secrets", is_flag=True, help="Also the keys in the state folder; only with --recipients.")
@click.option("--with-rebuildable", is_flag=True, help="Also what a night makes anew: the working warehouse, replays.")
@click.option("--verify", "is_verified", is_flag=True, help="Restore it to a temporary folder, and verify that.")
@click.option("--identity", type=_FILE, help="The private key with which --verify opens an encrypted backup.")
@click.option("--wait", "wait_s", type=float, default=300.0, show_default=True, help="Seconds to wait for a seal.")
@click.option("--as-it-is", is_flag=True, help="Copy also a state that is not as it was sealed, and say so in it.")
def backup(
    target: Path,
    recipients: Path | None,
    with_secrets: bool,
    with_rebuildable: bool,
    is_verified: bool,
    identity: Path | None,
    wait_s: float,
    as_it_is: bool,
) -> None:
    """Write a backup of the state folder to TARGET: a file that is not there yet, or a folder.

    It holds everything that can't be made anew (docs/keep.md lists it), as it was at one instant, with the hash of
    every file, signed with CHARTER_SIGNING_KEY where that is set. Keys are left out. While a run has written something
    and not sealed it yet, the backup waits.
    """
    from charter.base.settings import Settings
    from charter.keep.backup import back_up
    from charter.keep.encryption import read_identities, read_recipients
    from charter.keep.restore import Trust, check

    if is_verified and recipients is not None and identity is None:
        raise click.UsageError("--verify of an encrypted backup needs its private key: --identity FILE")
    settings = Settings.from_environment()
    # When a backup was made is a fact of the day; no figure depends on it.
    made = back_up(
        settings,
        target,
        datetime.now(UTC),
        recipients=read_recipients(recipients) if recipients is not None else (),
        with_rebuildable=with_rebuildable,
        with_secrets=with_secrets,
        wait_s=wait_s,
        as_it_is=as_it_is,
        waiting=_told_once(),
    )
    _tell_backup(made)
    if is_verified:
        identities = read_identities(identity) if identity is not None else ()
        trust = Trust(identities, made.public_key, unsigned=made.public_key is None, as_it_is=as_it_is)
        _tell_checked(check(made.path, trust, made.path.parent))
    say(f"{GOOD} {escape(str(made.path))}: {_megabytes(made.path.stat().st_size)}")


@click.command("backup-key", short_help="Make a key for encrypted backups.")
@click.argument("file", type=click.Path(path_type=Path))
def backup_key(file: Path) -> None:
    """Write a private key to FILE, and print the public one, for `charter backup --recipients`.

    Keep the private key elsewhere than the backups and than this machine: who has it reads every backup, and without it
    nobody does.
    """
    from charter.keep.encryption import make_identity

    public = make_identity(file)
    say(f"{GOOD} the private key is in {escape(str(file))}; the public one:")
    click.echo(public)


@click.command(short_help="Put a backup back.")
@click.argument("archive", type=_FILE)
@click.option("--check", "is_check", is_flag=True, help="Only restore it to a temporary folder, and verify that.")
@click.option("--replace", "replacing", is_flag=True, help="Put aside the state that is there (it is kept).")
@click.option("--identity", type=_FILE, help="The private key of an encrypted backup: of age, or of SSH.")
@click.option("--public-key", type=_FILE, help="The key (PEM) that you trust, rather than the one in the backup.")
@click.option("--unsigned", is_flag=True, help="Take a backup that nobody signed.")
@click.option("--as-it-is", is_flag=True, help="Take a backup that says of itself that its state was not as sealed.")
def restore(
    archive: Path,
    is_check: bool,
    replacing: bool,
    identity: Path | None,
    public_key: Path | None,
    unsigned: bool,
    as_it_is: bool,
) -> None:
    """Put the backup ARCHIVE into the state folder, which must hold no state.

    The hash of every file, the signature and all seals are checked before anything is put there. Keys, logs and other
    programs' folders stay. The exit status is 8 when the archive is damaged, cut short or not as it was sealed.
    """
    from charter.keep.encryption import read_identities
    from charter.keep.restore import Trust, check

    trust = Trust(
        identities=read_identities(identity) if identity is not None else (),
        public_key=public_key.read_bytes() if public_key is not None else None,
        unsigned=unsigned,
        as_it_is=as_it_is,
    )
    if is_check:
        _tell_checked(check(archive, trust))
        say(f"{GOOD} {escape(str(archive))} can be restored")
        return
    _restore(archive, trust, replacing)


@click.command(short_help="Delete what is too old, erase pseudonyms.")
@click.option("--yes", "is_done", is_flag=True, help="Do it; without this it is only shown.")
@click.option(
    "--person",
    type=_FILE,
    help="Erase the persons in this file instead: one a line, as sources write them (an address, a number).",
)
@click.option(
    "--reason", metavar="TEXT", help="With --person: by which request and law. It is sealed, and names no person."
)
def prune(is_done: bool, person: Path | None, reason: str | None) -> None:
    """Delete files that are older than retention.yaml in the charter's folder says, and erase old pseudonyms.

    Nothing is changed without --yes. What is deleted and erased is sealed first, so that `charter verify` tells it. No
    figure changes by it: what was reported stays, and nights can be recomputed.
    """
    from charter import line
    from charter.keep.prune import plan, plan_person
    from charter.keep.prune import prune as delete

    if (person is None) != (reason is None):
        raise click.UsageError("--person and --reason go together")
    here = line.installation()
    # What is too old is told by the day on which somebody asks.
    at = datetime.now(UTC).replace(microsecond=0)
    if person is None:
        persons = None
        planned = plan(here.settings, here.agency, at)
    else:
        persons = _pseudonyms(here, person)
        planned = plan_person(here.settings, here.agency, persons, reason or "")
    _tell_plan(planned)
    if not is_done:
        say("Nothing was changed: --yes does it" if not planned.is_empty else "There is nothing to do")
        return
    erased = delete(here.settings, here.agency, planned, at, persons)
    say(f"{GOOD} {counted(sum(len(each.files) for each in planned.old), 'file')} deleted")
    if erased:
        say(f"{GOOD} pseudonyms erased in {counted(erased, 'file')}; the next night builds everything anew")


def kept_for(agency: Agency) -> list[str]:
    """What retention.yaml says, in a line or two; nothing where all is kept."""
    said = [f"{name.replace('_', ' ')} {keep}" for name, keep in sorted(agency.retention.keep.items())]
    lines = [f"Kept for (charter prune): {', '.join(said)}"] if said else []
    if (rule := agency.retention.pseudonyms) is not None:
        lines.append(f"Pseudonyms are erased after {rule.keep}: {rule.rule}")
    return lines


def _pseudonyms(here: Installation, file: Path) -> set[str]:
    """The pseudonyms of the persons that a file names."""
    from charter.extract import pseudonym

    key = here.settings.secret("CHARTER_PSEUDONYM_KEY", at_least=32)
    names = [each for each in file.read_text(encoding="utf-8").splitlines() if each.strip()]
    return {pseudonym(each, key, here.agency.calendar.country_code) for each in names}


def _tell_plan(planned: Plan) -> None:
    rows = [("", "kept for", "files", "size")]
    rows += [(each.name, str(each.keep), f"{len(each.files):,}", _megabytes(each.size)) for each in planned.old]
    if len(rows) > 1:
        columns(rows)
    if planned.erasure is None:
        return
    erasure = planned.erasure
    say(f"pseudonyms: {erasure.values:,} in {counted(len(erasure.files), 'file')} ({escape(planned.rule)})")
    for name in erasure.kept:
        say(f"{NOTE} {escape(name)} stays: a rule may tell persons apart by it")
    for table in erasure.gone:
        say(f"{NOTE} {escape(table)} stays as it is: subjects.yaml no longer says which of its columns are personal")
    if erasure.refused:
        refused = counted(erasure.refused, "refused row")
        say(f"{NOTE} {refused} stay: put them right (charter quarantine); their pseudonyms belong to what is in doubt")


def _restore(archive: Path, trust: Trust, replacing: bool) -> None:
    from charter.base.settings import Settings
    from charter.definitions import load_agency
    from charter.keep.restore import restore as put_back

    settings = Settings.from_environment()
    charter = load_agency(settings.charter_dir).charter.id
    restored = put_back(settings, charter, archive, trust, datetime.now(UTC), replacing=replacing)
    _tell_checked(restored.checked)
    if restored.aside is not None:
        say(f"{NOTE} what was there is kept in {escape(str(restored.aside))}")
    if restored.newer:
        lines = counted(restored.newer, "line")
        say(f"{NOTE} its outbox goes on: it has {lines} more in its log than that of the backup")
    for note in restored.notes:
        say(f"{NOTE} {escape(str(note))}")
    say(f"{GOOD} restored to {escape(str(settings.var_dir))}: the next night goes on from here")


def _tell_backup(made: Backup) -> None:
    _tell_manifest(made.manifest)
    for problem in made.manifest.differs:
        say(f"{NOTE} not as it was sealed: {escape(problem)}")
    for place in made.unknown[:5]:
        say(f"{NOTE} nobody knows what this is, and it is not in the backup: {escape(place)}")
    if made.public_key is None:
        say(f"{NOTE} it is not signed: CHARTER_SIGNING_KEY is not set")
    if not made.is_encrypted:
        say(f"{NOTE} it is not encrypted, and holds addresses and pseudonyms: --recipients FILE encrypts it")


def _tell_manifest(manifest: BackupManifest) -> None:
    found: dict[str, list[int]] = {}
    for file in manifest.files:
        found.setdefault(file.kind, []).append(file.size)
    rows = [("", "files", "size")]
    rows += [(kind, f"{len(sizes):,}", _megabytes(sum(sizes))) for kind, sizes in found.items()]
    columns(rows)
    if manifest.left_out:
        left = ", ".join(f"{each.kind} ({each.files:,}, {_megabytes(each.size)})" for each in manifest.left_out)
        say(f"Not in it: {escape(left)}")


def _tell_checked(checked: Checked) -> None:
    from charter.keep.restore import notes_on

    manifest = checked.manifest
    said = (
        f"{counted(len(manifest.files), 'file')}, {_megabytes(manifest.size)}, of {manifest.made_at:%Y-%m-%d %H:%M} UTC"
    )
    say(f"{GOOD} every file is what its list says: {said}")
    if checked.found is not None and checked.found.head is not None:
        seals = counted(manifest.seals, "seal")
        say(f"{GOOD} everything is as it was sealed: {seals}, the newest {printed_head(checked.found.head)}")
    for note in notes_on(checked):
        say(f"{NOTE} {escape(note)}")


def _told_once() -> Callable[[Problem], None]:
    """Says what a backup waits for, and not each of the many files that one seal will name."""
    told: list[Problem] = []

    def waiting(problem: Problem) -> None:
        if not told:
            say(f"{NOTE} waits for a seal: {escape(problem.where)}: {escape(problem.what)}")
        told.append(problem)

    return waiting


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"
