"""The variables that a run gives to dbt, compiled from the charter itself, cut short for the linter."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

# Of each measure kind, so many rules: the first has no neighbour, the last no comma, and one stands between.
RULES_OF_A_KIND = 3


@cache
def of_a_run() -> dict[str, Any]:
    """All variables by name, as `charter.transform` passes them for the charter in force."""
    from charter.base.settings import Settings
    from charter.definitions import load_agency
    from charter.transform.build.nightly import dbt_variables

    settings = Settings.from_environment()
    full = dbt_variables(settings, load_agency(settings.charter_dir))
    # The shipped charter promises no figure of a period.
    others = dbt_variables(settings, load_agency(settings.home / "tests" / "agencies" / "branches"))["rules"]
    measures = [rule for rule in others if rule["kind"] == "measure"]
    rules = _some_of_each_kind([*full["rules"], *_by_figure(measures)])
    return {**full, "rules": rules, "companions": full["companions"][:RULES_OF_A_KIND]}


def _by_figure(measures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Measures that read most tables first: what is taken over others, or of a population."""
    return sorted(measures, key=lambda rule: (rule["over"] is None, rule["population_model"] is None))


def _some_of_each_kind(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    seen: Counter[str] = Counter()
    chosen = []
    for rule in rules:
        seen[rule["kind"]] += 1
        if seen[rule["kind"]] <= RULES_OF_A_KIND:
            chosen.append(rule)
    return chosen
