"""Every setting that anything reads is known, so that it is listed, documented, and a slip of the pen is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from charter.base.known_settings import KNOWN, known_setting, unknown_settings

PROJECT = Path(__file__).parents[2]
# What the project's own programs tell each other: nobody sets them.
BETWEEN_US = {"CHARTER_WORK_WAREHOUSE", "CHARTER_TEMP_DIR", "CHARTER_TABLE_MODELS", "CHARTER_AGENCY_MODELS"}


def read_settings() -> set[str]:
    """The names in quotes in the code: whole ones, not beginnings such as CHARTER_CONN_."""
    named = re.compile(r"""["'](CHARTER_[A-Z0-9_]*[A-Z0-9])["'=]""")
    files = [path for folder in ("src", "dags") for path in (PROJECT / folder).rglob("*.py")]
    return {name for path in files for name in named.findall(path.read_text(encoding="utf-8"))} - BETWEEN_US


def test_what_the_code_reads_is_known() -> None:
    assert unknown_settings(read_settings()) == [], "add it to charter/base/known_settings.py, with its meaning"


def test_what_is_known_is_read_somewhere() -> None:
    text = "".join(
        path.read_text(encoding="utf-8") for path in PROJECT.glob("src/**/*.py") if "known_" not in path.name
    )
    text += "".join(path.read_text(encoding="utf-8") for path in PROJECT.glob("dags/*.py"))
    # The mail server's are composed of their parts.
    assert [known.name for known in KNOWN if known.name.removesuffix("<NAME>") not in text] == []


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("CHARTER_SIGNING_KEY", "CHARTER_SIGNING_KEY"),
        ("CHARTER_SIGNING_KEY_FILE", "CHARTER_SIGNING_KEY"),
        ("CHARTER_CONN_VOC", "CHARTER_CONN_<NAME>"),
        ("CHARTER_CONN_SCANS_PRIVATE_KEY_FILE", "CHARTER_CONN_<NAME>"),
        ("CHARTER_CONN_", None),
        ("CHARTER_VAR_FILE", None),
        ("CHARTER_SMTP_HSOT", None),
    ],
)
def test_a_name_is_known_with_its_file_and_its_connection(name: str, known: str | None) -> None:
    found = known_setting(name)
    assert (found.name if found else None) == known
