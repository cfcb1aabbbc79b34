"""Asks every probe in its turn. One that fails is a finding of its own, and keeps none of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module

from charter.base.errors import CharterError
from charter.health.finding import Finding, State, of_problems
from charter.health.place import NeedsCharter, Place

Probe = Callable[[Place, datetime], Iterable[Finding]]

# In the order in which they are shown. Those that ask nobody outside this machine, and read little.
OWN_STATE = (
    *("charter", "settings", "keys", "disk", "clock", "calendar", "nights", "sources", "tasks", "runs"),
    *("reports", "outbox", "evidence", "waivers", "heartbeats"),
)
# These take seconds, or ask other machines: for a person who asks.
ALL = (*OWN_STATE, "versions", "connections")


@dataclass(frozen=True)
class Examination:
    """What was found at ``now`` (aware), and the probes that looked at all they look at."""

    now: datetime
    findings: tuple[Finding, ...]
    whole: frozenset[str]


def examine(
    place: Place, now: datetime, names: Sequence[str] = OWN_STATE, load: Callable[[str], Probe] | None = None
) -> Examination:
    """Asks the probes ``names`` how the installation stands at ``now`` (aware)."""
    findings: list[Finding] = []
    whole: set[str] = set()
    for name in names:
        try:
            findings += list((load or probe)(name)(place, now))
            whole.add(name)
            # That the probe itself fails is over, too.
            whole.add(_of_probe(name))
        except NeedsCharter:
            needs = Finding(cause=f"{name}/all", state=State.UNKNOWN, code="needs_charter", quiet=True)
            findings.append(needs)
        # Whatever goes wrong in one of them: it is told, and the others are asked.
        except Exception as error:
            findings.append(_failed(name, error))
    return Examination(now, tuple(findings), frozenset(whole))


def probe(name: str) -> Probe:
    """Loaded when it is asked: a library that is missing or broken fails the one probe that needs it."""
    found: Probe = import_module(f"charter.health.probes.{name}").look
    return found


def _of_probe(name: str) -> str:
    return f"probe_{name}"


def _failed(name: str, error: Exception) -> Finding:
    cause = f"{_of_probe(name)}/failed"
    if isinstance(error, CharterError):
        return of_problems(cause, "probe_failed", error.problems, state=State.UNKNOWN)
    from charter.telling import mendable

    try:
        known = mendable(error)
    except Exception:
        known = None
    if known is not None:
        return of_problems(cause, "probe_failed", known.problems, state=State.UNKNOWN)
    said = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
    return Finding(
        cause=cause,
        state=State.UNKNOWN,
        code="probe_broke",
        where=f"charter.health.probes.{name}",
        values={"probe": name, "problem": said},
    )
