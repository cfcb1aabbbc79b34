"""Where mails may go."""

from __future__ import annotations

from pathlib import Path

import pytest

from charter.base.errors import SettingError
from charter.definitions.models import Agency, MailRules
from charter.deliver import AllowedDomains
from tests.definitions.folder import TOWN, CharterFolder

from .builders import settings_in


def town(tmp_path: Path, *domains: str) -> Agency:
    agency = CharterFolder(tmp_path, of=TOWN).load()
    rules = MailRules(domains=list(domains))
    return agency.model_copy(update={"organisation": agency.organisation.model_copy(update={"mail": rules})})


def test_where_nobody_names_a_domain_mails_go_everywhere(tmp_path: Path) -> None:
    allowed = AllowedDomains.of(settings_in(tmp_path), town(tmp_path))
    assert allowed.objection("kim@anywhere.example") is None


def test_both_the_agency_and_the_installation_must_allow_a_domain(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, CHARTER_MAIL_DOMAINS="Town.example, test.example")
    allowed = AllowedDomains.of(settings, town(tmp_path, "town.example", "county.example"))
    assert allowed.objection("Kim@TOWN.example") is None
    assert "(CHARTER_MAIL_DOMAINS names test.example, town.example)" in str(allowed.objection("kim@county.example"))
    assert "(departments.yaml, mail: domains names" in str(allowed.objection("kim@test.example"))


def test_a_subdomain_is_another_domain(tmp_path: Path) -> None:
    allowed = AllowedDomains.of(settings_in(tmp_path), town(tmp_path, "town.example"))
    assert allowed.objection("kim@evil.town.example") is not None
    assert allowed.objection("kim@eviltown.example") is not None


def test_what_is_no_domain_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"'\*\.example' is no mail domain"):
        AllowedDomains.of(settings_in(tmp_path, CHARTER_MAIL_DOMAINS="*.example"), town(tmp_path))
