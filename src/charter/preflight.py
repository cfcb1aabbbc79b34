"""What a run will need of its settings, asked before its first step: one message lists everything that is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from charter.base.errors import CharterError, Problem, SettingError
from charter.base.settings import Settings
from charter.definitions import Agency


def require_night_settings(settings: Settings, agency: Agency, as_of: datetime) -> None:
    """Raises SettingError when a source's address or secret, the key of pseudonyms or the signing key is missing or
    unusable. Sources that a replay of the night ``as_of`` (aware) does not ask need nothing."""
    from charter.evidence import signing_key, tsa_certificates, tsa_url, witness_folder
    from charter.extract import read_receipt, require_settings

    asked = [source for source in agency.sources if not (settings.replay and read_receipt(settings, source.id, as_of))]
    checks: list[Callable[[], object]] = [
        lambda source=source: require_settings(settings, agency, source)  # type: ignore[misc]
        for source in asked
    ]
    sealing: tuple[Callable[[Settings], object], ...] = (signing_key, tsa_url, tsa_certificates, witness_folder)
    checks += [lambda read=read: read(settings) for read in sealing]  # type: ignore[misc]
    _require(checks)


def require_week_settings(settings: Settings, agency: Agency) -> None:
    """Raises SettingError when the mail server's settings, the sender, the templates or a key are missing."""
    from charter.deliver import AllowedDomains, DkimSigner, Letterhead, Pace
    from charter.deliver.server import require_mail_server
    from charter.evidence import signing_key

    _require(
        [
            lambda: require_mail_server(settings),
            lambda: Letterhead.of(settings, agency),
            lambda: DkimSigner.from_settings(settings),
            lambda: AllowedDomains.of(settings, agency),
            lambda: Pace.from_settings(settings),
            lambda: signing_key(settings),
            lambda: _require_templates(settings),
        ]
    )


def _require_templates(settings: Settings) -> None:
    for folder in ("templates", "styles", "words"):
        if not (settings.home / "reports" / folder).is_dir():
            raise SettingError(
                f"the reports' {folder} are not there",
                where=str(settings.home / "reports" / folder),
                remedy="set CHARTER_HOME to the project's folder",
            )


def _require(checks: Sequence[Callable[[], object]]) -> None:
    problems: dict[Problem, None] = {}
    for check in checks:
        try:
            check()
        except CharterError as error:
            problems |= dict.fromkeys(error.problems)
    if problems:
        raise SettingError.of(list(problems))
