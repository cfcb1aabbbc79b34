"""The installation that would run the next night: its charter folder, its code, its keys."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from charter.base.errors import EvidenceError, Problem, SettingError
from charter.base.settings import Settings
from charter.evidence.code import LOCK, code_seal
from charter.evidence.collect import definition_seals
from charter.evidence.keys import SIGNING_KEY, key_seals
from charter.evidence.manifest import CodeSeal, Manifest
from charter.evidence.verifying.compared import Compared
from charter.evidence.verifying.seals import Seals

_NEXT = "find out who changed it and why; the next night is judged by it, and its seal names it"
_UPGRADED = "after an upgrade the next night seals the new code; else find out who changed it"
_ELSEWHERE = "a copied state folder has none"


def verify_installation(settings: Settings, seals: Seals, here: bool) -> tuple[Compared, ...]:
    """What the newest seal says of the charter's folder, the code and the keys, against what they are now.

    A signing key that followed since is the one to be in use. ``here`` is false for a state folder that was copied from
    elsewhere: nothing of these is compared then.
    """
    names = ("charter folder", "code", "keys")
    if not here or not seals.manifests:
        left = _ELSEWHERE if not here else "nothing was sealed"
        return tuple(Compared(name, 0, left=left) for name in names)
    newest = seals.manifests[-1]
    keys = {seal.name: seal.sha256 for seal in newest.keys}
    if seals.successor is not None and SIGNING_KEY in keys:
        keys[SIGNING_KEY] = hashlib.sha256(seals.successor.encode()).hexdigest()
    return _charter(settings, newest), _code(settings, newest), _keys(settings, keys)


def _charter(settings: Settings, newest: Manifest) -> Compared:
    sealed = {file.path: file.sha256 for file in newest.charter.files}
    try:
        now = {file.path: file.sha256 for file in definition_seals(settings)}
    except EvidenceError as error:
        return Compared("charter folder", 0, changed=error.problems)
    changed = [
        Problem(
            f"{_what(sealed.get(name), now.get(name))} since the newest seal", str(settings.charter_dir / name), _NEXT
        )
        for name in sorted({*sealed, *now})
        if sealed.get(name) != now.get(name)
    ]
    return Compared("charter folder", len(sealed), changed=tuple(changed))


def _what(then: str | None, now: str | None) -> str:
    if then is None:
        return "the file was added"
    return "the file is gone" if now is None else "the file has changed"


def _code(settings: Settings, newest: Manifest) -> Compared:
    try:
        now = code_seal(settings)
    except (OSError, EvidenceError, SettingError) as error:
        return Compared("code", 0, changed=(Problem(f"it cannot be read: {error}", str(settings.home), _NEXT),))
    sealed = newest.code
    changed = []
    if now.sha256 != sealed.sha256:
        what = f"it is not the code of the newest seal ({_told(sealed)})"
        changed.append(Problem(what, f"{settings.home}, {_told(now)}", _UPGRADED))
    if sealed.lock is not None and now.lock != sealed.lock:
        what = f"the list of packages is not that of the newest seal ({sealed.lock[:12]})"
        changed.append(Problem(what, f"{settings.home / LOCK}, {(now.lock or 'missing')[:12]}", _UPGRADED))
    notes = []
    if not changed and sealed.commit and now.commit and now.commit != sealed.commit:
        here = f"{sealed.commit[:12]} was sealed, {now.commit[:12]} is here"
        notes.append(f"code: another commit of the same code ({here})")
    return Compared("code", 1 + (sealed.lock is not None), changed=tuple(changed), notes=tuple(notes))


def _told(code: CodeSeal) -> str:
    """The code's version, commit and content, as far as they are known."""
    commit = f", commit {code.commit[:12]}{' with changes' if code.changed else ''}" if code.commit else ""
    return f"version {code.version}{commit}, {code.sha256[:12]}"


def _keys(settings: Settings, sealed: Mapping[str, str]) -> Compared:
    try:
        now = {seal.name: seal.sha256 for seal in key_seals(settings)}
    except SettingError as error:
        return Compared("keys", 0, left=f"{error.problems[0].where}: {error.problems[0].what}")
    known = sorted(sealed.keys() & now.keys())
    changed = [
        Problem("it is not the key of the newest seal", name, _remedy(name))
        for name in known
        if sealed[name] != now[name]
    ]
    unset = sorted(sealed.keys() - now.keys())
    return Compared(
        "keys", len(known), changed=tuple(changed), left=f"{', '.join(unset)} not set here" if unset else ""
    )


def _remedy(name: str) -> str:
    if name == SIGNING_KEY:
        return "set it to the key in use; to go on with a new one: charter rotate-key"
    return "set it to the key in use: with another one no person is recognised again"
