"""What a night's build must work on: everything, or the cases that tonight's rows, open commitments and waivers touch.

An increment is a full build of fewer cases. The raw views show dbt only the rows of tonight's scope, so that no model
knows of increments but those that keep the ledger. A case is in scope when

* a row of it arrived since the build before, or a version of such a row once belonged to it;
* a commitment of it was pending, or taken out before its due time, or a fact of it lay ahead of the as-of instant, in
  the build before;
* a waiver that was changed, or came into effect, since then may take out a commitment of it.

The same key in two sources that feed one table is two subjects and one case: whatever names the key alone may mean
either of them, so both are looked at.

Nothing else can change what the ledger says: calendars move only due times that have not come, and another charter,
other code or other files of earlier nights make a full build.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from charter.base.moments import local_date, naive_utc
from charter.base.settings import Settings
from charter.base.sql import quoted
from charter.definitions.models import Agency, Subject
from charter.definitions.waivers import WAIVERS
from charter.lake.files import contract_path, landed_files, rows_of
from charter.transform.build.builds import Build
from charter.transform.compile.cases import CaseTables, case_tables
from charter.transform.compile.subject_ids import shared_tables, table_ids


def write_whole_scope(db: duckdb.DuckDBPyConnection, settings: Settings, agency: Agency, known_at: datetime) -> None:
    """Shows dbt every version known at ``known_at`` (aware): the scope of a full build."""
    db.execute("create schema if not exists raw")
    for table, subject in agency.subjects.items():
        if subject.landed:
            _write_view(db, settings, table, landed_files(settings, table, until=known_at))


def write_tonights_scope(
    db: duckdb.DuckDBPyConnection,
    settings: Settings,
    agency: Agency,
    before: Build,
    as_of: datetime,
    known_at: datetime,
) -> None:
    """Finds what changed since ``before`` and shows dbt the rows of those cases, and whole tables as ever.

    ``db`` is the working warehouse as ``before`` left it. Fills ``control.scope``, ``replaced_commitments``,
    ``carried_days`` and ``carried_restatements`` (see dbt_project/models/sources.yml).
    """
    _Tonight(db, settings, agency, before, as_of, known_at).write()


def _write_view(
    db: duckdb.DuckDBPyConnection, settings: Settings, table: str, files: Sequence[Path], condition: str = "true"
) -> None:
    # The contract comes first: it fixes the columns, whatever older files have.
    rows = rows_of([contract_path(settings, table), *files])
    db.execute(f'create or replace view raw."{table}" as select * from {rows} where {condition}')


def _texts(values: Iterable[str]) -> str:
    return ", ".join(quoted(value) for value in values)


def _list(values: Iterable[str]) -> str:
    """A list of texts, which may be empty."""
    return f"cast([{_texts(values)}] as varchar[])"


class _Tonight:
    def __init__(
        self,
        db: duckdb.DuckDBPyConnection,
        settings: Settings,
        agency: Agency,
        before: Build,
        as_of: datetime,
        known_at: datetime,
    ) -> None:
        self._db = db
        self._settings = settings
        self._agency = agency
        self._before = before
        self._as_of = as_of
        self._known_at = known_at
        self._sets = case_tables(agency)
        self._shared = shared_tables(settings, agency, known_at)
        self._ids = table_ids(agency, self._shared)
        self._files = {
            table: landed_files(settings, table, until=known_at)
            for table, subject in agency.subjects.items()
            if subject.landed
        }

    def write(self) -> None:
        # Not control.scope_keys yet: the views of the build before, which are still read, look into it.
        self._db.execute("create temp table keys (table_name varchar, row_key varchar)")
        self._db.execute("create or replace table control.scope (subject_table varchar, subject_id varchar)")
        for tables in self._sets:
            self._find_cases(tables)
            self._find_keys(tables)
            self._db.execute(
                f"insert into control.scope select subject_table, {self._subject_ids(tables)}"
                f" from cases, unnest({_list(tables.subjects)}) as judged(subject_table)"
            )
            self._db.execute("drop table cases")
        self._db.execute("create or replace table control.scope_keys as from keys; drop table keys")
        self._keep()
        self._show_rows()

    # ── which cases ─────────────────────────────────────────────────────────────────────────────

    def _find_cases(self, tables: CaseTables) -> None:
        self._db.execute("create temp table cases (case_id varchar primary key)")
        for table in tables.landed:
            self._add(self._arrived(table))
            for ahead in self._ahead(table):
                self._add(ahead)
        judged = _list(tables.subjects)
        as_of = naive_utc(self._before.as_of)
        # taken out while its clock stands still, or without a due time otherwise, it may yet get one
        not_yet_due = (
            f"decided_on is null or (status = 'excluded' and (due_at is null or due_at > timestamp '{as_of}'))"
        )
        case = self._case_of_subject(tables)
        self._add(
            f"select {case} from marts.fct_commitments where ({not_yet_due}) and list_contains({judged}, subject_table)"
        )
        if WAIVERS in self._agency.subjects:
            self._add(self._waived(judged, case))

    def _add(self, query: str | None) -> None:
        if query is not None:
            self._db.execute(
                f"insert or ignore into cases select distinct case_id from ({query}) as found(case_id)"
                " where case_id is not null"
            )

    def _arrived(self, table: str) -> str | None:
        files = landed_files(self._settings, table, after=self._before.known_at, until=self._known_at)
        return f"select {self._case(table)} from {rows_of(files)}" if files else None

    def _ahead(self, table: str) -> Iterable[str]:
        """Facts dated after the as-of instant of the build before, among the rows that it had in view."""
        today = local_date(self._before.as_of, self._agency.zone)
        instant = naive_utc(self._before.as_of)
        for name, column in self._subject(table).columns.items():
            if column.type == "instant":
                yield f"""select {self._case(table)} from raw."{table}" where "{name}" > timestamp '{instant}'"""
            elif column.type == "date":
                yield f"""select {self._case(table)} from raw."{table}" where "{name}" >= date '{today}'"""

    def _waived(self, judged: str, case: str) -> str:
        """Whatever any version of a waiver may name that changed, or came into effect, since the build before."""
        return f"""
            with versions as (select * from {self._rows(WAIVERS)}),
            moved as (
                select _source_id, _row_key from versions
                where _known_at > timestamp '{naive_utc(self._before.known_at)}'
                    or (
                        decided_at > timestamp '{naive_utc(self._before.as_of)}'
                        and decided_at <= timestamp '{naive_utc(self._as_of)}'
                    )
            )
            select commitment.case_id
            from (
                select standard_id, opened_on, subject_id, {case} as case_id
                from marts.fct_commitments where list_contains({judged}, subject_table)
            ) as commitment
            inner join (select * from versions semi join moved using (_source_id, _row_key)) as waiver
                on commitment.standard_id = waiver.standard_id
                and commitment.opened_on between waiver.from_on and waiver.to_on
                and (waiver.subject_id is null or waiver.subject_id in (commitment.subject_id, commitment.case_id))"""

    # ── which rows ──────────────────────────────────────────────────────────────────────────────

    def _find_keys(self, tables: CaseTables) -> None:
        """The keys of all rows of the cases. Cases that ever shared a row are reworked together."""
        moving = [table for table in tables.landed if self._subject(table).key != tables.case]
        for table in tables.landed:
            self._db.execute(f"create temp table keys_{table} (row_key varchar primary key)")
        found = -1
        while found != (found := self._count()):
            for table in moving:
                rows = self._rows(table)
                self._db.execute(
                    f"insert or ignore into keys_{table} select distinct _row_key from {rows}"
                    f" where {self._case(table)} in (select case_id from cases)"
                )
                self._add(
                    f"select {self._case(table)} from {rows} where _row_key in (select row_key from keys_{table})"
                )
        for table in tables.landed:
            cases = f"select row_key from keys_{table}" if table in moving else "select case_id from cases"
            self._db.execute(f"insert into keys select {quoted(table)}, * from ({cases})")
            self._db.execute(f"drop table keys_{table}")

    def _count(self) -> int:
        row = self._db.execute("select count(*) from cases").fetchone()
        assert row is not None
        return int(row[0])

    # ── what dbt sees ───────────────────────────────────────────────────────────────────────────

    def _keep(self) -> None:
        """What the ledger said of the scope, for the counts that are carried on."""
        listed = _list(table for tables in self._sets for table in tables.subjects)
        self._db.execute(f"""
            create or replace table control.replaced_commitments as
            select commitment_id, standard_id, rule_version, part, department_id, status, opened_on, decided_on,
                   exclusion_rule
            from marts.fct_commitments
            where not list_contains({listed}, subject_table)
            union all
            select commitment_id, standard_id, rule_version, part, department_id, status, opened_on, decided_on,
                   exclusion_rule
            from marts.fct_commitments semi join control.scope using (subject_table, subject_id)""")
        for name, source in [
            ("carried_days", "commitments.commitments_by_day"),
            ("carried_restatements", "marts.restatements"),
        ]:
            self._db.execute(f"create or replace table control.{name} as select * from {source}")

    def _show_rows(self) -> None:
        by_case = {table for tables in self._sets for table in tables.landed}
        for table, files in self._files.items():
            if table not in by_case:
                _write_view(self._db, self._settings, table, files)
                continue
            keys = f"select row_key from control.scope_keys where table_name = {quoted(table)}"
            _write_view(self._db, self._settings, table, self._files_with(table, files), f"_row_key in ({keys})")

    def _files_with(self, table: str, files: Sequence[Path]) -> list[Path]:
        """Those of ``files`` in which rows of the scope stand."""
        if not files:
            return []
        found = self._db.execute(
            f"select distinct filename from {rows_of(files, with_file=True)}"
            f" where _row_key in (select row_key from control.scope_keys where table_name = {quoted(table)})"
            " order by filename"
        ).fetchall()
        return [Path(str(row[0])) for row in found]

    def _rows(self, table: str) -> str:
        return rows_of([contract_path(self._settings, table), *self._files[table]])

    def _subject(self, table: str) -> Subject:
        return self._agency.subjects[table]

    def _case(self, table: str) -> str:
        """The case of a landed row: a key, whichever source's it is (see dbt_project/macros/staging.sql)."""
        case = f'"{self._subject(table).case}"'
        ids = self._ids.get(table)
        reference = ids.references.get(str(self._subject(table).case)) if ids else None
        if reference is None:
            return case
        sources = _texts(reference.sources)
        return (
            f"case when _source_id not in ({sources}) and instr({case}, '/') > 0"
            f" and split_part({case}, '/', 1) in ({sources}) then substr({case}, instr({case}, '/') + 1)"
            f" else {case} end"
        )

    def _case_of_subject(self, tables: CaseTables) -> str:
        """The case of a commitment, from its subject's id."""
        return "substr(subject_id, instr(subject_id, '/') + 1)" if self._sources_in_ids(tables) else "subject_id"

    def _subject_ids(self, tables: CaseTables) -> str:
        """Every subject id that a case may have: one, or one of each source that feeds the table keyed by the case."""
        sources = self._sources_in_ids(tables)
        return f"unnest([{_texts(sources)}]) || '/' || case_id" if sources else "case_id"

    def _sources_in_ids(self, tables: CaseTables) -> tuple[str, ...]:
        keyed = (table for table in tables.landed if self._subject(table).key == tables.case)
        return next((self._shared[table] for table in keyed if table in self._shared), ())
