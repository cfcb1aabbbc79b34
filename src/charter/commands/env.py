"""The settings of an installation: what is set, what is missing, and what a shell would have to export."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

import click
from rich.markup import escape

from charter.base.agencies import in_own_names, named_agency, own_environment
from charter.base.errors import CharterError
from charter.base.known_settings import GROUPS, KnownSetting, known_setting, unknown_settings
from charter.base.settings import Settings
from charter.commands.terminal import BAD, NOTE, columns, counted, say

_NOT_SHOWN = "(not shown)"


@dataclass(frozen=True)
class _Row:
    """A setting, its value as it may be shown, and where that comes from."""

    name: str
    value: str
    origin: str


@click.command(short_help="The settings: what is set and what is missing.")
@click.option("--export", "exports", is_flag=True, help='Lines for a shell: eval "$(charter env --export)"')
@click.option("--all", "shows_all", is_flag=True, help="Also what nobody has to set, with what holds then.")
def env(exports: bool, shows_all: bool) -> None:
    """The settings of this installation: what is set, where it comes from, and what is missing.

    Secrets and addresses are not shown. Commands find the settings of a demonstration by themselves; --export writes
    them for programs that are not ours.
    """
    settings = Settings.from_environment()
    agency = named_agency(os.environ)
    own = os.environ if agency is None else own_environment(os.environ, agency)
    brought = {name: value for name, value in settings.environment.items() if name not in own}
    if exports:
        for name, value in brought.items():
            click.echo(f"export {in_own_names(name)}={shlex.quote(value)}")
        return
    needed, problem = _needed(settings)
    for group in GROUPS:
        rows = [row for known in group.settings for row in _rows(known, settings, own, needed, shows_all)]
        if rows:
            say(f"[bold]{group.title}[/bold]")
            columns([(f"  {row.name}", row.value, row.origin) for row in rows])
    if problem:
        say(f"{NOTE} {escape(problem)}")
    for name in unknown_settings(own):
        if "__" not in name:
            say(f"{NOTE} {name} is set, and nothing reads it: charter env --all lists what is read")
    missing = [name for name in needed if not _is_set(name, settings.environment)]
    if missing:
        say(f"{BAD} {counted(len(missing), 'setting is', 'settings are')} missing: docs/operate.md says what each is")


def _rows(
    known: KnownSetting, settings: Settings, own: Mapping[str, str], needed: list[str], shows_all: bool
) -> list[_Row]:
    environment = settings.environment
    names = sorted(name for name in environment if known_setting(name) is known and environment[name])
    rows = [
        _Row(
            in_own_names(name),
            _NOT_SHOWN if known.is_secret and not name.endswith("_FILE") else environment[name],
            "environment" if name in own else "the demonstration",
        )
        for name in names
    ]
    missing = [name for name in needed if known.covers(name) and not _is_set(name, environment)]
    rows += [_Row(in_own_names(name), "is missing", "") for name in missing]
    if not rows and shows_all:
        rows = [_Row(in_own_names(known.name), known.default or "not set", "default" if known.default else "")]
    return rows


def _is_set(name: str, environment: Mapping[str, str]) -> bool:
    return bool(environment.get(name) or environment.get(f"{name}_FILE"))


def _needed(settings: Settings) -> tuple[list[str], str]:
    """The settings without which no night and no report is made, and what keeps us from knowing all of them."""
    from charter.deliver.server import mail_folder

    needed = ["CHARTER_PSEUDONYM_KEY", "CHARTER_SIGNING_KEY", "CHARTER_MAIL_FROM"]
    if mail_folder(settings) is None:
        needed += ["CHARTER_SMTP_HOST", "CHARTER_SMTP_PORT", "CHARTER_SMTP_SECURITY"]
    try:
        return [*_connections(settings), *needed], ""
    except CharterError as error:
        number = counted(len(error.problems), "problem")
        return needed, f"the sources are not known: {settings.charter_dir} does not load ({number}): charter check"


def _connections(settings: Settings) -> list[str]:
    from charter.definitions import load_agency
    from charter.extract.readers.opening import connection_variable

    sources = load_agency(settings.charter_dir).sources
    return list(dict.fromkeys(connection_variable(source) for source in sources))
