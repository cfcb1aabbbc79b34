"""What a rule is measured on: landed tables with the columns it names, and the dbt models on the way to its figure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from charter.audit.matrix.rows import TableEntry, TableRole
from charter.definitions.actions import TABLES
from charter.definitions.breaches import tier_of_standard
from charter.definitions.models import Agency, Rule, Standard, Subject, needed_tables
from charter.definitions.waivers import WAIVERS
from charter.transform.compile.tiers import in_tier

# What says something to people, or only names the entry itself.
_NO_COLUMNS = frozenset({"text", "threshold", "basis_note", "id", "version", "basis", "effective_from", "effective_to"})
_BETWEEN = {"deadline": ("due_elapsed", "due_calendar"), "level": ("int_level_items",)}


def tables_of(agency: Agency, rule: Rule[Any]) -> tuple[TableEntry, ...]:
    """The landed tables that the rule is measured on, by name; those of its companions; then that of the waivers, and
    those that say what is done about breaches."""
    named = frozenset(_names_of(agency, rule))
    needed = [table for table in needed_tables(rule, agency.subjects) if table != WAIVERS]
    beside = [table for table in _tables_of_companions(agency, rule) if table not in needed]
    return (
        *(_entry(agency, table, "measured", named) for table in needed),
        *(_entry(agency, table, "companion", named) for table in beside),
        _entry(agency, WAIVERS, "waivers", frozenset(agency.subjects[WAIVERS].columns)),
        *(
            _entry(agency, table, "mending", frozenset(agency.subjects[table].columns))
            for table in TABLES
            if table in agency.subjects
        ),
    )


def _tables_of_companions(agency: Agency, rule: Rule[Any]) -> list[str]:
    subjects = agency.subjects
    landed = (table for each in rule.beside for table in subjects[each.subject].of or [each.subject])
    return sorted(set(landed) - {WAIVERS})


def _entry(agency: Agency, table: str, role: TableRole, named: frozenset[str]) -> TableEntry:
    subject = agency.subjects[table]
    columns = tuple(name for name in subject.columns if name in named or name == subject.key)
    return TableEntry(
        table=table,
        role=role,
        sources=agency.feeding(table),
        columns=columns,
        model=subject.model,
    )


def _names_of(agency: Agency, rule: Rule[Any]) -> Iterator[str]:
    """Every text in the rule, its exclusions and the tables derived for it: the names of columns are among them.

    Of a table that SQL of the agency's own makes, every column of what it is made of.
    """
    yield from _texts(rule.model_dump(mode="json"))
    for name in rule.exclude:
        yield from _texts(agency.charter.exclusions[name].model_dump(mode="json"))
    for subject in _derived(agency, rule):
        if subject.from_ is None:
            for table in subject.of:
                yield from agency.subjects[table].columns
        else:
            yield from _texts(subject.model_dump(mode="json", include={"where", "ownership", "breach_of"}))
            yield from _texts([fact.model_dump(mode="json") for fact in subject.facts.values()])


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            if key not in _NO_COLUMNS:
                yield str(key)
                yield from _texts(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _texts(value)


def _derived(agency: Agency, rule: Rule[Any]) -> list[Subject]:
    """The tables derived for the rule, the first derived first."""
    beside = (each for part in rule.parts for each in part.beside)
    companions = (each.subject for each in rule.beside)
    chains = [_chain(agency, table) for table in (rule.subject, *beside, *companions)]
    return [subject for chain in chains for subject in chain if not subject.landed]


def _chain(agency: Agency, table: str) -> list[Subject]:
    subject = agency.subjects[table]
    return [*(_chain(agency, subject.from_) if subject.from_ else []), subject]


def models_of(agency: Agency, standard: Standard, rule: Rule[Any]) -> tuple[str, ...]:
    """The dbt models from the landed tables to the standard's results, in the order in which they are built."""
    kind = standard.kind
    tier = tier_of_standard(agency.charter, agency.subjects, standard)
    own = [f"subjects_{kind}"]
    if kind == "coverage":
        own.append("subjects_evidence")
    if any(getattr(part, "pauses", None) for part in rule.parts):
        own.append("subjects_pauses")
    if rule.exclude:
        own.append("subjects_exclusions")
    judged = [*own, *_BETWEEN.get(kind, ()), f"commitments_{kind}", "commitments_judged"]
    derived = _derived(agency, rule)
    return tuple(
        dict.fromkeys(
            [
                *(agency.subjects[table].model for table in needed_tables(rule, agency.subjects)),
                *(agency.subjects[table].model for table in _tables_of_companions(agency, rule)),
                *(subject.model for subject in derived),
                *(["int_ownership"] if any(subject.ownership for subject in derived) else []),
                agency.subjects[WAIVERS].model,
                "int_waivers",
                *(in_tier(model, tier) for model in judged),
                "fct_commitments",
                *(["measured_figures"] if kind == "measure" else []),
                *(["subjects_companions", "companion_weekly"] if rule.beside else []),
                *(["target_results"] if any(part.target for part in rule.parts) else []),
                "compliance_daily",
                "compliance_weekly",
                "standard_results",
            ]
        )
    )
