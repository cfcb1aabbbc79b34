"""Writes the dbt model of a table that subjects.yaml derives from another one, and the model of who owned what when.

One CTE per idea: the rows it is derived from, what all rows of another table tell at once (first, last, count), and
each fact that looks at something beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from charter.definitions.breaches import broken_parts, standard_called, tier_of_standard
from charter.definitions.models import BREACH_COLUMNS, Agency, Fact, Product, Scalar, Subject, Where
from charter.transform.compile.rule_parts import Condition, conditions
from charter.transform.compile.tiers import in_tier

_OWNERSHIP = """\
-- Grain: one row per subject and stretch of time in which one department owned it.
-- Scope: the tables of subjects.yaml with ownership: from the opening through every hand-over known by as_of.
-- Known limits: a hand-over without a department leaves the owner as it was; of several at one instant the last counts.
"""
_DERIVED = """\
-- Grain: one row per {key}. {text}.
-- Scope: {base}, with what came to pass by as_of.
-- Known limits: a fact dated before its row begins is taken at its own time.
"""
# What a breach is, in the columns of the commitment that was broken (``judged``) and of its rule's ``part``.
_OF_BREACH = {
    "breached_at": "judged.decided_at",
    "breached_on": "judged.decided_on",
    "breach_due_at": "judged.due_at",
    "breach_due_on": "{{ local_date(add_seconds('judged.due_at', '-0.000001')) }}",
    "breach_ended_at": "judged.fulfilled_at",
    "breach_over": (
        "case\n"
        "    when judged.measured_value < judged.lower_limit_value\n"
        "        then judged.lower_limit_value - judged.measured_value\n"
        "    when part.comparison = '>=' then judged.limit_value - judged.measured_value\n"
        "    else judged.measured_value - judged.limit_value\n"
        "end"
    ),
    "breach_department": "judged.department_id",
}
_PART = (
    "inner join {{ source('control', 'rule_parts') }} as part\n"
    "    on\n"
    "        judged.standard_id = part.standard_id\n"
    "        and judged.rule_version = part.rule_version\n"
    "        and judged.part = part.part"
)
_OWNED = ("subject_table", "subject_id", "department_id", "owned_from", "owned_until")


def derived_model(agency: Agency, name: str) -> str:
    """The SQL of the derived table ``name``: one row per row of the table that it is derived from."""
    return _Table(agency, name).sql()


def ownership_model(agency: Agency) -> str:
    """The SQL of who owned which subject when, over all tables whose department can change."""
    owned = [name for name, subject in agency.subjects.items() if subject.ownership is not None]
    ctes = [cte for name in owned for cte in _stretches(agency, name)]
    ended = ["owned_until is null or owned_until > owned_from"]
    selects = [_select([f"'{name}' as subject_table", *_OWNED[1:]], f"{name}_stretches", ended) for name in owned]
    types = ",\n    ".join(f"('{name}', '{'timestamp' if 'owned' in name else 'varchar'}')" for name in _OWNED)
    nothing = f"{{{{ no_rows([\n    {types},\n]) }}}}"
    with_ctes = f"with {_joined([_run(), *ctes])}\n\n" if ctes else ""
    return f"{_OWNERSHIP}{with_ctes}" + "\nunion all\n".join([*selects, nothing]) + "\n"


def _stretches(agency: Agency, name: str) -> Iterator[str]:
    subject = agency.subjects[name]
    owned = subject.ownership
    assert owned is not None
    other, base = agency.subjects[owned.of], _landed_base(agency, subject)
    began = _select(
        [
            _named(f"base.{subject.key}", "subject_id"),
            _named(f"base.{owned.department}", "department_id"),
            _named(f"base.{owned.opens}", "owned_from"),
            "'' as step_id",
        ],
        f"{_ref(base)} as base",
    )
    handed_on = _select(
        [
            _named(f"event.{owned.by or subject.key}", "subject_id"),
            _named(f"event.{owned.department}", "department_id"),
            _named(f"event.{owned.at}", "owned_from"),
            f"cast(event.{other.key} as varchar) as step_id",
        ],
        f"{_ref(other)} as event\ncross join run",
        [*_tests("event", owned.where), f"event.{owned.department} is not null", _has_come(other, owned.at)],
    )
    yield _cte(f"{name}_steps", f"{began}\nunion all\n{handed_on}")
    until = "lead(owned_from) over (partition by subject_id order by owned_from, step_id) as owned_until"
    yield _cte(f"{name}_stretches", _select(["subject_id", "department_id", "owned_from", until], f"{name}_steps"))


def _landed_base(agency: Agency, subject: Subject) -> Subject:
    """The landed table that a table's rows begin with."""
    return subject if subject.from_ is None else _landed_base(agency, agency.subjects[subject.from_])


class _Table:
    """One derived table. Its rows are ``base``, and rows of other tables ``event``."""

    def __init__(self, agency: Agency, name: str) -> None:
        self._agency = agency
        self._subject = agency.subjects[name]
        self._facts = self._subject.facts
        assert self._subject.from_ is not None
        self._from = self._subject.from_
        self._base = f"these_{self._from}"

    def sql(self) -> str:
        base = self._agency.subjects[self._from]
        ctes = [
            *([_run()] if any(fact.of for fact in self._facts.values()) else []),
            *self._breaches(),
            _cte(self._base, self._rows(base)),
            *(_cte(_grouping_of(table), self._grouped_once(table)) for table in self._tables_grouped_once()),
            *(cte for name, fact in self._facts.items() for cte in self._fact_alone(name, fact)),
        ]
        header = _DERIVED.format(key=self._subject.key, text=one_line(self._subject.text), base=self._from)
        joined = "\n".join([f"{self._base} as base", *self._joins()])
        return f"{header}with {_joined(ctes)}\n\n{_select([*self._columns()], joined)}\n"

    # ── its rows ────────────────────────────────────────────────────────────────────────────────

    def _rows(self, base: Subject) -> str:
        tests = _tests("base", self._subject.where)
        if self._subject.breach_of is None:
            return _select(["base.*"], f"{_ref(base)} as base", tests)
        kept = [column for column in (*base.columns, "source_id", "known_at") if column not in BREACH_COLUMNS]
        columns = [*(f"base.{column}" for column in kept), *(f"breaches.{column}" for column in BREACH_COLUMNS)]
        joined = f"{_ref(base)} as base\ninner join breaches on cast(base.{base.key} as varchar) = breaches.subject_id"
        return _select(columns, joined, tests)

    def _breaches(self) -> Iterator[str]:
        """What was judged of the promise before: its breaches, by the row that each is of."""
        breach = self._subject.breach_of
        if breach is None:
            return
        charter, subjects = self._agency.charter, self._agency.subjects
        standard = standard_called(charter, breach.standard)
        assert standard is not None
        tier = tier_of_standard(charter, subjects, standard)
        parts = broken_parts(charter, breach)
        tests = [
            f"judged.standard_id = {_literal(breach.standard)}",
            f"judged.part = {_literal(parts[0][1])}",
            "judged.status = 'breached'",
        ]
        columns = ["judged.subject_id", *(f"{said} as {column}" for column, said in _OF_BREACH.items())]
        source = f"{{{{ ref('{in_tier('commitments_judged', tier)}') }}}} as judged"
        yield _cte("breaches", _select(columns, f"{source}\n{_PART}", tests))

    # ── facts that one grouping of another table gives ───────────────────────────────────────────

    def _is_grouped_once(self, name: str) -> bool:
        fact = self._facts[name]
        looks_beside = fact.nth or fact.before or fact.after or self._taken_with(name)
        return bool(fact.first or fact.last or fact.count) and not looks_beside

    def _tables_grouped_once(self) -> list[str]:
        tables = (fact.of for name, fact in self._facts.items() if self._is_grouped_once(name) and fact.of)
        return list(dict.fromkeys(tables))

    def _grouped_once(self, table: str) -> str:
        other = self._agency.subjects[table]
        facts = {name: fact for name, fact in self._facts.items() if fact.of == table and self._is_grouped_once(name)}
        by = next(iter(facts.values())).by
        columns = [f"event.{by} as _key", *(f"{_aggregate(other, fact)} as {name}" for name, fact in facts.items())]
        return _select(columns, f"{_ref(other)} as event\ncross join run", group_by=f"event.{by}")

    # ── a fact that looks at something beside the rows ──────────────────────────────────────────

    def _fact_alone(self, name: str, fact: Fact) -> Iterator[str]:
        if fact.of is None or self._is_grouped_once(name):
            return
        if fact.standing is not None:
            yield _cte(f"{name}_ends", self._ends(fact))
            yield _cte(f"{name}_rows", self._standing(name, fact))
        elif fact.count is not None:
            yield _cte(f"{name}_rows", self._counted(name, fact))
        else:
            yield _cte(f"{name}_rows", self._ranked(name, fact))

    def _taken_with(self, name: str) -> list[str]:
        return [each.take for each in self._facts.values() if each.take is not None and each.with_ == name]

    def _ranked(self, name: str, fact: Fact) -> str:
        other, turn = self._other(fact), "desc" if fact.last is not None else "asc"
        order = f"event.{fact.moment} {turn}, event.{other.key} {turn}"
        columns = dict.fromkeys([fact.moment, *self._taken_with(name)])
        place = f"row_number() over (\n    partition by event.{fact.by} order by {order}\n) as _place"
        selected = [f"event.{fact.by} as _key", *(f"event.{column}" for column in columns), place]
        return _select(selected, self._rows_of(fact), self._counting(fact))

    def _counted(self, name: str, fact: Fact) -> str:
        columns = [f"event.{fact.by} as _key", f"count(*) as {name}"]
        return _select(columns, self._rows_of(fact), self._counting(fact), f"event.{fact.by}")

    def _ends(self, fact: Fact) -> str:
        columns = [f"event.{fact.by} as _key", f"max(event.{fact.moment}) as ended_at"]
        tests = [*_tests("event", fact.until), _has_come(self._other(fact), fact.moment)]
        return _select(columns, self._rows_of(fact), tests, f"event.{fact.by}")

    def _standing(self, name: str, fact: Fact) -> str:
        columns = [f"event.{fact.by} as _key", f"min(event.{fact.moment}) as {name}"]
        ends = f"{name}_ends"
        rows = f"{self._rows_of(fact)}\nleft join {ends} on event.{fact.by} = {ends}._key"
        after_the_end = f"({ends}.ended_at is null or event.{fact.moment} > {ends}.ended_at)"
        return _select(columns, rows, [*self._counting(fact), after_the_end], f"event.{fact.by}")

    def _other(self, fact: Fact) -> Subject:
        assert fact.of is not None
        return self._agency.subjects[fact.of]

    def _rows_of(self, fact: Fact) -> str:
        """The rows that a fact looks at, with what its edges read beside them."""
        edges = (edge for edge in (fact.before, fact.after) if edge is not None)
        beside = dict.fromkeys(self._join(edge, f"event.{fact.by}") for edge in edges)
        return "\n".join([f"{_ref(self._other(fact))} as event", "cross join run", *beside])

    def _counting(self, fact: Fact) -> list[str]:
        """What a row must say, and when it must have come to pass, to count for a fact."""
        tests = [*_tests("event", fact.where), _has_come(self._other(fact), fact.moment)]
        if fact.before is not None:
            edge = self._value(fact.before)
            # Without that moment, all that came came before it.
            tests.append(f"({edge} is null or event.{fact.moment} < {edge})")
        if fact.after is not None:
            tests.append(f"event.{fact.moment} >= {self._value(fact.after)}")
        return tests

    def _join(self, column: str, row_key: str) -> str:
        """How a row gets the ``column`` of ours that belongs to its ``row_key``."""
        fact = self._facts.get(column)
        if fact is None:
            return f"inner join {self._base} as base on {row_key} = base.{self._subject.key}"
        if fact.take is not None:
            return self._join(fact.with_ or "", row_key)
        if self._is_grouped_once(column):
            rows = _grouping_of(fact.of or "")
            return f"left join {rows} on {row_key} = {rows}._key"
        place = "" if fact.standing or fact.count else f" and {column}_rows._place = {fact.nth or 1}"
        return f"left join {column}_rows on {row_key} = {column}_rows._key{place}"

    # ── one row with all of it ──────────────────────────────────────────────────────────────────

    def _columns(self) -> Iterator[str]:
        for column in self._subject.columns:
            yield _named(self._value(column), column)
        yield from ("base.source_id", "base.known_at")

    def _value(self, column: str) -> str:
        fact = self._facts.get(column)
        if fact is None:
            return f"base.{column}"
        if fact.days_between is not None:
            first, second = (self._day(each) for each in fact.days_between)
            return f"{{{{ days_between({first}, {second}) }}}}"
        if fact.product is not None:
            return self._product(fact.product)
        if fact.take is not None:
            return f"{fact.with_}_rows.{fact.take}"
        rows = _grouping_of(fact.of or "") if self._is_grouped_once(column) else f"{column}_rows"
        if fact.count is not None:
            return f"cast(coalesce({rows}.{column}, 0) as bigint)"
        is_named = self._is_grouped_once(column) or fact.standing is not None
        return f"{rows}.{column if is_named else fact.moment}"

    def _product(self, product: Product) -> str:
        """Rounded to the millionth: no remainder of binary arithmetic stands between a sum and what is owed."""
        of = f"round(cast({self._value(product.of)} as double), 6)"
        if product.rounded is not None:
            of = f"{'ceil' if product.rounded == 'up' else 'floor'}({of})"
        times = _literal(product.times) if not isinstance(product.times, str) else self._value(product.times)
        return f"round({of} * {times}, 6)"

    def _day(self, column: str) -> str:
        """A moment's calendar day, as an argument of a macro."""
        place = f"'{self._value(column)}'"
        return place if self._subject.columns[column].type == "date" else f"local_date({place})"

    def _joins(self) -> Iterable[str]:
        joins = (
            self._join(name, f"base.{self._subject.key}") for name, fact in self._facts.items() if fact.of is not None
        )
        return dict.fromkeys(joins)


def _aggregate(other: Subject, fact: Fact) -> str:
    tests = "\n        and ".join([*_tests("event", fact.where), _has_come(other, fact.moment)])
    if fact.count is not None:
        return f"sum(case\n    when\n        {tests}\n        then 1\n    else 0\nend)"
    verb = "min" if fact.first else "max"
    return f"{verb}(case\n    when\n        {tests}\n        then event.{fact.moment}\nend)"


def _grouping_of(table: str) -> str:
    return f"facts_of_{table}"


def _has_come(subject: Subject, column: str | None) -> str:
    """A row's moment has come by as_of: an instant up to it, a date once its day has begun before it."""
    assert column is not None
    if subject.columns[column].type == "date":
        return f"{{{{ day_has_come('event.{column}') }}}}"
    return f"event.{column} <= run.as_of"


# ── SQL as a person would lay it out ────────────────────────────────────────────────────────────


def _run() -> str:
    return _cte("run", "select as_of from {{ source('control', 'run') }}")


def _ref(subject: Subject) -> str:
    return f"{{{{ ref('{subject.model}') }}}}"


def _cte(name: str, query: str) -> str:
    return f"{name} as (\n\n{_indented(query)}\n\n)"


def _joined(ctes: Iterable[str]) -> str:
    return ",\n\n".join(ctes)


def _select(columns: Sequence[str], source: str, where: Sequence[str] = (), group_by: str = "") -> str:
    tests = f"\nwhere\n{_indented(f'{chr(10)}and '.join(where))}" if where else ""
    grouped = f"\ngroup by {group_by}" if group_by else ""
    selected = ",\n".join(columns)
    given = f" {selected}" if len(columns) == 1 else f"\n{_indented(selected)}"
    return f"select{given}\nfrom {source}{tests}{grouped}"


def _named(value: str, name: str) -> str:
    """A value under a name, which it need not be given when it has it."""
    return value if value.rpartition(".")[2] == name else f"{value} as {name}"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else line for line in text.splitlines())


def _tests(alias: str, where: Where) -> list[str]:
    return [_test(alias, each) for each in conditions(where)]


def _test(alias: str, condition: Condition) -> str:
    column, values = f"{alias}.{condition.column}", condition.values
    match condition.operator:
        case "in" | "not_in":
            listed = ", ".join(_literal(value) for value in values)
            return f"{column} {condition.operator.replace('_', ' ')} ({listed})"
        case "at_least" | "at_most":
            return f"{column} {'>=' if condition.operator == 'at_least' else '<='} {_literal(values[0])}"
        case "at_least_of" | "at_most_of":
            return f"{column} {'>=' if condition.operator == 'at_least_of' else '<='} {alias}.{values[0]}"
        case "later_than":
            return f"{column} > {alias}.{values[0]}"
        case _:
            return f"{column} is {condition.operator.replace('_', ' ')}"


def _literal(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    # dbt would read braces before the SQL is.
    text = value.replace("'", "''").replace("{", "' || chr(123) || '")
    return f"'{text}'"


def one_line(text: str) -> str:
    """A text on one line: a second line of a comment would be SQL."""
    return inert(" ".join(text.split()).rstrip("."))


def inert(text: str) -> str:
    """A text in which dbt finds nothing to carry out: it reads braces in comments and descriptions, too."""
    return re.sub(r"\{(?=[{%#])", "{ ", text)
