"""What a database complains of: its code, the name it does not know, and the words that may be repeated."""

from __future__ import annotations

import re
import sqlite3

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

# What these say names tables, columns and servers. Other messages of a database may repeat a row's values.
_SAFE_STATES = ("08", "28", "3D", "42", "53", "57")
_SAFE_SQLITE = ("no such", "unable to open", "near ", "database is locked", "file is not a database", "ambiguous")
_SAFE_MYSQL = {
    "1044",
    "1045",
    "1049",
    "1052",
    "1053",
    "1054",
    "1060",
    "1064",
    "1142",
    "1143",
    "1146",
    "1205",
    "1213",
    "1792",
    "1927",
}
_LOST_MYSQL = {"1053", "1152", "1158", "1159", "1160", "1161", "1205", "1213", "1927"}
# The codes under which databases say that a table or a column is unknown, and how they name it.
_UNKNOWN_CODES = {"42P01", "42703", "1054", "1146", "ORA-00904", "ORA-00942", "42S02", "42S22", "207", "208"}
_UNKNOWN_NAMES = (
    re.compile(r"no such (?:table|column): (?:\w+\.)?(\w+)"),
    re.compile(r"(?:relation|column) \"?(?:\w+\.)*(\w+)\"? does not exist"),
    re.compile(r"Unknown column '(?:[^'.]+\.)*([^'.]+)'"),
    re.compile(r"Table '(?:[^'.]+\.)*([^'.]+)' doesn't exist"),
    re.compile(r"ORA-00904: (?:\"[^\"]+\"\.)*\"([^\"]+)\""),
    re.compile(r"table or view (?:\"[^\"]+\"\.)*\"([^\"]+)\" does not exist"),
    re.compile(r"Invalid (?:column|object) name '(?:[^'.]+\.)*([^'.]+)'"),
)
_LONGEST = 300
_ORACLE_CODE = re.compile(r"^(ORA-\d{5}|DPY-\d{4})\b")


def error_code(error: SQLAlchemyError) -> str:
    """The database's own code of an error: an SQLSTATE, a number, ORA-00942; empty when there is none."""
    original = getattr(error, "orig", None)
    first = next(iter(_arguments(original)), None)
    if isinstance(first, int):
        return str(first)
    if state := getattr(original, "sqlstate", None):
        return str(state)
    if oracle := _ORACLE_CODE.match(str(original)):
        return oracle[1]
    return first if isinstance(first, str) and re.fullmatch(r"[0-9A-Z]{5}", first) else ""


def unknown_name(error: SQLAlchemyError) -> str | None:
    """The table or column that the database does not know, if that is what it complains of."""
    said = str(error.orig) if isinstance(error, DBAPIError) else ""
    if error_code(error) not in _UNKNOWN_CODES and not said.startswith(("no such table", "no such column")):
        return None
    found = (pattern.search(said) for pattern in _UNKNOWN_NAMES)
    return next((match[1] for match in found if match), None)


def is_lost(url: URL, error: DBAPIError) -> bool:
    """Whether the database went away, or is too busy: to ask again later may help."""
    code = error_code(error)
    lost = code in _LOST_MYSQL if _is_mysql(url) else code[:2] in ("08", "57")
    return error.connection_invalidated or lost or "database is locked" in str(error.orig)


def safe_words(url: URL, error: SQLAlchemyError, *, connecting: bool = False) -> str:
    """The database's own words when they can't hold a row's values, else only the kind of error and its code.

    While ``connecting`` no row was read yet. The password in ``url`` is never repeated.
    """
    original = error.orig if isinstance(error, DBAPIError) else None
    code = error_code(error)
    words = _words(original)
    said = " ".join(words.split())[:_LONGEST] if connecting else (words.splitlines() or [""])[0]
    if isinstance(original, sqlite3.Error):
        safe = said.startswith(_SAFE_SQLITE)
    elif _is_mysql(url):
        safe = code in _SAFE_MYSQL
    elif url.get_backend_name() == "postgresql":
        safe = code.startswith(_SAFE_STATES) if code else "connection" in said
    else:
        safe = False
    if not (safe or connecting):
        said = f"{type(original or error).__name__} {code}".strip()
    password = str(url.password or "")
    return said.replace(password, "***") if password else said


def _words(original: BaseException | None) -> str:
    """What an error says, without the number that some drivers give first, and whether as text or as bytes."""
    arguments = _arguments(original)
    numbered = len(arguments) > 1 and isinstance(arguments[0], int)
    words = arguments[1] if numbered else original
    return words.decode(errors="replace") if isinstance(words, bytes) else str(words)


def _arguments(original: object) -> tuple[object, ...]:
    """The arguments of a driver's error. Some give all of them as one."""
    arguments = original.args if isinstance(original, BaseException) else ()
    return arguments[0] if len(arguments) == 1 and isinstance(arguments[0], tuple) else arguments


def _is_mysql(url: URL) -> bool:
    return url.get_backend_name() in ("mysql", "mariadb")
