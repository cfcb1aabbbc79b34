"""`charter init`: the folder of a new agency."""

from __future__ import annotations

import shlex
from datetime import UTC, date, datetime
from pathlib import Path
from shutil import which

import click
from rich.markup import escape

from charter.commands.terminal import GOOD, say


@click.command("init", short_help="Begin the folder of a new agency.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--id", "agency_id", prompt="Short id (small letters)", help="Short id, in small letters.")
@click.option("--name", prompt="Name of the agency", help="Name of the agency.")
@click.option("--zone", prompt="Time zone (such as Europe/Berlin)", help="Its time zone, such as Europe/Berlin.")
@click.option("--country", prompt="Country for days off (such as DE or DE-SN)", help="For days off: DE, or DE-SN.")
@click.option("--language", default="en", show_default=True, help="Language of its texts and reports: ko, en, de …")
@click.option(
    "--from", "first_day", type=click.DateTime(["%Y-%m-%d"]), help="First day of the charter; default: this year's."
)
def init(
    folder: Path, agency_id: str, name: str, zone: str, country: str, language: str, first_day: datetime | None
) -> None:
    """Begin the folder of a new agency: five commented files and an inbox for CSV files.

    A night runs on it at once. What is not given is asked for.

    For example: charter init charters/museum --id museum --name "City Museum" --zone Europe/Berlin --country DE-SN
    """
    from charter.base.settings import Settings
    from charter.definitions.new_agency import NewAgency, write_new_agency
    from charter.words import languages

    begins = first_day.date() if first_day is not None else date(datetime.now(UTC).year, 1, 1)
    agency = NewAgency(agency_id, name, zone, country, begins, language)
    settings = Settings.from_environment()
    for file in write_new_agency(folder, agency, languages(settings), settings.home / "schemas"):
        say(f"{GOOD} {escape(str(file))}")
    say("Next, from the project's folder:")
    for line in _next_steps(folder.resolve()):
        say(f"  {escape(line)}")


def _next_steps(folder: Path) -> tuple[str, ...]:
    """What leads to a first night: state and keys beside the definitions, in folders that git ignores."""
    charter = "charter" if which("charter") else ".venv/bin/charter"
    return (
        f"cd {shlex.quote(str(folder))}",
        "(umask 077; mkdir secrets; openssl rand -hex 32 > secrets/pseudonyms)",
        "(umask 077; openssl genpkey -algorithm ed25519 -out secrets/signing.pem)",
        'export CHARTER_DIR="$PWD" CHARTER_VAR="$PWD/var" CHARTER_CONN_INBOX="$PWD/inbox"',
        'export CHARTER_PSEUDONYM_KEY_FILE="$PWD/secrets/pseudonyms"',
        'export CHARTER_SIGNING_KEY_FILE="$PWD/secrets/signing.pem"',
        "cd -",
        f"{charter} check && {charter} nightly; {charter} results",
    )
