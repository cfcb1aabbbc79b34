"""A small warehouse as the architecture describes it, built in a scenario's own words."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from charter.base.moments import local_date, local_midnight, month_of, naive_utc, parse_as_of
from charter.base.settings import Settings
from charter.definitions.load import load_agency
from charter.definitions.models import Agency, Placement
from charter.transform.build.builds import MadeBy, write_made_by

HOME = Path(__file__).resolve().parents[2]
KOTRA = HOME / "charters" / "kotra"
SUNDAY = date(2026, 7, 5)
MONDAY = date(2026, 6, 29)

_TABLES = """
CREATE SCHEMA marts;
CREATE TABLE marts.run (as_of TIMESTAMP, known_at TIMESTAMP, charter_id VARCHAR, charter_version VARCHAR,
    in_force_from DATE, agency_name_ko VARCHAR, agency_name_en VARCHAR);
CREATE TABLE marts.dim_standard (standard_id VARCHAR, rule_version BIGINT, position BIGINT, section VARCHAR,
    citation VARCHAR, pledge VARCHAR, pledge_ko VARCHAR, pledge_en VARCHAR, text_ko VARCHAR, text_en VARCHAR,
    kind VARCHAR,
    basis VARCHAR, basis_note_ko VARCHAR, basis_note_en VARCHAR, threshold_ko VARCHAR, threshold_en VARCHAR,
    clock VARCHAR, target DOUBLE, owner VARCHAR, effective_from DATE, effective_to DATE);
CREATE TABLE marts.dim_rule_part (standard_id VARCHAR, rule_version BIGINT, part VARCHAR, part_ko VARCHAR,
    part_en VARCHAR, kind VARCHAR, subject_table VARCHAR, clock VARCHAR, counting VARCHAR, limit_amount BIGINT,
    limit_unit VARCHAR, limit_least DOUBLE, comparison VARCHAR, unit VARCHAR, broken_standard_id VARCHAR,
    target DOUBLE);
CREATE TABLE marts.dim_department (department_id VARCHAR, valid_from DATE, valid_to DATE, name_ko VARCHAR,
    name_en VARCHAR, kind VARCHAR, parent_id VARCHAR, path VARCHAR, level BIGINT, time_zone VARCHAR);
CREATE TABLE marts.dim_exclusion (exclusion_rule VARCHAR, text_ko VARCHAR, text_en VARCHAR, approver VARCHAR,
    is_strict BOOLEAN, valid_from DATE, valid_to DATE);
CREATE TABLE marts.restatements (week_start DATE, closed_at TIMESTAMP, standard_id VARCHAR, commitment_id VARCHAR,
    before_status VARCHAR, after_status VARCHAR, before_department_id VARCHAR, after_department_id VARCHAR,
    cause VARCHAR, known_at TIMESTAMP);
CREATE TABLE marts.waivers (exclusion_rule VARCHAR, waiver_id VARCHAR, standard_id VARCHAR, department_id VARCHAR,
    subject_id VARCHAR, from_on DATE, to_on DATE, reason VARCHAR, approver VARCHAR, decided_at TIMESTAMP,
    source_id VARCHAR, origin VARCHAR, first_known_at TIMESTAMP, version_count BIGINT, ended_at TIMESTAMP,
    ended_by VARCHAR);
CREATE TABLE marts.fct_commitments (commitment_id VARCHAR, standard_id VARCHAR, rule_version BIGINT, part VARCHAR,
    subject_table VARCHAR, subject_id VARCHAR, department_id VARCHAR, opened_at TIMESTAMP, due_at TIMESTAMP,
    original_due_at TIMESTAMP, due_basis VARCHAR, fulfilled_at TIMESTAMP, decided_at TIMESTAMP, opened_on DATE,
    decided_on DATE, status VARCHAR, exclusion_rule VARCHAR, measured_value DOUBLE, limit_value DOUBLE,
    lower_limit_value DOUBLE, paused_count BIGINT, paused_seconds DOUBLE,
    missing_evidence VARCHAR, waited_seconds DOUBLE, unit VARCHAR,
    source_id VARCHAR, known_at TIMESTAMP);
CREATE TABLE marts.compliance_weekly (week_start DATE, week_end DATE, standard_id VARCHAR, department_id VARCHAR,
    met BIGINT, breached BIGINT, pending BIGINT, excluded BIGINT);
CREATE TABLE marts.standard_results (period_kind VARCHAR, period_start DATE, period_end DATE, standard_id VARCHAR,
    department_id VARCHAR, met BIGINT, breached BIGINT, pending BIGINT, excluded BIGINT, breached_strict BIGINT,
    days_without_data BIGINT, result VARCHAR, reason VARCHAR, refused BIGINT, met_at_least BIGINT,
    breached_at_most BIGINT, met_at_most BIGINT, breached_at_least BIGINT, ahead BIGINT, withdrawn BIGINT,
    early BIGINT);
CREATE TABLE marts.target_results (period_kind VARCHAR, period_start DATE, standard_id VARCHAR, rule_version BIGINT,
    part VARCHAR, department_id VARCHAR, target DOUBLE, met BIGINT, breached BIGINT, excluded BIGINT, result VARCHAR,
    met_at_least BIGINT, breached_at_most BIGINT, met_at_most BIGINT, breached_at_least BIGINT);
CREATE TABLE marts.companion_weekly (week_start DATE, standard_id VARCHAR, companion VARCHAR, department_id VARCHAR,
    numerator DOUBLE, denominator BIGINT);
CREATE TABLE marts.expectation_results (as_of TIMESTAMP, suite VARCHAR, expectation VARCHAR, kind VARCHAR,
    standard_id VARCHAR, table_name VARCHAR, source_id VARCHAR, period_kind VARCHAR, period_start DATE, period_end DATE,
    description_ko VARCHAR, severity VARCHAR, evaluated BIGINT, unexpected BIGINT, outcome VARCHAR, error VARCHAR,
    failing_ids VARCHAR[]);
CREATE TABLE marts.source_status (source_id VARCHAR, day DATE, covered BOOLEAN, arrived BIGINT, landed BIGINT,
    unchanged BIGINT, quarantined BIGINT, reason VARCHAR);
CREATE TABLE marts.actions (action_id VARCHAR, standard_id VARCHAR, department_id VARCHAR, from_on DATE, to_on DATE,
    cause VARCHAR, measure VARCHAR, owner VARCHAR, due_on DATE, done_on DATE, state VARCHAR, is_cause BOOLEAN,
    source_id VARCHAR, origin VARCHAR, first_known_at TIMESTAMP, version_count BIGINT, unread_at TIMESTAMP,
    ended_at TIMESTAMP, ended_by VARCHAR);
CREATE TABLE marts.period_comments (comment_id VARCHAR, standard_id VARCHAR, department_id VARCHAR, from_on DATE,
    to_on DATE, comment VARCHAR, owner VARCHAR, source_id VARCHAR, origin VARCHAR, first_known_at TIMESTAMP,
    version_count BIGINT, unread_at TIMESTAMP, ended_at TIMESTAMP, ended_by VARCHAR);
CREATE TABLE marts.unread_entries (entry_id VARCHAR, table_name VARCHAR, source_id VARCHAR, row_key VARCHAR,
    standard_id VARCHAR, origin VARCHAR, unread_columns VARCHAR, refused_at TIMESTAMP);
CREATE TABLE marts.row_fates (source_id VARCHAR, table_name VARCHAR, fate VARCHAR, standard_id VARCHAR, part VARCHAR,
    condition VARCHAR, row_count BIGINT, rows_dated_ahead BIGINT, furthest_on DATE, example_key VARCHAR);
"""

# What only explanations read; no scenario says anything of it.
_EXPLAINED = """
ALTER TABLE marts.standard_results ADD COLUMN awaited BIGINT DEFAULT 0;
ALTER TABLE marts.fct_commitments ADD COLUMN fulfilled_by VARCHAR;
CREATE TABLE IF NOT EXISTS marts.restatements (week_start DATE, closed_at TIMESTAMP, standard_id VARCHAR,
    commitment_id VARCHAR, before_status VARCHAR, after_status VARCHAR, cause VARCHAR, known_at TIMESTAMP);
CREATE TABLE IF NOT EXISTS marts.ownership (subject_table VARCHAR, subject_id VARCHAR, department_id VARCHAR,
    owned_from TIMESTAMP, owned_until TIMESTAMP);
"""


# How many commitments a day without data may have decided.
MISSING_DAY_AT_MOST = 40


@dataclass
class Scenario:
    """What happened, commitment by commitment; ``build`` counts it up as the warehouse would.

    Instants are written in the agency's time: ``"2026-07-01 14:20"``.
    """

    folder: Path
    as_of_day: date = SUNDAY
    agency: Agency = field(default_factory=lambda: load_agency(KOTRA))
    charter_dir: Path = KOTRA
    commitments: list[dict[str, Any]] = field(default_factory=list)
    history: list[tuple[date, str, str, int, int]] = field(default_factory=list)
    days_without_data: dict[str, list[tuple[str, date]]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    awaited: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    companions: list[tuple[str, str, str, float, int]] = field(default_factory=list)
    expectations: list[tuple[Any, ...]] = field(default_factory=list)
    gaps: dict[tuple[str, date], str] = field(default_factory=dict)
    fates: list[tuple[Any, ...]] = field(default_factory=list)
    waivers: list[tuple[str, str, str]] = field(default_factory=list)
    actions: list[tuple[Any, ...]] = field(default_factory=list)
    comments: list[tuple[Any, ...]] = field(default_factory=list)
    unread: list[tuple[Any, ...]] = field(default_factory=list)
    made_by: MadeBy | None = field(default_factory=lambda: MadeBy(engine="this release", charter="this charter"))

    @property
    def settings(self) -> Settings:
        return Settings(home=HOME, charter_dir=self.charter_dir, var_dir=self.folder, environment={})

    @property
    def as_of(self) -> datetime:
        return parse_as_of(self.as_of_day.isoformat(), self.agency.zone)

    def at(self, text: str) -> datetime:
        """An instant (aware UTC) from local text; ``24:00`` is the midnight that ends the day."""
        day = date.fromisoformat(text[:10])
        if text.endswith("24:00"):
            return local_midnight(day + timedelta(days=1), self.agency.zone)
        hours, minutes = (int(part) for part in text[11:16].split(":"))
        return local_midnight(day, self.agency.zone) + timedelta(
            hours=hours, minutes=minutes, seconds=int(text[17:] or 0)
        )

    def commitment(
        self,
        standard_id: str,
        department_id: str | None,
        subject_id: str,
        status: str,
        *,
        opened: str,
        due: str,
        fulfilled: str | None = None,
        decided: str | None = None,
        excluded_by: str | None = None,
        measured: float | None = None,
        limit: float | None = None,
        part: str | None = None,
        due_basis: str = "limit",
        paused_count: int = 0,
        paused_seconds: float = 0,
        missing_evidence: str | None = None,
        waited_seconds: float | None = None,
        arrived_on: date = SUNDAY,
    ) -> None:
        """One commitment. ``decided`` defaults to the earlier of fulfilment and due time; pending has none.

        Its newest row arrived in the night after ``arrived_on``.
        """
        rule = rule_on(self.agency, standard_id, date.fromisoformat(opened[:10]))
        part = part or rule.parts[0].id
        opened_at, due_at = self.at(opened), self.at(due)
        fulfilled_at = self.at(fulfilled) if fulfilled else None
        decided_at = self.at(decided) if decided else min(due_at, fulfilled_at or due_at)
        at_midnight = decided_at == local_midnight(local_date(decided_at, self.agency.zone), self.agency.zone)
        decided_on = local_date(decided_at - timedelta(seconds=1) if at_midnight else decided_at, self.agency.zone)
        pending = status == "pending"
        self.commitments.append(
            {
                "commitment_id": f"{standard_id}/{part}/{subject_id}",
                "standard_id": standard_id,
                "rule_version": rule.version,
                "part": part,
                "subject_table": rule.subject,
                "subject_id": subject_id,
                "department_id": department_id,
                "opened_at": naive_utc(opened_at),
                "due_at": naive_utc(due_at),
                "original_due_at": naive_utc(due_at),
                "due_basis": due_basis,
                "fulfilled_at": naive_utc(fulfilled_at) if fulfilled_at else None,
                "decided_at": None if pending else naive_utc(decided_at),
                "opened_on": local_date(opened_at, self.agency.zone),
                "decided_on": None if pending else decided_on,
                "status": status,
                "exclusion_rule": excluded_by,
                "measured_value": measured,
                "limit_value": limit,
                "lower_limit_value": None,
                "paused_count": paused_count,
                "paused_seconds": paused_seconds,
                "missing_evidence": missing_evidence,
                "waited_seconds": waited_seconds,
                "unit": _unit(self.agency, standard_id),
                "source_id": "voc",
                "known_at": naive_utc(parse_as_of(arrived_on.isoformat(), self.agency.zone)),
            }
        )

    def many_met(self, standard_id: str, department_id: str, count: int, *, day: str = "2026-07-01") -> None:
        """``count`` commitments kept on ``day``."""
        for number in range(count):
            self.commitment(
                standard_id,
                department_id,
                f"OK-{standard_id}-{department_id}-{day}-{number:04d}",
                "met",
                opened=f"{day} 09:00",
                due=f"{day} 18:00",
                fulfilled=f"{day} 10:00",
            )

    def earlier_weeks(self, standard_id: str, department_id: str, weeks: list[tuple[int, int]]) -> None:
        """(met, breached) of the weeks before the closed one, the latest last."""
        for back, (met, breached) in zip(range(len(weeks), 0, -1), weeks, strict=True):
            self.history.append((MONDAY - timedelta(weeks=back), standard_id, department_id, met, breached))

    def no_data(self, standard_id: str, source_id: str, *days: date, reason: str = "file missing") -> None:
        """The source was silent on these days, so that the standard could not be judged on them."""
        for day in days:
            self.days_without_data[standard_id].append((source_id, day))
            self.gaps[source_id, day] = reason

    def action(
        self,
        standard_id: str,
        department_id: str | None,
        *,
        begins: date = MONDAY,
        ends: date | None = None,
        due: date = date(2026, 7, 31),
        done: date | None = None,
        owner: str = "voc-team",
        gone_on: date | None = None,
        unread: bool = False,
        cause: str = "한 사람이 창구를 맡음",
        measure: str = "두 사람으로 늘림",
    ) -> str:
        """An action on the register, and its number."""
        action_id, known = f"A-{len(self.actions) + 1}", naive_utc(self.as_of)
        is_done = done is not None and done <= self.as_of_day
        is_late = due <= self.as_of_day - timedelta(days=1)
        state = "withdrawn" if gone_on else "done" if is_done else "overdue" if is_late else "open"
        ended = naive_utc(local_midnight(gone_on + timedelta(days=1), self.agency.zone)) if gone_on else None
        self.actions.append(
            (
                *(action_id, standard_id, department_id, begins, ends, cause, measure),
                *(owner, due, done, state, not gone_on and not unread, "action-register", f"actions.xlsx/{action_id}"),
                *(known, 1, known if unread else None, ended, "gone" if ended else None),
            )
        )
        return action_id

    def comment(self, standard_id: str, department_id: str | None, begins: date, ends: date, text: str) -> None:
        """What the owner of a standard says of a period."""
        comment_id, known = f"C-{len(self.comments) + 1}", naive_utc(self.as_of)
        self.comments.append(
            (
                *(comment_id, standard_id, department_id, begins, ends, text, department_id or "kotra"),
                *("action-register", f"actions.xlsx/{comment_id}", known, 1, None, None, None),
            )
        )

    def unread_entry(self, standard_id: str | None) -> None:
        """An entry of the register of actions that could not be read; of which standard, where that could."""
        entry_id, known = f"refusal-{len(self.unread) + 1}", naive_utc(self.as_of)
        origin = f"actions.xlsx/{entry_id}"
        self.unread.append((entry_id, "actions", "action-register", None, standard_id, origin, "due_on", known))

    def check(
        self,
        expectation: str,
        kind: str,
        outcome: str,
        *,
        standard_id: str | None = None,
        source_id: str | None = None,
        evaluated: int | None = None,
        unexpected: int | None = None,
        error: str | None = None,
    ) -> None:
        """An expectation's outcome for the closed week."""
        about = (f"{kind}s", expectation, kind, standard_id, "fct_commitments", source_id)
        judged = (f"점검 내용: {expectation}", "critical", evaluated, unexpected, outcome, error, None)
        self.expectations.append((*about, "week", MONDAY, SUNDAY, *judged))

    def build(self) -> Scenario:
        """Writes the warehouse; the scenario itself is given back."""
        self.settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
        self.settings.warehouse.unlink(missing_ok=True)
        with duckdb.connect(str(self.settings.warehouse)) as connection:
            connection.execute("BEGIN TRANSACTION")
            connection.execute(_in_languages(_TABLES, self.agency.charter.languages))
            for table, rows in self._tables().items():
                if rows:
                    columns = {f"c{number}": list(values) for number, values in enumerate(zip(*rows, strict=True))}
                    connection.register("incoming", pa.table(columns))
                    connection.execute(f"INSERT INTO marts.{table} SELECT * FROM incoming")
                    connection.unregister("incoming")
            connection.execute(_EXPLAINED)
            if self.made_by is not None:
                write_made_by(connection, self.made_by)
            connection.execute("COMMIT")
        return self

    def _tables(self) -> dict[str, list[tuple[Any, ...]]]:
        weekly = self._weekly()
        return {
            "run": [self._run()],
            "dim_standard": list(self._standards()),
            "dim_rule_part": list(self._parts()),
            "dim_department": list(self._departments()),
            "dim_exclusion": [
                *self._exclusions(),
                *self._waivers(),
            ],
            "waivers": list(self._waivers_known()),
            "actions": self.actions,
            "period_comments": self.comments,
            "unread_entries": self.unread,
            "fct_commitments": [tuple(item.values()) for item in self.commitments],
            "compliance_weekly": [
                (start, start + timedelta(days=6), *key, *counts) for (start, *key), counts in sorted(weekly.items())
            ],
            "standard_results": list(self._results(weekly)),
            "target_results": list(self._target_results()),
            "companion_weekly": [(MONDAY, *row) for row in self.companions],
            "expectation_results": [(naive_utc(self.as_of), *row) for row in self.expectations],
            "source_status": list(self._sources()),
            "row_fates": self.fates,
        }

    def _texts(self, text: Any) -> list[str | None]:
        """A text in each of the agency's languages, as the tables have it."""
        return [text.root.get(language) if text else None for language in self.agency.charter.languages]

    def _run(self) -> tuple[Any, ...]:
        charter = self.agency.charter
        as_of = naive_utc(self.as_of)
        return as_of, as_of, charter.id, charter.version, charter.in_force_from, *self._texts(charter.agency)

    def _standards(self) -> Any:
        pledges = {pledge.id: pledge.text for pledge in self.agency.charter.pledges}
        for position, standard in enumerate(self.agency.charter.standards, 1):
            for rule in standard.rules:
                part, note, pledge = rule.parts[0], rule.basis_note, pledges[standard.pledge]
                owner = rule.owner.department or rule.owner.column
                yield (
                    *(standard.id, rule.version, position, standard.citation.rpartition("/")[0], standard.citation),
                    *(standard.pledge, *self._texts(pledge), *self._texts(standard.text), standard.kind),
                    *(rule.basis, *self._texts(note), *self._texts(rule.threshold)),
                    *(getattr(part, "clock", ""), rule.target, owner, rule.effective_from, rule.effective_to),
                )

    def _parts(self) -> Any:
        for standard in self.agency.charter.standards:
            for rule in standard.rules:
                for part in rule.parts:
                    limit = getattr(part, "limit", None)
                    comparison = "<" if getattr(part, "before", False) else "<="
                    if standard.kind in ("lead_time", "occurrence", "level", "coverage"):
                        comparison = ">="
                    text = part.text
                    yield (
                        *(standard.id, rule.version, part.id, *self._texts(text), standard.kind),
                        *(rule.subject, getattr(part, "clock", ""), "seconds", limit and limit.amount),
                        *(limit and limit.unit, None, comparison, _unit(self.agency, standard.id), None, part.target),
                    )

    def _departments(self) -> Any:
        for item in self.agency.organisation.departments:
            for place in item.placements:
                yield (
                    *(item.id, place.effective_from, place.effective_to),
                    *(*self._texts(place.name or item.name), place.kind or item.kind),
                    *(place.parent, item.id, 0, item.time_zone),
                )

    def _exclusions(self) -> Any:
        for rule, item in self.agency.charter.exclusions.items():
            yield rule, *self._texts(item.text), item.approver, item.strict, None, None

    def _waivers(self) -> Any:
        for rule, reason, who in self.waivers:
            yield rule, *([reason] * len(self.agency.charter.languages)), who, False, None, None

    def _waivers_known(self) -> Any:
        """Each waiver as decided for its one case, in the closed week."""
        for rule, reason, who in self.waivers:
            name = rule.removeprefix("waiver:")
            case = next(each for each in self.commitments if each["exclusion_rule"] == rule)
            yield (
                *(rule, name, case["standard_id"], None, case["subject_id"], MONDAY, SUNDAY, reason, who),
                *(
                    case["decided_at"],
                    "registers",
                    f"registers.xlsx/waivers:{name}",
                    naive_utc(self.as_of),
                    1,
                    None,
                    None,
                ),
            )

    def _weekly(self) -> dict[tuple[date, str, str], list[int]]:
        counts: dict[tuple[date, str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        place = {"met": 0, "breached": 1, "pending": 2, "excluded": 3}
        for item in self.commitments:
            day = item["decided_on"] or self.as_of_day
            start = day - timedelta(days=day.weekday())
            counts[start, item["standard_id"], item["department_id"]][place[item["status"]]] += 1
        for start, standard_id, department_id, met, breached in self.history:
            counts[start, standard_id, department_id][0] += met
            counts[start, standard_id, department_id][1] += breached
        return {key: counts[key] for key in counts if key[2] is not None}

    def _monthly(self) -> dict[tuple[date, str, str], list[int]]:
        """What was decided in each calendar month, commitment by commitment."""
        counts: dict[tuple[date, str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        place = {"met": 0, "breached": 1, "excluded": 3}
        for item in self.commitments:
            if item["decided_on"] is not None and item["department_id"] is not None:
                month = item["decided_on"].replace(day=1)
                counts[month, item["standard_id"], item["department_id"]][place[item["status"]]] += 1
        return counts

    def _results(self, weekly: dict[tuple[date, str, str], list[int]]) -> Any:
        sums: dict[tuple[str, date, str, str | None], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for (start, standard_id, owned_by), counts in self._monthly().items():
            for owner in (owned_by, None):
                month = ("month", start, standard_id, owner)
                sums[month] = [a + b for a, b in zip(sums[month], counts, strict=True)]
        for (start, standard_id, owned_by), counts in weekly.items():
            for period in (("week", start), ("year", date(self.as_of_day.year, 1, 1))):
                for owner in (owned_by, None):
                    key = (*period, standard_id, owner)
                    sums[key] = [a + b for a, b in zip(sums[key], counts, strict=True)]
        for standard in self.agency.charter.standards:
            for period in (("week", MONDAY), ("year", date(self.as_of_day.year, 1, 1))):
                sums.setdefault((*period, standard.id, None), [0, 0, 0, 0])
        strict = {rule for rule, item in self.agency.charter.exclusions.items() if item.strict}
        for (kind, start, standard_id, department_id), counts in sums.items():
            standard = next(item for item in self.agency.charter.standards if item.id == standard_id)
            end = {"week": start + timedelta(days=6), "month": month_of(start).end}.get(kind, self.as_of_day)
            silent = [found for found in self.days_without_data[standard_id] if start <= found[1] <= end]
            met, breached, pending, excluded = counts
            extra = sum(
                item["exclusion_rule"] in strict
                and item["standard_id"] == standard_id
                and department_id in (None, item["department_id"])
                for item in self.commitments
            )
            is_open = kind == "week" and department_id is None
            refused, awaited = (counts[standard_id] if is_open else 0 for counts in (self.refused, self.awaited))
            unknown = len(silent) * MISSING_DAY_AT_MOST + refused + awaited
            reasons = [f"{silent[0][0]}:{silent[0][1]}"] if silent else []
            reasons += [f"refused:{refused}"] if refused else []
            reasons += [f"awaited:{awaited}"] if awaited else []
            missed = self._missed(standard, department_id, start, end, unknown_met=unknown)
            kept = not self._missed(standard, department_id, start, end, unknown_breached=unknown)
            yield (
                *(kind, start, end, standard_id, department_id, met, breached, pending, excluded, breached + extra),
                *(len(silent), self._result(met + breached, missed, kept and not (silent and not met + breached))),
                "; ".join(reasons) or None,
                *(refused, met, breached + unknown, met + unknown, breached),
                *(0, 0, 0),
            )

    def _missed(
        self,
        standard: Any,
        department_id: str | None,
        start: date,
        end: date,
        *,
        unknown_met: int = 0,
        unknown_breached: int = 0,
    ) -> bool:
        """Whether some version of the rule missed its own target on what it decided from ``start`` to ``end``, and on
        what is not known, which belongs to the newest one."""
        rules = {rule.version: rule for rule in standard.rules}
        counts: dict[tuple[int, str | None], list[int]] = defaultdict(lambda: [0, 0])
        for item in self.commitments:
            counted = item["standard_id"] == standard.id and department_id in (None, item["department_id"])
            if counted and item["status"] in ("met", "breached") and start <= item["decided_on"] <= end:
                version = item["rule_version"]
                own = item["part"] if item["part"] in rules[version].targets else None
                counts[version, own][item["status"] == "breached"] += 1
        for week, standard_id, owner, met, breached in self.history:
            if standard_id == standard.id and department_id in (None, owner) and start <= week <= end:
                before = counts[rule_on(self.agency, standard.id, week).version, None]
                before[0] += met
                before[1] += breached
        newest = rules[max((version for version, _ in counts), default=standard.rules[-1].version)]
        for part in newest.targets:
            counts[newest.version, part][0] += unknown_met
            counts[newest.version, part][1] += unknown_breached
        return any(
            met < rules[version].targets[part] * (met + breached) for (version, part), (met, breached) in counts.items()
        )

    def _target_results(self) -> Any:
        """What each part with a target of its own came to; a silent day may have decided so many of each."""
        own = {
            (standard.id, rule.version, part): target
            for standard in self.agency.charter.standards
            for rule in standard.rules
            for part, target in rule.targets.items()
            if part is not None
        }
        owners = {None, *(item["department_id"] for item in self.commitments)}
        for (standard_id, version, part), target in own.items():
            for kind, start in (("week", MONDAY), ("year", date(self.as_of_day.year, 1, 1))):
                end = start + timedelta(days=6) if kind == "week" else self.as_of_day
                silent = [day for _, day in self.days_without_data[standard_id] if start <= day <= end]
                unknown = len(silent) * MISSING_DAY_AT_MOST
                for owner in owners:
                    counts = {
                        status: sum(
                            (item["standard_id"], item["rule_version"], item["part"]) == (standard_id, version, part)
                            and owner in (None, item["department_id"])
                            and item["status"] == status
                            and start <= item["decided_on"] <= end
                            for item in self.commitments
                            if item["decided_on"]
                        )
                        for status in ("met", "breached", "excluded")
                    }
                    met, breached, excluded = counts.values()
                    missed = met + unknown < target * (met + breached + unknown)
                    kept = met >= target * (met + breached + unknown)
                    yield (
                        *(kind, start, standard_id, version, part, owner, target, met, breached, excluded),
                        self._result(met + breached, missed, kept),
                        *(met, breached + unknown, met + unknown, breached),
                    )

    def _result(self, decided: int, missed: bool, kept: bool) -> str:
        if missed:
            return "broken"
        if not kept:
            return "no_data"
        return "kept" if decided else "nothing_due"

    def _sources(self) -> Any:
        for source in self.agency.sources:
            for back in range(13, -1, -1):
                day = self.as_of_day - timedelta(days=back)
                reason = self.gaps.get((source.id, day))
                counts = (0, 0, 0, 0) if reason else (120, 20, 99, 1)
                yield source.id, day, reason is None, *counts, reason


def _in_languages(tables: str, languages: list[str]) -> str:
    """The tables with a column of each text for every language; what checks say is in the first one."""
    pair = re.compile(r"(\w+)_ko VARCHAR,\s+\1_en VARCHAR")
    tables = pair.sub(lambda found: ", ".join(f"{found[1]}_{each} VARCHAR" for each in languages), tables)
    return tables.replace("description_ko", f"description_{languages[0]}")


def rule_on(agency: Agency, standard_id: str, day: date) -> Any:
    """The version of a standard's rule in force on ``day``; the first when none had begun."""
    rules = next(item for item in agency.charter.standards if item.id == standard_id).rules
    begun = [rule for rule in rules if rule.effective_from <= day]
    return begun[-1] if begun else rules[0]


def amended(agency: Agency, standard_id: str, on: str, **changes: Any) -> Agency:
    """The agency with a further version of the standard's rule, in force from ``on``."""
    day = date.fromisoformat(on)

    def further(standard: Any) -> Any:
        if standard.id != standard_id:
            return standard
        *before, last = standard.rules
        ended = last.model_copy(update={"effective_to": day - timedelta(days=1)})
        begun = last.model_copy(update={"version": last.version + 1, "effective_from": day, **changes})
        return standard.model_copy(update={"rules": [*before, ended, begun]})

    standards = [further(standard) for standard in agency.charter.standards]
    return agency.model_copy(update={"charter": agency.charter.model_copy(update={"standards": standards})})


def withdrawn(agency: Agency, standard_id: str, last_day: str) -> Agency:
    """The agency in which the standard's last version ended with ``last_day``."""

    def ended(standard: Any) -> Any:
        if standard.id != standard_id:
            return standard
        *before, last = standard.rules
        return standard.model_copy(
            update={"rules": [*before, last.model_copy(update={"effective_to": date.fromisoformat(last_day)})]}
        )

    standards = [ended(standard) for standard in agency.charter.standards]
    return agency.model_copy(update={"charter": agency.charter.model_copy(update={"standards": standards})})


def moved(agency: Agency, department_id: str, on: str, parent: str) -> Agency:
    """The agency in which the department stands under ``parent`` from ``on``."""
    day = date.fromisoformat(on)

    def placed(department: Any) -> Any:
        if department.id != department_id:
            return department
        *before, last = department.placements
        ended = last.model_copy(update={"effective_to": day - timedelta(days=1)})
        return department.model_copy(
            update={"placements": [*before, ended, Placement(effective_from=day, parent=parent)]}
        )

    departments = [placed(department) for department in agency.organisation.departments]
    return agency.model_copy(
        update={"organisation": agency.organisation.model_copy(update={"departments": departments})}
    )


def _unit(agency: Agency, standard_id: str) -> str:
    standard = next(item for item in agency.charter.standards if item.id == standard_id)
    part: Any = standard.rules[0].parts[0]
    if standard.kind == "lead_time":
        return "days"
    if standard.kind == "level" and part.population is not None:
        return "percent"
    return str(part.unit) if standard.kind == "deadline" else "count"


def usual_week(folder: Path) -> Scenario:
    """The week that the golden files show: broken, late, unanswered, at risk, excluded, silent and unchecked things."""
    week = Scenario(folder)
    reply, team = "branch-first-reply", "branch-team"
    week.many_met(reply, team, 5)
    week.commitment(
        *(reply, team, "VOC-2026-000412", "breached"), opened="2026-06-29 09:10", due="2026-07-01 09:10",
        fulfilled="2026-07-01 15:40", measured=54.5, limit=48,
    )  # fmt: skip
    week.commitment(*(reply, team, "VOC-2026-000420", "breached"), opened="2026-06-30 11:00", due="2026-07-02 11:00")
    week.commitment(*(reply, team, "VOC-2026-000431", "breached"), opened="2026-07-02 16:30", due="2026-07-04 16:30")
    week.commitment(*(reply, team, "VOC-2026-000388", "breached"), opened="2026-06-22 10:00", due="2026-06-24 10:00")
    week.commitment(*(reply, team, "VOC-2026-000455", "pending"), opened="2026-07-04 13:20", due="2026-07-06 13:20")
    week.commitment(*(reply, team, "VOC-2026-000457", "pending"), opened="2026-07-05 21:05", due="2026-07-07 21:05")
    week.commitment(
        *(reply, team, "VOC-2026-000440", "excluded"), opened="2026-07-03 10:00", due="2026-07-05 10:00",
        decided="2026-07-03 10:30", excluded_by="spam",
    )  # fmt: skip
    week.commitment(
        *(reply, team, "VOC-2026-000441", "excluded"), opened="2026-07-03 10:05", due="2026-07-05 10:05",
        decided="2026-07-03 10:30", excluded_by="spam",
    )  # fmt: skip
    week.commitment(
        *(reply, team, "VOC-2026-000444", "excluded"), opened="2026-07-03 11:05", due="2026-07-05 11:05",
        decided="2026-07-03 13:30", excluded_by="waiver:W-2026-03",
    )  # fmt: skip
    week.waivers.append(("waiver:W-2026-03", "시스템 점검(7. 3.)", "감사실장"))
    week.earlier_weeks(
        reply,
        team,
        [(11, 0), (9, 1), (12, 0), (10, 0), (8, 0), (0, 0), (14, 1), (12, 0), (9, 0), (13, 0), (11, 0), (10, 0)],
    )

    week.many_met("phone-answer", team, 88)
    for number, seconds in enumerate((11, 14, 21)):
        week.commitment(
            *("phone-answer", team, f"C20260701-{number:05d}", "breached"), opened=f"2026-07-01 1{number}:00:00",
            due=f"2026-07-01 1{number}:00:09", fulfilled=f"2026-07-01 1{number}:00:{seconds}",
            measured=float(seconds), limit=9.0,
        )  # fmt: skip
    week.commitment(
        *("phone-answer", team, "C20260702-00007", "excluded"), opened="2026-07-02 10:00:00",
        due="2026-07-02 10:00:09", decided="2026-07-02 10:00:05", excluded_by="abandoned-within-limit",
    )  # fmt: skip
    week.earlier_weeks("phone-answer", team, [(90, 2), (85, 4), (92, 3), (88, 1), (95, 3), (80, 5), (91, 2), (87, 3)])
    week.no_data("phone-answer", "telephone", date(2026, 7, 3), reason="calls_20260703.csv did not arrive")

    week.many_met("satisfaction-reply-rating", team, 6)
    week.companions.append(("satisfaction-reply-rating", "response-rate", team, 3, 8))
    week.companions.append(("satisfaction-reply-rating", "mean-rating", team, 12.5, 3))
    week.commitment(
        *("branch-change-notice", team, "CH-2026-04", "breached"), part="email", opened="2026-06-25 00:00",
        due="2026-06-30 24:00", fulfilled="2026-07-02 00:00", measured=29, limit=30,
    )  # fmt: skip
    week.commitment(
        *("phone-greeting", team, "R20260702-0003", "breached"), opened="2026-07-02 10:00", due="2026-07-02 10:00",
        measured=2, limit=3,
    )  # fmt: skip
    week.many_met("phone-greeting", team, 3)

    week.commitment(
        *("invest-one-stop", "invest-centre", "2026-06-30", "breached"), opened="2026-06-30 00:00",
        due="2026-06-30 24:00", measured=9, limit=10,
    )  # fmt: skip
    week.many_met("invest-one-stop", "invest-centre", 4)
    week.many_met("phone-answer", "new-york", 40)
    week.many_met("online-voc-reply", "voc-team", 22)
    week.commitment(
        *("online-voc-reply", "voc-team", "VOC-2026-000399", "pending"), part="promised-answer",
        opened="2026-06-30 10:00", due="2026-07-08 24:00", due_basis="promised",
    )  # fmt: skip
    week.commitment(
        "redress-correction", "hanoi", "CM-2026-011", "breached", opened="2026-06-25 09:00", due="2026-07-02 09:00"
    )
    week.check("branch-first-reply.hours", "threshold", "broken", standard_id=reply, evaluated=8, unexpected=3)
    week.check("branch-first-reply.agreement", "agreement", "kept", standard_id=reply, evaluated=8, unexpected=0)
    week.check("calls.call_id.unique", "contract", "no_data", source_id="telephone", evaluated=0, unexpected=0)
    error = "Binder Error: column page_id not found"
    week.check("info-website.percent", "threshold", "check_error", standard_id="info-website", error=error)
    return week.build()
