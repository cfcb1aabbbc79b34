"""A second, plain reading of the facts that subjects.yaml derives: row by row, as an auditor would look them up."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from charter.definitions.models import Agency, Fact, Product
from tests.commitments.reading import Night, Row, day_of, meets


def with_facts(agency: Agency, name: str, tables: Mapping[str, Sequence[Row]], night: Night) -> list[Row]:
    """The rows of the derived table ``name``: those of the table that it is derived from, with its facts."""
    subject = agency.subjects[name]
    assert subject.from_ is not None
    rows: list[Row] = []
    for base in tables[subject.from_]:
        if not meets(base, subject.where):
            continue
        row, found = dict(base), dict[str, Row | None]()
        for column, fact in subject.facts.items():
            row[column] = _fact(agency, fact, row, row[subject.key], tables, night, found, column)
        rows.append(row)
    return rows


def _multiplied(product: Product, row: Row) -> float | None:
    of, times = row[product.of], row[product.times] if isinstance(product.times, str) else product.times
    if of is None or times is None:
        return None
    of = round(of, 6)
    if product.rounded is not None:
        of = math.ceil(of) if product.rounded == "up" else math.floor(of)
    return float(round(of * times, 6))


def _fact(
    agency: Agency,
    fact: Fact,
    row: Row,
    key: str,
    tables: Mapping[str, Sequence[Row]],
    night: Night,
    found: dict[str, Row | None],
    column: str,
) -> Any:
    if fact.product is not None:
        return _multiplied(fact.product, row)
    if fact.days_between is not None:
        first, second = (row[name] for name in fact.days_between)
        if first is None or second is None:
            return None
        return (day_of(second, agency.zone) - day_of(first, agency.zone)).days
    if fact.take is not None:
        row_of_fact = found[str(fact.with_)]
        return None if row_of_fact is None else row_of_fact[fact.take]
    moment, other = str(fact.moment), agency.subjects[str(fact.of)]
    known = [
        each
        for each in tables[str(fact.of)]
        if each[str(fact.by)] == key and each[moment] is not None and night.has_come(each[moment], agency.zone)
    ]
    known.sort(key=lambda each: (each[moment], each[other.key]))
    counting = [each for each in known if meets(each, fact.where)]
    if fact.before is not None and row[fact.before] is not None:
        counting = [each for each in counting if each[moment] < row[fact.before]]
    if fact.after is not None:
        counting = [each for each in counting if row[fact.after] is not None and each[moment] >= row[fact.after]]
    if fact.count is not None:
        return len(counting)
    if fact.standing is not None:
        ends = [each[moment] for each in known if meets(each, fact.until)]
        counting = [each for each in counting if not ends or each[moment] > max(ends)]
    place = -1 if fact.last is not None else (fact.nth or 1) - 1
    found[column] = counting[place] if -len(counting) <= place < len(counting) else None
    row_of_fact = found[column]
    return None if row_of_fact is None else row_of_fact[moment]
