"""What tests make of the shipped charter: fewer standards, and other sources."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ruamel.yaml import YAML

from tests.definitions.folder import CharterFolder


def standards_of_one_source(folder: CharterFolder, standard_ids: Collection[str], source_id: str) -> None:
    """The shipped charter, cut down to a few standards that one source feeds."""
    yaml = YAML()
    for file, listed, wanted in [("charter.yaml", "standards", standard_ids), ("sources.yaml", "sources", [source_id])]:
        content = yaml.load(folder.path / file)
        content[listed] = [each for each in content[listed] if each["id"] in wanted]
        yaml.dump(content, folder.path / file)
    charter = yaml.load(folder.path / "charter.yaml")
    for standard in charter["standards"]:
        for rule in standard["rules"]:
            rule.pop("exclude", None)
            rule.pop("companions", None)
    del charter["exclusions"]
    yaml.dump(charter, folder.path / "charter.yaml")


def csv_source(source_id: str, feeds: Mapping[str, str]) -> dict[str, Any]:
    """A source of one whole CSV file for each table; ``feeds`` are their columns, called as ours."""
    return {
        "id": source_id,
        "text": {"ko": source_id, "en": source_id},
        "kind": "csv",
        "connection": source_id,
        "time_zone": "Asia/Seoul",
        "freshness": {"expect": "each_night"},
        "feeds": [
            {
                "table": table,
                "path": f"{table}.csv",
                "full": True,
                "columns": {name: name for name in columns.split(",")},
            }
            for table, columns in feeds.items()
        ],
    }
