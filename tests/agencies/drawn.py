"""Charter folders drawn at random: a few standards of any kind on a few tables with any names, and the rows of a night
or two, many of them at the edges of limits. The rows are also given as a reading takes them.

The same number draws the same folder.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from tests.agencies.drawn_hours import draw_calendar

Cells = dict[str, Any]
WORDS = {"ko": "시험 '하나' {{ 둘 }}", "en": 'it\'s "a" {{ test }}'}
BEGINS = date(2026, 2, 1)
NIGHT = date(2026, 3, 31)
ZONES = ("Europe/Berlin", "Asia/Seoul", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
# Names that mean something in SQL, in the engine's models or in Python, beside some that mean nothing.
NAMES = (
    *("order", "group", "end", "case", "date", "table", "from", "on", "values", "items", "select", "position", "desc"),
    *("subject", "event", "base", "run", "raw", "versions", "latest", "status", "part", "day", "slot", "place"),
    *("opened_at", "due_at", "as_of", "department_id", "standard_id", "subject_id", "row_key", "count", "nr_7", "x"),
)
DAY = timedelta(days=1)
CODES = ("a", "b", "it_s")


@dataclass
class Table:
    """A landed table: the names of its columns by what they are for, and its rows, typed."""

    name: str
    key: str
    column: dict[str, str]
    optional_owner: bool
    sources: list[str]
    rows: list[Cells] = field(default_factory=list)

    def types(self) -> dict[str, Cells]:
        """The columns as subjects.yaml has them."""
        said: dict[str, Cells] = {
            "owner": {"type": "department", "required": True},
            "opens": {"type": "instant", "required": True},
            "day": {"type": "date", "required": True},
            "done": {"type": "instant"},
            "later": {"type": "date"},
            "other": {"type": "instant"},
            "kind": {"type": "code", "values": list(CODES), "required": True},
            "amount": {"type": "number", "required": True},
            "number": {"type": "integer"},
            "flag": {"type": "boolean"},
            "name": {"type": "text"},
        }
        return {self.key: {"type": "text", "required": True}, **{self.column[role]: said[role] for role in said}}


@dataclass
class Drawn:
    """A folder's files, and what each night finds in its sources: by source and file the text."""

    files: dict[str, Any]
    nights: list[date]
    texts: list[dict[tuple[str, str], str]]
    tables: dict[str, Table]
    seen: list[dict[str, list[Cells]]]
    waivers: list[Cells]
    zone: ZoneInfo

    def write(self, folder: Path) -> None:
        """Writes the five files of the folder."""
        folder.mkdir(parents=True)
        yaml = YAML()
        yaml.representer.ignore_aliases = lambda *_: True
        for name, content in self.files.items():
            yaml.dump(content, folder / f"{name}.yaml")


def draw(number: int) -> Drawn:
    """The folder of that number."""
    return _Drawing(Random(number), Random(f"targets of {number}")).all()


class _Drawing:
    def __init__(self, random: Random, of_targets: Random) -> None:
        self.random = random
        # By itself, so that all else of a folder stays what it was before parts had targets.
        self.of_targets = of_targets
        self.zone = ZoneInfo(random.choice(ZONES))
        self.departments = ["d-1", "order", "x_y"][: random.randint(1, 3)]
        self.nights = [NIGHT - DAY, NIGHT][random.randint(0, 1) :]

    # ── the folder ──────────────────────────────────────────────────────────────────────────────

    def all(self) -> Drawn:
        random = self.random
        sources = ["s-1", "case"][: random.randint(1, 2)]
        names = random.sample(NAMES, 3)
        tables = [self.table(name, sources) for name in names[: random.randint(1, 3)]]
        derived = self.derived(tables)
        standards = [
            self.standard(f"{kind.replace(chr(95), chr(45))}-{index}", kind, tables, derived)
            for index, kind in enumerate(self.kinds())
        ]
        waivers = self.waivers(standards)
        first, second = self.texts(tables, waivers)
        seen = [first, second] if len(self.nights) == 2 else [second]
        kept = [
            {table.name: [dict(row) for row in rows] for table, rows in zip(tables, each, strict=True)} for each in seen
        ]
        files = {
            "charter": self.charter(standards),
            "calendar": draw_calendar(random, BEGINS, self.departments),
            "departments": {"departments": [self.department(name) for name in self.departments]},
            "subjects": {"subjects": {**{table.name: self.subject(table) for table in tables}, **derived}},
            "sources": {"sources": [self.source(name, tables, bool(waivers)) for name in sources]},
        }
        texts = [self.written(tables, rows, sources, waivers) for rows in seen]
        return Drawn(files, self.nights, texts, {each.name: each for each in tables}, kept, waivers, self.zone)

    def kinds(self) -> list[str]:
        kinds = (*["deadline"] * 5, *["measure"] * 3, "lead_time", "occurrence", "level", "coverage", "zero")
        return self.random.choices(kinds, k=self.random.randint(1, 5))

    def charter(self, standards: list[Cells]) -> Cells:
        content: Cells = {
            "id": "drawn",
            "version": "1",
            "agency": {"ko": "기관 'x'", "en": "O'Brien \"& {{ Sons }}"},
            "time_zone": self.zone.key,
            "in_force_from": BEGINS,
            "pledges": [{"id": "p", "text": WORDS}],
            "standards": standards,
        }
        if self.excluded:
            content["exclusions"] = self.excluded
        if self.random.random() < 0.3:
            periods = ["month", "quarter", "fiscal_year", "rolling_year"]
            content["periods"] = self.random.sample(periods, self.random.randint(1, 4))
        return content

    def department(self, name: str) -> Cells:
        placements: list[Cells] = [{"effective_from": date(2020, 1, 1)}]
        if name == "x_y" and self.random.random() < 0.5:
            placements = [{"effective_from": date(2026, 2, 10), "effective_to": date(2026, 3, 15), "parent": "d-1"}]
        kind = self.kind_of(name)
        return {
            "id": name,
            "name": {"ko": f"{name} 부", "en": f"{name}'s"},
            "kind": kind,
            "time_zone": self.zone.key,
            "placements": placements,
        }

    def kind_of(self, name: str) -> str:
        return "office" if name == "d-1" else "branch"

    # ── tables and sources ──────────────────────────────────────────────────────────────────────

    def table(self, name: str, sources: list[str]) -> Table:
        roles = ("owner", "opens", "day", "done", "later", "other", "kind", "amount", "number", "flag", "name")
        key, *names = self.random.sample([each for each in NAMES if each != "not"], len(roles) + 1)
        fed = sources if self.random.random() < 0.4 else [self.random.choice(sources)]
        table = Table(name, key, dict(zip(roles, names, strict=True)), False, fed)
        for number in range(self.random.choice([0, 8, 20, 20])):
            table.rows.append(self.row(table, number))
        return table

    def subject(self, table: Table) -> Cells:
        return {"text": "Rows of 'it' {{ x }}", "key": table.key, "columns": table.types()}

    def source(self, name: str, tables: list[Table], has_waivers: bool) -> Cells:
        feeds = [
            {
                "table": table.name,
                "path": f"{table.name}.csv",
                "full": True,
                "columns": {column: f"{column} of {{it}}" for column in table.types()},
            }
            for table in tables
            if name in table.sources
        ]
        if has_waivers and name == "s-1":
            feeds.append(
                {"table": "waivers", "path": "w.csv", "full": True, "columns": {each: each for each in WAIVED}}
            )
        if not feeds:
            feeds.append(
                {"table": "waivers", "path": "w.csv", "full": True, "columns": {each: each for each in WAIVED}}
            )
        return {
            "id": name,
            "text": WORDS,
            "kind": "csv",
            "connection": name,
            "time_zone": "UTC",
            "freshness": {"expect": "each_night"},
            "feeds": feeds,
        }

    def moment(self) -> datetime:
        """An instant around a midnight, a working hour or a change of clocks."""
        day = self.random.choice([BEGINS + DAY * self.random.randint(-3, 62), date(2026, 3, 8), date(2026, 3, 29)])
        at = self.random.choice([time(), time(9), time(12), time(12, 30), time(18), time(2, 30), time(23, 59, 59)])
        return datetime.combine(day, at, self.zone).astimezone(ZoneInfo("UTC"))

    def after(self, opened: datetime) -> datetime | None:
        """Some time after: nothing, or at, just before or just behind a round distance."""
        if self.random.random() < 0.25:
            return None
        length = self.random.choice([timedelta(hours=1), timedelta(hours=8), 2 * DAY, 7 * DAY, timedelta()])
        return opened + length + timedelta(seconds=self.random.choice([-1, 0, 1]))

    def row(self, table: Table, number: int) -> Cells:
        random = self.random
        opened = self.moment()
        day = BEGINS + DAY * random.randint(-3, 60)
        values = {
            "owner": random.choice(self.departments),
            "opens": opened,
            "day": day,
            "done": self.after(opened),
            "later": random.choice([None, day, day + 2 * DAY, day + 30 * DAY]),
            "other": self.after(opened),
            "kind": random.choice(CODES),
            "amount": random.choice([0, 0.1, 2, 2.5, 10, -1]),
            "number": random.choice([None, 1, 2, 3]),
            "flag": random.choice([None, True, False]),
            "name": random.choice([None, "A", "A/B", "it's", "{{ x }}", "a-b", "é"]),
        }
        key = random.choice([f"{table.name}-{number}", f"{number}/x", f"k {number}", f"'{number}'"])
        fed = {"_source": random.choice(table.sources)}
        return {table.key: key, **{table.column[role]: value for role, value in values.items()}, **fed}

    def texts(self, tables: list[Table], waivers: list[Cells]) -> tuple[list[list[Cells]], list[list[Cells]]]:
        """The rows of the first night and of the second, on which some cells are filled and a row is new."""
        first = [[{**row, "_night": 0} for row in table.rows] for table in tables]
        second = []
        for table, rows in zip(tables, first, strict=True):
            later = []
            for row in rows:
                changed = dict(row)
                for role in ("done", "later", "other"):
                    column = table.column[role]
                    if row[column] is None and self.random.random() < 0.4 and len(self.nights) == 2:
                        changed[column] = self.row(table, 0)[column]
                        changed["_night"] = 1 if changed[column] is not None else changed["_night"]
                later.append(changed)
            if self.random.random() < 0.5:
                later.append({**self.row(table, 90), "_night": len(self.nights) - 1})
            second.append(later)
        return first, second

    def written(
        self, tables: list[Table], rows: Sequence[list[Cells]], sources: list[str], waivers: list[Cells]
    ) -> dict[tuple[str, str], str]:
        found = {}
        for table, each in zip(tables, rows, strict=True):
            for source in table.sources:
                mine = [row for row in each if row["_source"] == source]
                headings = {column: f"{column} of {{it}}" for column in table.types()}
                found[source, f"{table.name}.csv"] = _csv(headings, mine)
        for source in sources:
            found[source, "w.csv"] = _csv({each: each for each in WAIVED}, waivers if source == "s-1" else [])
        return found

    @staticmethod
    def can_be_derived_from(tables: list[Table]) -> bool:
        """Whether the second table's rows can name the first one's."""
        return len(tables) > 1 and len(tables[0].sources) == len(tables[1].sources) == 1

    def tell_of(self, case: Table, log: Table) -> None:
        """Most rows of ``log`` name one of ``case``, those that do so already the same."""
        keys = {row[case.key] for row in case.rows}
        for row in log.rows:
            if case.rows and row[log.column["name"]] not in keys and self.random.random() < 0.8:
                row[log.column["name"]] = self.random.choice(case.rows)[case.key]

    # ── derived tables ──────────────────────────────────────────────────────────────────────────

    def derived(self, tables: list[Table]) -> Cells:
        """A table with facts of the first one's rows, from the second's, whose column ``name`` holds its keys."""
        if not self.can_be_derived_from(tables) or self.random.random() < 0.5:
            return {}
        case, log = tables[0], tables[1]
        self.tell_of(case, log)
        where = {log.column["kind"]: self.random.choice([["a"], ["a", "b"], {"not_in": ["b"]}])}
        common = {"of": log.name, "by": log.column["name"]}
        facts: Cells = {
            "fact_first": {"first": log.column["done"], **common, "where": where},
            "fact_n": {"count": log.column["day"], **common},
            "fact_taken": {"take": log.column["amount"], "with": "fact_first"},
            "fact_days": {"days_between": [case.column["opens"], "fact_first"]},
            "fact_stands": {
                "standing": log.column["opens"],
                **common,
                "where": {log.column["kind"]: "a"},
                "until": {log.column["kind"]: ["b"]},
            },
            "fact_last": {"last": log.column["opens"], **common, "before": "fact_first"},
            "fact_second": {"first": log.column["opens"], "nth": 2, **common, "after": case.column["opens"]},
        }
        return {"derived": {"from": case.name, "text": "What is derived", "columns": facts}}

    # ── standards ───────────────────────────────────────────────────────────────────────────────

    excluded: Cells

    def standard(self, name: str, kind: str, tables: list[Table], derived: Cells) -> Cells:
        if not hasattr(self, "excluded"):
            self.excluded = {}
        table = self.random.choice(tables)
        is_derived = (
            bool(derived) and table is tables[0] and kind in ("deadline", "coverage") and self.random.random() < 0.8
        )
        subject = "derived" if is_derived else table.name
        per = kind in ("occurrence", "level", "zero", "measure") and self.random.random() < 0.4
        parts = [
            self.part(f"part-{number}", kind, table, tables, per, is_derived)
            for number in range(self.random.randint(1, 2))
        ]
        column = {"column": table.column["owner"]}
        fixed = {"department": self.random.choice(self.departments)}
        of_cases = kind in ("deadline", "lead_time", "coverage")
        rule: Cells = {
            "version": 1,
            "effective_from": BEGINS if of_cases or kind in ("occurrence", "measure") else date(2026, 3, 20),
            "basis": "charter",
            "threshold": WORDS,
            "target": self.random.choice([1, 0.5, 0.9]),
            "subject": subject,
            "owner": column if per or (of_cases and self.random.random() < 0.6) else fixed,
            "parts": parts,
        }
        if self.random.random() < 0.3:
            rule["where"] = self.condition(table)
        if of_cases and self.random.random() < 0.3:
            self.excluded[f"out-{name}"] = {"text": WORDS, "approver": "it's", "where": self.condition(table)}
            rule["exclude"] = [f"out-{name}"]
        if self.random.random() < 0.3:
            rule["companions"] = [self.companion(number, self.random.choice(tables)) for number in range(2)]
        rules = [rule]
        if self.random.random() < 0.3:
            rules = [
                {**rule, "effective_to": date(2026, 3, 21)},
                {**rule, "version": 2, "effective_from": date(2026, 3, 25)},
            ]
        if of_cases:
            self.part_by_targets(rules)
        text = {"id": name, "citation": f"c/{name}", "pledge": "p", "text": WORDS, "kind": kind}
        return {**text, "rules": rules}

    def part_by_targets(self, rules: list[Cells]) -> None:
        """Some versions of a rule have a target for each part in place of one for all."""
        for rule in rules:
            if self.of_targets.random() < 0.5:
                del rule["target"]
                rule["parts"] = [{**part, "target": self.of_targets.choice([1, 0.5, 0.9])} for part in rule["parts"]]

    def companion(self, number: int, table: Table) -> Cells:
        what: Cells = {"sum_of": table.column["number"]} if number else {"numerator": self.condition(table)}
        dated = table.column[self.random.choice(["opens", "day", "later"])]
        owner = {"owner": {"column": table.column["owner"]}}
        return {"id": f"beside-{number}", "text": WORDS, "subject": table.name, "on": dated, **what, **owner}

    def condition(self, table: Table) -> Cells:
        column = table.column
        return self.random.choice(
            [
                {column["kind"]: "a"},
                {column["kind"]: {"not_in": ["a"]}},
                {column["flag"]: True},
                {column["number"]: {"at_least": 2}},
                {column["number"]: [1, 3]},
                {column["amount"]: {"at_least": 0.1, "at_most": 10}},
                {column["name"]: ["it's", "{{ x }}"]},
                {column["later"]: {"is_null": False}},
                {column["done"]: {"later_than": column["opens"]}},
                {column["owner"]: self.departments[:1]},
            ]
        )

    def part(self, name: str, kind: str, table: Table, tables: list[Table], per: bool, is_derived: bool) -> Cells:
        part = getattr(self, f"_{kind}")(table, tables, per, is_derived)
        if self.random.random() < 0.2:
            part["where"] = self.condition(table)
        if per and "per" not in part:
            part["per"] = {"department": self.kind_of(self.random.choice(self.departments))}
        return {"id": name, **part}

    def _deadline(self, table: Table, tables: list[Table], per: bool, is_derived: bool) -> Cells:
        random, column = self.random, table.column
        finishes: list[Any] = [column["done"], {"column": column["later"], "where": self.condition(table)}]
        if is_derived:
            finishes.append("fact_first")
        opens = random.choice(["opens", "opens", "day"])
        part: Cells = {
            "opens": column[opens],
            "fulfilled_by": {random.choice(["any_of", "all_of"]): random.sample(finishes, random.randint(1, 2))},
            "clock": "elapsed",
            "unit": random.choice(["seconds", "minutes", "hours", "days"]),
            "before": random.random() < 0.2,
        }
        chance = random.random()
        if chance < 0.2:
            return {**part, **self._promised(column, opens)}
        if chance < 0.4:
            part = {**part, **self._by_working_days(opens)}
        else:
            part["limit"], part["clock"] = self._limit(column, opens)
        if random.random() < 0.2 and isinstance(part["limit"], str):
            part["extension"] = {
                "notified": column["other"],
                "reason": column["name"],
                "limit": f"3 {part['limit'].split()[1]}",
            }
        # a limit that ends with a day has no instant that is too late
        part["before"] = part["before"] and opens == "opens" and part["clock"] == "elapsed"
        # the rows of another table that hold a clock name those of ours in ``name``, as facts do
        rolls = part["clock"] != "elapsed" and part["limit"] == "1 month"
        if random.random() < 0.7 and table is tables[0] and self.can_be_derived_from(tables) and not rolls:
            part["pauses"] = self._pauses(tables)
        return part

    def _promised(self, column: Mapping[str, str], opens: str) -> Cells:
        """A moment that stands in the row, perhaps with one before which it is too early."""
        if opens == "opens" and self.random.random() < 0.5:
            window: Cells = {"not_before": column["opens"], "before": False} if self.random.random() < 0.3 else {}
            return {"due": column["other"], **window}
        window = {"not_before": column["day"]} if self.random.random() < 0.5 else {}
        return {"due": column["later"], "unit": "days", "before": False, **window}

    def _by_working_days(self, opens: str) -> Cells:
        random = self.random
        found: Cells = {"clock": "working_days", "unit": "days", "before": False}
        found["limit"] = f"{random.randint(1, 6)} days"
        found["first_day"] = random.choice(["counted", "not_counted"])
        if opens == "opens" and random.random() < 0.5:
            found["cut_off"] = random.choice(["09:00", "12:30", "18:00"])
        if opens == "opens" and random.random() < 0.3:
            found["ends"] = "closing"
        return found

    def _limit(self, column: Mapping[str, str], opens: str) -> tuple[Any, str]:
        """A limit of the charter, by a column's value, or in a column; and a clock that can count it."""
        random = self.random
        days, clocks = ["0 days", "2 days", "7 days"], ["elapsed"]
        lengths = [*days, "1 month"]
        if opens == "opens":
            lengths += ["3600 seconds", "60 minutes", "8 hours", "48 hours"]
            clocks = ["elapsed", "business_hours", "business_hours", "kr_civil_petition"]
        clock, form = random.choice(clocks), random.random()
        otherwise: Cells = {"otherwise": "3 days"} if random.random() < 0.5 else {}
        if form < 0.2 and clock != "kr_civil_petition":
            unit = random.choice(["days", "hours"]) if opens == "opens" else "days"
            return {"column": column["number"], "unit": unit, **otherwise}, clock
        if form < 0.4:
            chosen = random.sample(["1 day", "2 days", "4 days", "5 days"], 3)
            return {"by": column["kind"], "of": dict(zip(CODES, chosen, strict=True))}, clock
        return random.choice(lengths), clock

    def _pauses(self, tables: list[Table]) -> Cells:
        case, log = tables[0], tables[1]
        self.tell_of(case, log)
        return {
            "of": log.name,
            "at": log.column["opens"],
            "by": log.column["name"],
            "where": {log.column["kind"]: ["a"]},
            "until": {log.column["kind"]: self.random.choice([["b"], ["b", "it_s"]])},
            **({"at_most": "5 days"} if self.random.random() < 0.3 else {}),
        }

    def _lead_time(self, table: Table, tables: list[Table], per: bool, is_derived: bool) -> Cells:
        column, random = table.column, self.random
        opens = column[random.choice(["opens", "day"])]
        part: Cells = {"opens": opens, "event": column[random.choice(["later", "done"])], "clock": "elapsed"}
        part["notice"] = column[random.choice(["other", "day"])]
        part["limit"] = random.choice(["0 days", "2 days", "1 month"])
        if random.random() < 0.4:
            return {**part, "limit": "8 hours", "notice": column["other"]}
        if random.random() < 0.4:
            return {**part, "limit": random.choice(["1 day", "3 days"]), "clock": "working_days"}
        return part

    def _slot(self) -> str:
        return self.random.choice(["week", "month", "quarter", "half", "year", "fiscal_year", "term"])

    def _occurrence(self, table: Table, tables: list[Table], per: bool, is_derived: bool) -> Cells:
        return {
            "on": table.column["day"],
            "clock": "calendar",
            "slot": self._slot(),
            "nth": self.random.choice([1, 1, 2]),
        }

    def _level(self, table: Table, tables: list[Table], per: bool, is_derived: bool) -> Cells:
        column, random = table.column, self.random
        part: Cells = {
            "item": column[random.choice(["name", "kind", "number"])],
            "starts": column["day"],
            "clock": "calendar",
            "days": random.choice(["every_day", "working_days"]),
        }
        ends: Cells = {"ends": column["later"]}
        if random.random() < 0.5:
            ends = {"valid_for": "20 days", "standing": {column["flag"]: True}}
        other = random.choice(tables)
        enough: list[Cells] = [{"at_least": random.randint(1, 3)}]
        if part["item"] == column["name"]:
            enough.append({"every": ["A", "a/B"]})
        if not per:
            of: Cells = {"subject": other.name, "item": other.column["name"], "starts": other.column["day"]}
            enough.append({"item": column["name"], "population": {**of, "ends": other.column["later"]}})
        return {**part, **ends, **random.choice(enough)}

    def _coverage(self, table: Table, tables: list[Table], per: bool, is_derived: bool) -> Cells:
        column, random = table.column, self.random
        pieces: list[Cells] = [
            {"column": column["name"]},
            {"column": column["flag"]},
            {"column": column["done"], "after": column["opens"], "within": "2 days"},
            {"any_of": [{"column": column["later"], "after": column["day"]}, {"column": column["number"]}]},
        ]
        opens = random.choice(["opens", "day"])
        limit = random.choice(["0 days", "2 days", "1 month", *(["8 hours"] if opens == "opens" else [])])
        evidence = random.sample(pieces, random.randint(1, 3))
        return {"opens": column[opens], "evidence": evidence, "clock": "elapsed", "limit": limit}

    def _zero(self, table: Table, tables: list[Table], per: bool, is_derived: bool) -> Cells:
        days = self.random.choice(["every_day", "working_days"])
        return {"on": table.column["day"], "clock": "calendar", "days": days}

    def _measure(self, table: Table, tables: list[Table], per: bool, is_derived: bool) -> Cells:
        column, random = table.column, self.random
        other = random.choice(tables)
        dated = column[random.choice(["opens", "day"])]
        if random.random() < 0.2:
            window: Cells = {"on": dated, "rolling": random.choice(["10 days", "1 month"]), "figure": {"count": {}}}
            each = {} if per else {"per": {"column": column[random.choice(["name", "kind", "number"])]}}
            return {**window, **each, "at_most": random.randint(1, 2)}
        by: Cells = {"by": other.column["owner"]} if per else {}
        of: Cells = {"subject": other.name, "item": other.column["name"], "starts": other.column["day"]}
        ratio: Cells = {"over": other.name, "on": other.column["day"], "where": self.condition(other), **by}
        figure = random.choice(
            [
                {"count": {}},
                {"count": {"distinct": column["name"]}},
                {"sum": column["amount"]},
                {"mean": column["amount"]},
                {"median": column["amount"]},
                {"percentile": {"of": column["amount"], "p": random.choice([50, 90, 99.9])}},
                {"share": {"where": self.condition(table)}},
                {"share": {"item": column["name"], "of": {**of, "ends": other.column["later"], **by}}},
                {"ratio": ratio},
            ]
        )
        limits: Cells = random.choice([{"at_least": 1}, {"at_most": 2.5}, {"at_least": 0.5, "at_most": 60}])
        return {"on": dated, "slot": self._slot(), "figure": figure, **limits}

    # ── waivers ─────────────────────────────────────────────────────────────────────────────────

    def waivers(self, standards: list[Cells]) -> list[Cells]:
        if self.random.random() < 0.6:
            return []
        standard = self.random.choice(standards)
        return [
            {
                "waiver_id": "W'1",
                "standard_id": standard["id"],
                "department_id": self.random.choice(["*", self.departments[0]]),
                "subject_id": "*",
                "from_on": date(2026, 3, 1),
                "to_on": date(2026, 3, 22),
                "reason": "it's {{ so }}",
                "approver": "x",
                "decided_at": datetime(2026, 3, 10, 12, tzinfo=ZoneInfo("UTC")),
            }
        ]


WAIVED = (
    *("waiver_id", "standard_id", "department_id", "subject_id", "from_on", "to_on", "reason", "approver"),
    "decided_at",
)


def _csv(headings: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(headings.values())
    for row in rows:
        writer.writerow(_cell(row[column]) for column in headings)
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%d %H:%M:%S")
    return str(value).lower() if isinstance(value, bool) else str(value)
