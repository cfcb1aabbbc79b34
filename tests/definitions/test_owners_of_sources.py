"""Whom a source belongs to, and where its cases are seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from charter.definitions.models import Source

from .folder import CharterFolder


def source(**more: Any) -> dict[str, Any]:
    return {
        **{"id": "voc", "text": {"ko": "고객의 소리"}, "kind": "csv", "connection": "voc", "time_zone": "Asia/Seoul"},
        "freshness": {"expect": "each_night"},
        "feeds": [{"table": "tickets", "path": "tickets.csv", "columns": {"ticket_id": "no"}}],
        **more,
    }


@pytest.mark.parametrize(
    ("address", "because"),
    [
        ("voc.example/{case}", "is no web address"),
        ("javascript:alert({case})", "is no web address"),
        ("https://voc.example/", "names the case once"),
        ("https://{case}.example/", "names the case once"),
        ("https://voc.example/{case}/{id}", "names the case once"),
        ("https://user:secret@voc.example/{case}", "holds a user name or a password"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(address: str, because: str) -> None:
    with pytest.raises(ValidationError, match=because):
        Source.model_validate(source(case_address=address))


def test_the_address_of_a_case_is_a_web_address() -> None:
    assert Source.model_validate(source(case_address="https://voc.example/t/{case}?view=1")).case_address is not None


def test_the_owner_of_a_source_is_a_department(tmp_path: Path) -> None:
    folder = CharterFolder(tmp_path)
    folder.change("sources.yaml", lambda said: said["sources"][0].update(owner="nobody"))
    [problem] = folder.problems()
    assert "'nobody', the owner of 'voc', is no department" in str(problem)
