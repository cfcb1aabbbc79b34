"""What is too old is deleted and pseudonyms are erased: sealed first, told by verify, and no figure changes by it."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from charter.base.errors import DefinitionError, StateError
from charter.base.writer import writing
from charter.definitions import Agency, load_agency
from charter.definitions.models import Duration, Prunable, PseudonymRule, Retention
from charter.evidence import verify
from charter.keep import prune as pruning
from charter.keep.erase import ERASED, erasable_columns
from charter.keep.inventory import INVENTORY
from charter.keep.prune import Plan, plan, plan_person, prune
from charter.lake.files import raw_schema
from tests.definitions.folder import CharterFolder
from tests.evidence.builders import MONDAY, SUNDAY, Installation

from .conftest import contents

HOME = Path(__file__).parents[2]
AT = datetime(2029, 7, 7, 3, tzinfo=UTC)
KIM, LEE = "0" * 31 + "1", "0" * 31 + "2"
RULE = PseudonymRule(keep=Duration(36, "months"), rule="Personal Information Protection Act, article 21")


@pytest.fixture(scope="module")
def kotra() -> Agency:
    return load_agency(HOME / "charters" / "kotra")


@pytest.fixture
def installation(tmp_path: Path, kotra: Agency) -> Installation:
    """Two sealed nights; in each a ticket of Kim's landed, and in the first one of Lee's."""
    made = Installation.build(tmp_path)
    land(made, kotra, SUNDAY, KIM, LEE, None)
    made.seal(SUNDAY, kind="nightly")
    made.transform(MONDAY, met=13)
    land(made, kotra, MONDAY, KIM)
    made.seal(MONDAY, kind="nightly")
    return made


def land(made: Installation, agency: Agency, night: datetime, *customers: str | None) -> Path:
    made.land(night, "tickets", 1)
    path = made.settings.raw_dir / f"tickets/source=desk/as_of={night:%Y%m%dT%H%M%SZ}/part-0.parquet"
    path.parent.mkdir(parents=True)
    rows = [
        {"ticket_id": f"Q-{number}", "customer": each, "_row_key": f"Q-{number}", "_row_hash": "h", "_deleted": False}
        for number, each in enumerate(customers)
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=raw_schema(agency.subjects["tickets"])), path)
    return path


def rows_of(made: Installation, night: datetime) -> list[dict[str, object]]:
    path = made.settings.raw_dir / f"tickets/source=desk/as_of={night:%Y%m%dT%H%M%SZ}/part-0.parquet"
    rows: list[dict[str, object]] = pq.read_table(path, partitioning=None).to_pylist()
    return rows


def keeping(agency: Agency, **keep: Duration) -> Agency:
    return agency.model_copy(update={"retention": Retention(keep=keep)})


def erasing(agency: Agency) -> Agency:
    return agency.model_copy(update={"retention": Retention(pseudonyms=RULE)})


def aged(path: Path, written: datetime) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x" * 100)
    os.utime(path, (written.timestamp(), written.timestamp()))
    return path


# ── what the file says ──────────────────────────────────────────────────────────────────────────


def test_every_name_that_the_file_may_have_is_a_kind_of_the_inventory() -> None:
    assert {*get_args(Prunable)} == {kind.retained for kind in INVENTORY} - {"kept", "pseudonyms"}
    # Nothing that proves anything can be named.
    assert not [kind.id for kind in INVENTORY if kind.proves and kind.retained not in ("kept", "pseudonyms")]


def test_a_folder_without_the_file_keeps_everything(kotra: Agency, installation: Installation) -> None:
    assert kotra.retention == Retention()
    assert plan(installation.settings, kotra, AT).is_empty


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("keep: {logs: 90 hours}", "no time to keep something"),
        ("keep: {logs: 0 days}", "no time to keep something"),
        ("keep: {seals: 90 days}", "'seals'"),
        ("pseudonyms: {keep: 36 months}", "'rule' is not given"),
    ],
)
def test_a_mistake_in_it_is_told_with_its_line(tmp_path: Path, text: str, what: str) -> None:
    folder = CharterFolder(tmp_path)
    (folder.path / "retention.yaml").write_text(text + "\n")
    with pytest.raises(DefinitionError) as raised:
        load_agency(folder.path)

    assert what in str(raised.value) and "retention.yaml:1" in str(raised.value)


# ── files that are too old ──────────────────────────────────────────────────────────────────────


def test_only_what_is_older_than_the_rule_is_shown_and_nothing_changes(
    installation: Installation, kotra: Agency
) -> None:
    old = aged(installation.settings.var_dir / "logs/old.log", datetime(2029, 4, 1, tzinfo=UTC))
    aged(installation.settings.var_dir / "logs/new.log", datetime(2029, 7, 1, tzinfo=UTC))
    before = contents(installation.settings.var_dir)

    planned = plan(installation.settings, keeping(kotra, logs=Duration(90, "days")), AT)

    [logs] = planned.old
    assert ([file.path for file in logs.files], logs.size) == ([old], 100)
    assert contents(installation.settings.var_dir) == before


def test_what_is_deleted_is_sealed_and_nothing_that_was_sealed_is_gone(
    installation: Installation, kotra: Agency
) -> None:
    settings = installation.settings
    aged(settings.var_dir / "replays/20260101T150000Z/warehouse.duckdb", datetime(2029, 1, 1, tzinfo=UTC))
    kept = aged(settings.var_dir / "replays/20290701T150000Z/warehouse.duckdb", datetime(2029, 7, 1, tzinfo=UTC))
    agency = keeping(kotra, replays=Duration(1, "months"), lineage=Duration(1, "months"))

    prune(settings, agency, plan(settings, agency, AT), AT)

    assert [path.name for path in (settings.var_dir / "replays").iterdir()] == [kept.parent.name]
    found = verify(settings)
    assert found.altered == []
    sealed = (settings.evidence_dir / "20290707T030000Z-prune/manifest.json").read_text()
    assert '"kind": "replays"' in sealed and '"keep": "1 month"' in sealed


def test_what_was_set_aside_is_as_old_as_that_and_not_as_its_files(installation: Installation, kotra: Agency) -> None:
    var = installation.settings.var_dir
    aged(var / ".before-20290701T000000Z/site/index.html", datetime(2026, 7, 5, tzinfo=UTC))
    long_ago = aged(var / ".before-20280101T000000Z/site/index.html", datetime(2026, 7, 5, tzinfo=UTC))
    [aside] = plan(installation.settings, keeping(kotra, set_aside=Duration(6, "months")), AT).old

    assert [file.path for file in aside.files] == [long_ago]


@pytest.mark.parametrize(
    ("at", "keep", "before"),
    [
        (datetime(2029, 3, 31, tzinfo=UTC), Duration(1, "months"), datetime(2029, 2, 28, tzinfo=UTC)),
        (datetime(2029, 1, 15, tzinfo=UTC), Duration(36, "months"), datetime(2026, 1, 15, tzinfo=UTC)),
        (datetime(2029, 3, 1, tzinfo=UTC), Duration(1, "days"), datetime(2029, 2, 28, tzinfo=UTC)),
    ],
)
def test_months_follow_the_calendar(
    installation: Installation, kotra: Agency, at: datetime, keep: Duration, before: datetime
) -> None:
    [logs] = plan(installation.settings, keeping(kotra, logs=keep), at).old

    assert logs.before == before


# ── pseudonyms ──────────────────────────────────────────────────────────────────────────────────


def erased_after_three_years(made: Installation, agency: Agency, at: datetime = AT) -> Plan:
    planned = plan(made.settings, erasing(agency), at)
    prune(made.settings, agency, planned, at)
    return planned


def test_pseudonyms_of_old_rows_are_erased_and_nothing_else_of_them(installation: Installation, kotra: Agency) -> None:
    before, young = rows_of(installation, SUNDAY), rows_of(installation, MONDAY)

    # Three years after Monday's midnight in Seoul less an hour: Sunday's night is older, Monday's is not.
    planned = erased_after_three_years(installation, kotra, datetime(2029, 7, 6, 14, tzinfo=UTC))

    assert planned.erasure is not None and planned.erasure.values == 2
    assert rows_of(installation, SUNDAY) == [
        # Where nobody was named, nobody is: what is empty stays empty.
        {**row, "customer": ERASED if row["customer"] else None}
        for row in before
    ]
    assert rows_of(installation, MONDAY) == young
    assert plan(installation.settings, erasing(kotra), datetime(2029, 7, 6, 14, tzinfo=UTC)).is_empty


def test_verify_says_erased_by_rule_and_calls_nothing_altered(installation: Installation, kotra: Agency) -> None:
    erased_after_three_years(installation, kotra)
    found = verify(installation.settings)

    assert found.altered == []
    [landed] = [kind for kind in found.kinds if kind.what == "landed files"]
    assert landed.notes == (
        "landed files: 3 pseudonyms in 2 files were erased on 2029-07-07, by this rule: "
        "Personal Information Protection Act, article 21, after 36 months",
    )
    sealed = (installation.settings.evidence_dir / "20290707T030000Z-prune/manifest.json").read_text()
    assert KIM not in sealed and LEE not in sealed


def test_any_other_change_of_such_a_file_is_still_found(installation: Installation, kotra: Agency) -> None:
    erased_after_three_years(installation, kotra)
    path = land_path(installation)
    rows = pq.read_table(path, partitioning=None)
    pq.write_table(rows.slice(0, 2), path)

    assert [problem.where for problem in verify(installation.settings).altered] == [str(path)]


def land_path(made: Installation) -> Path:
    return made.settings.raw_dir / f"tickets/source=desk/as_of={SUNDAY:%Y%m%dT%H%M%SZ}/part-0.parquet"


def test_a_night_after_it_seals_on_and_one_that_is_sealed_again_is_not_refused(
    installation: Installation, kotra: Agency
) -> None:
    erased_after_three_years(installation, kotra)
    installation.dbt_results(1.0, "test.charter.more")
    again = installation.seal(MONDAY, kind="nightly")
    assert again.revision == 2

    later = datetime(2029, 7, 7, 15, tzinfo=UTC)
    installation.land(later, "inquiries", 2)
    installation.transform(later, met=14)
    installation.seal(later, kind="nightly")
    assert verify(installation.settings).altered == []


def test_a_prune_that_is_cut_short_after_its_seal_is_told_and_finished(
    installation: Installation, kotra: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = plan(installation.settings, erasing(kotra), AT)
    with monkeypatch.context() as patch:
        patch.setattr(pruning, "_erase", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            prune(installation.settings, kotra, planned, AT)

    found = verify(installation.settings)
    assert found.altered == []
    assert {problem.what for problem in found.changed} >= {"pseudonyms in it were to be erased, and are still there"}
    assert prune(installation.settings, kotra, plan(installation.settings, kotra, AT), AT) == 2
    assert not [row for row in rows_of(installation, SUNDAY) if row["customer"] in (KIM, LEE)]
    assert "still there" not in str(verify(installation.settings).changed)


def test_one_person_is_erased_in_rows_of_any_age_and_nobody_else(installation: Installation, kotra: Agency) -> None:
    planned = plan_person(installation.settings, kotra, {KIM}, "request 2026-114")
    prune(installation.settings, kotra, planned, AT, {KIM})

    assert [row["customer"] for row in rows_of(installation, SUNDAY)] == [ERASED, LEE, None]
    assert [row["customer"] for row in rows_of(installation, MONDAY)] == [ERASED]
    assert verify(installation.settings).altered == []


def test_what_was_built_from_the_rows_goes_with_them(installation: Installation, kotra: Agency) -> None:
    settings = installation.settings
    aged(settings.work_warehouse, AT)
    aged(settings.var_dir / "replays/20260101T150000Z/warehouse.duckdb", AT)
    erased_after_three_years(installation, kotra)

    assert not settings.work_warehouse.exists() and not (settings.var_dir / "replays").exists()


def test_a_column_by_which_a_rule_may_tell_persons_apart_stays(kotra: Agency, installation: Installation) -> None:
    columns = erasable_columns(kotra)

    assert columns["tickets"] == ("customer",)
    # Evidence of a promise: an adviser was named.
    assert "adviser" not in columns["firms"]
    planned = plan(installation.settings, erasing(kotra), AT)
    assert planned.erasure is not None and "firms.adviser" in planned.erasure.kept


def test_a_prune_waits_for_whoever_writes(installation: Installation, kotra: Agency) -> None:
    environment = {**installation.settings.environment, "CHARTER_WRITER_WAIT": "0"}
    settings = replace(installation.settings, environment=environment)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with writing(settings, "extract"):
            held.set()
            done.wait(10)

    other = threading.Thread(target=hold)
    other.start()
    held.wait(10)
    try:
        with pytest.raises(StateError, match="another one writes"):
            prune(settings, kotra, plan(settings, kotra, AT), AT)
    finally:
        done.set()
        other.join()
