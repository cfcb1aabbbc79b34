"""The figures of measures, taken a second time: from the rows that landed, with the database's own aggregates.

Only of figures that one landed table gives by itself: counts, sums, means, medians, percentiles and shares of its rows
in a slot. What is taken over another table, of a population, of a derived table or in a rolling window is held against
its limits only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from charter.base.sql import quoted
from charter.definitions.models import Agency, Comparison, Figure, MeasurePart, Rule, Scalar, Subject, Where


@dataclass(frozen=True)
class LandedFigure:
    """A part of a measure whose figure follows from the rows of one landed ``table``."""

    standard_id: str
    table: str
    rule: Rule[MeasurePart]
    part: MeasurePart


def landed_figures(agency: Agency) -> Iterator[LandedFigure]:
    """The parts whose figures can be taken again, in the charter's order."""
    for standard in agency.charter.standards:
        if standard.kind != "measure":
            continue
        for rule in standard.rules:
            for part in rule.parts:
                if part.slot is not None and not part.beside and agency.subjects[rule.subject].landed:
                    yield LandedFigure(standard.id, rule.subject, rule, part)


def figures_query(agency: Agency, rows_of: Mapping[str, str]) -> str:
    """A query of every commitment of such parts with its figure; ``rows_of`` gives each landed table's rows as SQL."""
    selects = [_figure(agency, each, rows_of[each.table]) for each in landed_figures(agency)]
    nothing = "SELECT CAST(NULL AS VARCHAR) AS commitment_id, CAST(NULL AS DOUBLE) AS figure WHERE FALSE"
    return "\n    UNION ALL\n    ".join([nothing, *selects])


def _figure(agency: Agency, figure: LandedFigure, rows: str) -> str:
    subject, part, rule = agency.subjects[figure.table], figure.part, figure.rule
    conditions = [
        *_conditions({**rule.where, **part.where}),
        *([f"{_name(part.figure.value)} IS NOT NULL"] if part.figure.value else []),
    ]
    return f"""SELECT measured.commitment_id, {_aggregate(part.figure, subject)} AS figure
    FROM marts.measured_figures AS measured
    INNER JOIN marts.fct_commitments AS commitment ON measured.commitment_id = commitment.commitment_id
    LEFT JOIN (SELECT * FROM ({rows}) AS arrived WHERE {" AND ".join(conditions) or "TRUE"}) AS landed
        ON {_day(agency, subject, part.on)} BETWEEN measured.first_on AND measured.last_on AND {_whose(rule, part)}
    WHERE measured.standard_id = {_literal(figure.standard_id)} AND measured.rule_version = {rule.version}
        AND measured.part = {_literal(part.id)}
    GROUP BY measured.commitment_id"""


def _aggregate(figure: Figure, subject: Subject) -> str:
    rows = f"count(landed.{_name(subject.key)})"
    value = f"landed.{_name(figure.value or subject.key)}"
    match figure.name:
        case "count":
            distinct = figure.count.distinct if figure.count else None
            return f"count(DISTINCT landed.{_name(distinct)})" if distinct else rows
        case "sum":
            return f"coalesce(sum({value}), 0)"
        case "mean":
            return f"avg({value})"
        case "median":
            return f"median({value})"
        case "percentile":
            assert figure.percentile is not None
            return f"quantile_disc({value}, {figure.percentile.p / 100!r})"
        case _:
            assert figure.share is not None and figure.share.where is not None
            hits = " AND ".join(_conditions(figure.share.where, "landed.")) or "TRUE"
            return f"100.0 * count(landed.{_name(subject.key)}) FILTER (WHERE {hits}) / nullif({rows}, 0)"


def _whose(rule: Rule[MeasurePart], part: MeasurePart) -> str:
    """Slots have no / in their names: what comes before the last one is whose figure it is."""
    if part.per is None:
        return "TRUE"
    if part.per_kind is not None:
        return f"landed.{_name(str(rule.owner.column))} = commitment.department_id"
    unit = "regexp_replace(commitment.subject_id, '/[^/]*$', '')"
    return f"CAST(landed.{_name(str(part.per.column))} AS VARCHAR) = {unit}"


def _day(agency: Agency, subject: Subject, column: str) -> str:
    moment = f"landed.{_name(column)}"
    if subject.columns[column].type == "date":
        return moment
    return f"CAST(timezone('{agency.charter.time_zone}', timezone('UTC', {moment})) AS DATE)"


def _conditions(where: Where, row: str = "") -> Iterator[str]:
    for name, wanted in where.items():
        column = f"{row}{_name(name)}"
        if not isinstance(wanted, Comparison):
            yield f"{column} IN ({_literals(wanted if isinstance(wanted, list) else [wanted])})"
            continue
        if wanted.is_null is not None:
            yield f"{column} IS {'' if wanted.is_null else 'NOT '}NULL"
        if wanted.not_in is not None:
            yield f"{column} NOT IN ({_literals(wanted.not_in)})"
        for operator, bound in ((">=", wanted.at_least), ("<=", wanted.at_most)):
            if bound is not None:
                yield f"{column} {operator} {row + _name(bound) if isinstance(bound, str) else repr(bound)}"
        if wanted.later_than is not None:
            yield f"{column} > {row}{_name(wanted.later_than)}"


def _literals(values: list[Scalar]) -> str:
    return ", ".join(_literal(value) for value in values)


def _literal(value: Scalar) -> str:
    return quoted(value) if isinstance(value, str) else str(value)


def _name(column: str) -> str:
    return f'"{column}"'
