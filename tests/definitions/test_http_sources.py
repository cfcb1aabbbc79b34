"""`charter check` on sources that are asked over a network: what belongs to which kind, and what goes together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.definitions.folder import CharterFolder

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
API = """
  - id: voc-api
    text: {ko: 고객의 소리, en: Voice of Customer}
    kind: http
    connection: voc-api
    time_zone: Asia/Seoul
    authentication: {by: api_key, header: X-Key}
    requests: {per_minute: 60, timeout: 10 seconds}
    freshness: {expect: each_night}
    feeds:
      - table: notices
        path: notices
        parameters: {from: "{since}", size: 100}
        parameter_format: unix
        records: data.items
        pages: {by: link, next: next, more: meta.more}
        cursor: {column: changed, overlap: 1 hour}
        columns:
          notice_id: id
          programme: {source: info.programme, optional: true}
          published_on: published
          department_id: "teams[0]"
  - id: surveys-api
    text: {ko: 설문, en: Surveys}
    kind: limesurvey
    connection: surveys-api
    time_zone: Asia/Seoul
    freshness: {expect: each_night}
    feeds:
      - table: survey_responses
        survey: 385126
        full: true
        columns: {response_id: id, kind: "G01[SQ001]", responded_at: submitdate}
"""


@pytest.fixture
def folder(tmp_path: Path) -> CharterFolder:
    folder = CharterFolder(tmp_path)
    with (folder.path / "sources.yaml").open("a", encoding="utf-8") as sources:
        sources.write(API)
    return folder


def test_sources_that_are_apis_are_sound(folder: CharterFolder) -> None:
    assert folder.problems() == []


@pytest.mark.parametrize("name", ["zendesk", "limesurvey", "open-data"])
def test_the_worked_examples_are_sound(tmp_path: Path, name: str) -> None:
    folder = CharterFolder(tmp_path)
    example = (EXAMPLES / name / "sources.yaml").read_text(encoding="utf-8")
    with (folder.path / "sources.yaml").open("a", encoding="utf-8") as sources:
        sources.write(example[example.index("\n  - id:") :])
    assert folder.problems() == []
    assert folder.load().sources[-1].connection == name


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("        path: notices\n", "", "'path' is not given"),
        ("        survey: 385126\n", "", "'survey' is not given"),
        ("survey: 385126", "survey: abc", "'survey' is 'abc'"),
        ("        survey: 385126\n", "        survey: 385126\n        records: data\n", "has no 'records'"),
        ("        survey: 385126\n", "        survey: 385126\n        pages: {by: number}\n", "has no 'pages'"),
        (
            "full: true\n        columns: {resp",
            "cursor: {column: id, overlap: 1 day}\n        columns: {resp",
            "cursor",
        ),
        ('parameters: {from: "{since}", size: 100}', "parameters: {size: 100}", "go together"),
        ("        cursor: {column: changed, overlap: 1 hour}\n", "", "go together"),
        ("        records: data.items\n", "        records: data.items\n        full: true\n", "asks for what moved"),
        ("path: notices\n", "path: notices?all=1\n", "holds '?'"),
        ("path: notices\n", "path: https://elsewhere.example/notices\n", "holds '://'"),
        ('{from: "{since}"', '{to: "{as_off}", from: "{since}"', "{as_off} stands for nothing"),
        ("records: data.items", "records: data..items", "'data..items' has an empty key"),
        ("more: meta.more", "more: 'meta['", "'meta[' is no JMESPath expression"),
        ("published_on: published", "published_on: 'a[?b'", "'a[?b' is no JMESPath expression"),
        ("by: api_key, header: X-Key", "by: api_key", "either a header or a parameter"),
        ("by: api_key, header: X-Key", "by: bearer, header: X-Key", "either a header or a parameter"),
        ("by: api_key, header: X-Key", "by: oauth", "'by' is 'oauth'"),
        ("by: link, next: next", "by: links, next: next", "links"),
        ("by: link, next: next", "by: link", "'next' is not given"),
        ("by: link, next: next", "by: number, size: 100", "size and size_parameter are given together"),
        ("timeout: 10 seconds", "timeout: 10 days", "in seconds, minutes or hours"),
        ("per_minute: 60", "per_minute: 0", "greater than or equal to 1"),
        (
            "    kind: limesurvey\n",
            "    kind: limesurvey\n    authentication: {by: basic}\n",
            "one way to authenticate",
        ),
        ("        path: notices\n", "        path: notices\n        query: SELECT 1\n", "has no 'query'"),
        ("    kind: sql\n", "    kind: sql\n    requests: {attempts: 2}\n", "a sql source has no 'requests'"),
    ],
)
def test_each_mistake_is_told_with_its_line_and_a_remedy(folder: CharterFolder, old: str, new: str, what: str) -> None:
    line = folder.replace("sources.yaml", old, new)

    problems = folder.problems()

    named = [problem for problem in problems if what in problem.what]
    assert named, [str(problem) for problem in problems]
    assert all(problem.where.startswith("kotra/sources.yaml:") and problem.remedy for problem in named)
    assert any(abs(int(problem.where.rpartition(":")[2]) - line) <= 4 for problem in named), [p.where for p in named]


@pytest.mark.parametrize(
    ("pages", "sound"),
    [
        ("by: link, next: next, more: meta.more", True),
        ("by: number, more: meta.more", False),
        ("by: offset, size: 100", False),
        ("by: cursor, next: token, parameter: after, total: count", False),
    ],
)
def test_rows_picked_by_an_expression_do_not_go_with_pages_told_by_counting(
    folder: CharterFolder, pages: str, sound: bool
) -> None:
    # A page of which no row is picked would be taken for the end, and the rows after it would be lost.
    folder.replace("sources.yaml", "records: data.items", "records: \"data.items[?kind=='open']\"")
    folder.replace("sources.yaml", "by: link, next: next, more: meta.more", pages)
    problems = [problem.what for problem in folder.problems()]
    assert (problems == []) is sound
    assert all("told by counting" in what for what in problems)
