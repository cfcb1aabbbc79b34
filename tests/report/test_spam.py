"""What a spam filter makes of our mails: SpamAssassin itself, with its own rules and no network."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from charter.base.moments import parse_week
from charter.definitions.models import MailRules, Recipient
from charter.deliver import MessageKey, Outbox
from charter.deliver.messages import dated
from charter.report import post_week, prepare_week

from .builders import Scenario, usual_week
from .test_digest import week_of

PROGRAM = shutil.which("spamassassin")
# Every mail with HTML has the first, and one with a picture the last, for a thousandth of a point; the others say that
# the file comes from no server.
UNAVOIDABLE = {"HTML_MESSAGE", "NO_RECEIVED", "NO_RELAYS", "DC_PNG_UNO_LARGO"}
RULES = MailRules(reply_to="office@agency.example", unsubscribe="office@agency.example")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="needs the program spamassassin (Debian: apt-get install spamassassin)"),
]


def mails(week: Scenario, **environment: str) -> Iterator[tuple[MessageKey, bytes]]:
    """Every mail of the week, dated as if it were sent now."""
    organisation = week.agency.organisation.model_copy(update={"mail": RULES})
    agency = week.agency.model_copy(update={"organisation": organisation})
    settings = replace(week.settings, environment={"CHARTER_MAIL_FROM": "charter@agency.example", **environment})
    post_week(settings, agency, prepare_week(settings, agency, parse_week("2026-W27")))
    with Outbox.open(settings) as outbox:
        for record in outbox.records():
            yield record.key, dated(outbox.mime(record.key), datetime.now(UTC))


def judged(mail: bytes) -> tuple[float, set[str]]:
    """The score of a mail, and the rules that it is for."""
    done = subprocess.run([str(PROGRAM), "-L", "-t"], input=mail, capture_output=True, check=True, timeout=120)
    said = done.stdout.decode("utf-8", "replace")
    score = re.search(r"^Content analysis details:\s+\(([-\d.]+) points", said, re.MULTILINE)
    assert score is not None, said[:500]
    return float(score[1]), set(re.findall(r"^ *-?\d+\.\d ([A-Z][A-Z0-9_]+) ", said, re.MULTILINE))


def spoken_against(found: dict[str, tuple[float, set[str]]]) -> dict[str, set[str]]:
    """The mails that a rule speaks against which could be avoided, or whose score is not near zero."""
    return {key: rules for key, (score, rules) in found.items() if rules - UNAVOIDABLE or score >= 0.5}


def test_no_rule_speaks_against_the_agencys_mails(tmp_path: Path) -> None:
    some = [
        (str(key), mail)
        for key, mail in mails(usual_week(tmp_path).build())
        if key.recipient.startswith(("president@", "branch-team@", "voc-team@"))
    ]
    found = {key: judged(mail) for key, mail in some}
    assert len(found) == 3
    assert spoken_against(found) == {}


def test_no_rule_speaks_against_mails_in_three_languages_and_digests(tmp_path: Path) -> None:
    read = [Recipient(name=code, address=f"{code}@agency.example", language=code) for code in ("de", "en", "ko")]
    office = Recipient(name="Büro", address="buero@agency.example", digest=True)
    week = week_of(tmp_path, {"south": [*read, office], "east": [office]})
    found = {str(key): judged(mail) for key, mail in mails(week)}
    assert len(found) == 4
    assert spoken_against(found) == {}
