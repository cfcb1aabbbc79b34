"""The smallest charter: one promise, one source, no exclusions and no figures beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.definitions.folder import CharterFolder
from tests.line.installation import house
from tests.line.small_charters import standards_of_one_source

pytestmark = pytest.mark.slow

CALLS_OF_SUNDAY = """\
통화번호,착신부서,구분,호출시각,응답시각,종료시각,결과,발신번호
C-1,지사화팀,수신,2026-07-05 10:00:00,2026-07-05 10:00:05,2026-07-05 10:04:00,응답,02-123-4567
C-2,지사화팀,수신,2026-07-05 11:00:00,2026-07-05 11:00:20,2026-07-05 11:04:00,응답,02-123-4568
"""


def test_an_agency_with_one_promise_has_its_night_and_its_week(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = CharterFolder(tmp_path)
    standards_of_one_source(folder, ["phone-answer"], "telephone")
    calls = tmp_path / "calls"
    calls.mkdir()
    (calls / "calls_20260705.csv").write_text(CALLS_OF_SUNDAY, encoding="cp949")
    monkeypatch.setenv("CHARTER_DIR", str(folder.path))
    monkeypatch.setenv("CHARTER_CONN_TELEPHONE", str(calls))

    with house(tmp_path / "house", monkeypatch) as agency:
        agency.night("2026-07-05")
        said = agency.week("2026-07-05")

        assert agency.ask("select subject_id, status from marts.fct_commitments order by all") == [
            ("C-1", "met"),
            ("C-2", "breached"),
        ]
        assert said["delivered"]
        assert list(agency.inbox.glob("*.eml"))
