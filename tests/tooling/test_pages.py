"""The parts of the documentation that are made from code are as the code makes them; so are the JSON Schemas."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from charter.definitions.load import FILES
from tests.tooling.pages import DOCS, PARTS, with_part
from tests.tooling.reference import HOME, schema, schema_file, schema_text

_FOLDERS = [*HOME.glob("charters/*"), *HOME.glob("tests/agencies/*"), *HOME.glob("docs/examples/samples")]
_SHIPPED = sorted(path for folder in _FOLDERS for name in FILES if (path := folder / name).exists())


@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_as_the_code_makes_it(name: str) -> None:
    page, write = PARTS[name]
    text = (DOCS / page).read_text(encoding="utf-8")
    assert with_part(text, name, write()) == text, "write it anew: python -m tests.tooling.pages"


def test_a_page_without_the_part_is_told() -> None:
    with pytest.raises(ValueError, match="0 parts called 'settings'"):
        with_part("# A page\n", "settings", "…")


@pytest.mark.parametrize("name", FILES)
def test_a_schema_is_as_the_code_makes_it(name: str) -> None:
    assert schema_file(name).read_text(encoding="utf-8") == schema_text(name), "python -m tests.tooling.pages"


@pytest.mark.parametrize("path", _SHIPPED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_editor_finds_no_mistake_in_a_folder_that_charter_check_accepts(path: Path) -> None:
    """Dates are texts to an editor, as in YAML 1.2."""
    tree = YAML(typ="safe").load(path)
    as_texts = json.loads(json.dumps(tree, default=str))
    found = jsonschema.Draft202012Validator(schema(path.name)).iter_errors(as_texts)
    assert [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in found] == []


@pytest.mark.parametrize(
    "path", sorted(HOME.glob("charters/*/*.yaml")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_a_shipped_file_leads_an_editor_to_its_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    schema_of_it = path.parent / first.removeprefix("# yaml-language-server: $schema=")
    assert schema_of_it.resolve() == schema_file(path.name)


def test_an_editor_marks_a_key_that_nobody_knows() -> None:
    tree = {"reports": [{"id": "weekly", "period": "week", "shedule": "0 7 * * MON"}]}
    (error,) = jsonschema.Draft202012Validator(schema("reports.yaml")).iter_errors(tree)
    assert "'shedule' was unexpected" in error.message
