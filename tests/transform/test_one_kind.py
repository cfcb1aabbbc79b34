"""A charter needs none of the seven kinds: one standard, without companions and without exclusions, is a charter."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from ruamel.yaml import YAML

from charter.definitions import Agency
from charter.definitions.models import Kind
from tests.commitments.edges import HEARD_ALL
from tests.commitments.warehouse import MARTS, Warehouse, compile_models
from tests.definitions.folder import CharterFolder

pytestmark = pytest.mark.slow

BESIDE = ["companion_weekly", "dim_exclusion"]


def only_the_first_of(kind: str, folder: CharterFolder) -> Agency:
    """The shipped agency, of whose promises one of ``kind`` is left, and nothing beside it."""
    yaml = YAML()
    path = folder.path / "charter.yaml"
    charter = yaml.load(path)
    standard = next(each for each in charter["standards"] if each["kind"] == kind.replace("measure", "occurrence"))
    if kind == "measure":
        standard["kind"] = kind
        for rule in standard["rules"]:
            count = {"id": "count", "on": rule["parts"][0]["on"], "slot": "month", "figure": {"count": {}}}
            rule["parts"] = [{**count, "at_least": 1}]
    for rule in standard["rules"]:
        rule.pop("companions", None)
        rule.pop("exclude", None)
    charter["standards"] = [standard]
    del charter["exclusions"]
    yaml.dump(charter, path)
    return folder.load()


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_charter_of_one_kind_is_judged_without_the_others(kind: str, tmp_path: Path) -> None:
    agency = only_the_first_of(kind, CharterFolder(tmp_path))
    models, _ = compile_models(agency, tmp_path / "dbt")
    warehouse = Warehouse(agency, models, [*MARTS, *BESIDE])

    commitments = warehouse.judge([kind], {}, HEARD_ALL, also=BESIDE)

    # Nothing has arrived: slots pass empty, and of all other kinds there is nothing to judge.
    [standard] = agency.charter.standards
    assert {each["standard_id"] for each in commitments} == (
        {standard.id} if kind in ("occurrence", "measure") else set()
    )
    assert warehouse.table("marts.companion_weekly") == []
    rules = {each["exclusion_rule"] for each in warehouse.table("marts.dim_exclusion")}
    assert rules == ({"figure:too_few_rows"} if kind == "measure" else set())
