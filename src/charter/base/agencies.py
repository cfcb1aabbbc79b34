"""Several agencies in one installation: what is an agency's own, and what they share.

CHARTER_AGENCY names the one that a command or a task works for. Its folder is then ``charters/<name>``, its state
``var/<name>``, and its settings are called CHARTER_<NAME>__<SETTING>: nothing of one agency is taken for another's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from charter.base.errors import SettingError

AGENCY = "CHARTER_AGENCY"
# Of the machine and of the mail server, not of an agency: taken from CHARTER_<SETTING> where an agency has none itself.
_SHARED = frozenset(
    {
        "CATCH_UP",
        "COMMIT",
        "HEARTBEAT_METHOD",
        "HOME",
        "LOG",
        "LOG_DAYS",
        "MEMORY_LIMIT",
        "NOTICE_AGAIN_HOURS",
        "NOTICE_LANGUAGE",
        "NOTICE_URLS",
        "NOTICE_URLS_FILE",
        "OPERATORS",
        "OTLP_ENDPOINT",
        "PROCESSES",
        "RETRY_SECONDS",
        "RUNS",
        "SMTP_PATIENCE",
        "SMTP_PER_MINUTE",
        "WRITER_WAIT",
        *(f"SMTP_{what}{form}" for what in ("HOST", "PORT", "SECURITY", "USER", "PASSWORD") for form in ("", "_FILE")),
    }
)
_NAME = re.compile(r"^[a-z][a-z0-9_-]*$")
_COMMAND = re.compile(
    r"\bcharter (explain|verify|quarantine|sources|nightly|weekly|monthly|digest|send|outbox|doctor|notices|waive"
    r"|rotate-key)\b"
)
_SETTING = re.compile(r"\bCHARTER_([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)\b")


def named_agency(environment: Mapping[str, str]) -> str | None:
    """The agency that CHARTER_AGENCY names; None in an installation of one. Raises SettingError for what is no name."""
    name = environment.get(AGENCY)
    if name and not _NAME.match(name):
        raise SettingError(
            f"'{name}' is not the name of an agency",
            where=AGENCY,
            remedy="give the name of a folder in charters/: small letters, digits, - and _",
        )
    return name or None


def own_environment(environment: Mapping[str, str], agency: str) -> dict[str, str]:
    """What ``agency`` sees of the environment: its own settings under their common names, the shared ones, and what is
    not ours. Another agency's settings and those of no agency are not there."""
    own = _prefix(agency)
    seen = {
        name: value
        for name, value in environment.items()
        if not name.startswith("CHARTER_") or name.removeprefix("CHARTER_") in _SHARED
    }
    mine = {name.removeprefix(own): value for name, value in environment.items() if name.startswith(own)}
    return {**seen, **{f"CHARTER_{name}": value for name, value in mine.items()}, AGENCY: agency}


def in_own_names(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """``text`` for people, with every setting called as the agency has to set it."""
    agency = environment.get(AGENCY)
    if not agency:
        return text
    own = _prefix(agency)
    kept = {"AGENCY", *_SHARED}
    return _SETTING.sub(lambda found: found[0] if found[1] in kept else f"{own}{found[1]}", text)


def in_own_commands(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """``text`` for people, in which a command of ours names the agency, where an installation has several."""
    agency = environment.get(AGENCY)
    return _COMMAND.sub(f"charter --agency {agency} \\1", text) if agency else text


@contextmanager
def working_for(agency: str | None) -> Iterator[None]:
    """Within it, this process works for ``agency``; None leaves the environment as it is."""
    before = os.environ.get(AGENCY)
    if agency is not None:
        os.environ[AGENCY] = agency
    try:
        yield
    finally:
        if agency is not None:
            os.environ.pop(AGENCY) if before is None else os.environ.update({AGENCY: before})


def _prefix(agency: str) -> str:
    return f"CHARTER_{agency.upper().replace('-', '_')}__"
