"""What Great Expectations found, as it says so itself: as JSON and as its own pages."""

from __future__ import annotations

import json

import click

from charter.commands.terminal import GOOD, counted, say


@click.group(short_help="The expectation results that are kept of each night.")
def checks() -> None:
    """The expectation results that are kept of each night."""


@checks.command("show")
@click.argument("night", metavar="NIGHT")
@click.option("--suite", "name", metavar="NAME", help="Only this suite, such as thresholds.")
def show(night: str, name: str | None) -> None:
    """Print Great Expectations' own results of a night as JSON.

    NIGHT is the night's last day (2026-07-05) or its instant (2026-07-06T00:00:00+09:00). Of several suites a list is
    printed, of one (--suite) the suite's ExpectationSuiteValidationResult itself.
    """
    from charter import line
    from charter.assertions.validations import read_validations
    from charter.base.errors import CheckError
    from charter.base.moments import parse_as_of

    here = line.installation()
    kept = read_validations(here.settings, parse_as_of(night, here.agency.zone))
    if name is None:
        _print(kept)
        return
    named = [each for each in kept if each["suite_name"] == name]
    if not named:
        suites = ", ".join(str(each["suite_name"]) for each in kept)
        raise CheckError(f"the night had no suite '{name}'", where="--suite", remedy=f"name one of: {suites}")
    _print(named[0])


@checks.command("docs")
@click.argument("night", metavar="NIGHT", required=False)
def docs(night: str | None) -> None:
    """Write Great Expectations' Data Docs of a night: site/data-docs, which opens without a network.

    NIGHT is as in show; without it that of the published figures. Each weekly run writes them, too.
    """
    from charter import line
    from charter.base.moments import parse_as_of

    here = line.installation()
    as_of = line.published_night() if night is None else parse_as_of(night, here.agency.zone).isoformat()
    written = line.data_docs(as_of)
    say(f"{GOOD} {counted(int(written['pages']), 'page')} in {here.settings.site_dir / 'data-docs'}")


def _print(content: object) -> None:
    # JSON for other programs: neither broken into lines for a terminal nor marked up.
    click.echo(json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True))
