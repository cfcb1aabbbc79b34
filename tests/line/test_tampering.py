"""Whatever is altered of what people read, or of what it rests on, is named by ``charter verify``.

One agency's two nights and a week's mails; each case alters one thing of a copy and must be told, at its place.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pytest
from cryptography.hazmat.primitives import serialization

from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charter.evidence import generate_signing_key, recompute, seal, sealed_nights, verify
from charter.evidence.keys import public_pem, signing_key
from tests.line.installation import House, house

pytestmark = [pytest.mark.slow, pytest.mark.long]

SUNDAY, MONDAY = "2026-07-05", "2026-07-06"
# What no seal is of: the demo's source systems, and what a build is made in.
UNSEALED = shutil.ignore_patterns("demo", "work")


@dataclass(frozen=True)
class Sealed:
    """An agency whose seals hold: its state after Monday's night (``var``), and as it was before that (``before``)."""

    settings: Settings
    before: Path
    public_key: bytes
    head: str


@dataclass(frozen=True)
class Copy:
    """A copy of the state, to be altered."""

    settings: Settings
    before: Path

    @property
    def var(self) -> Path:
        return self.settings.var_dir

    def one(self, pattern: str) -> Path:
        """The first file that fits ``pattern``."""
        return sorted(path for path in self.var.glob(pattern) if path.is_file())[0]


Change = Callable[[Copy], object]


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory, monkeypatch_module: pytest.MonkeyPatch) -> Iterator[Sealed]:
    folder = tmp_path_factory.mktemp("sealed")
    with house(folder, monkeypatch_module) as made:
        made.live_until(SUNDAY)
        made.night(SUNDAY)
        made.week(SUNDAY)
        _keep_received(made)
        before = folder / "before"
        shutil.copytree(made.settings.var_dir, before, ignore=UNSEALED)
        made.live_until(MONDAY)
        made.night(MONDAY)
        key = public_pem(signing_key(made.settings).public_key())
        found = verify(made.settings, key)
        assert found.head is not None
        yield Sealed(made.settings, before, key, found.head)


@pytest.fixture
def copy(agency: Sealed, tmp_path: Path) -> Copy:
    shutil.copytree(agency.settings.var_dir, tmp_path / "var", ignore=UNSEALED)
    shutil.copytree(agency.settings.charter_dir, tmp_path / "charter")
    settings = replace(agency.settings, var_dir=tmp_path / "var", charter_dir=tmp_path / "charter")
    return Copy(settings, agency.before)


def _keep_received(made: House) -> None:
    shutil.copytree(made.inbox, made.settings.outbox_dir / "received", dirs_exist_ok=True)


# ── how a file can be altered ───────────────────────────────────────────────────────────────────


def edit(pattern: str) -> Change:
    def change(copy: Copy) -> None:
        path = copy.one(pattern)
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))

    return change


def delete(pattern: str) -> Change:
    return lambda copy: copy.one(pattern).unlink()


def truncate(pattern: str) -> Change:
    def change(copy: Copy) -> None:
        path = copy.one(pattern)
        path.write_bytes(path.read_bytes()[:-20])

    return change


def add(pattern: str, name: str) -> Change:
    def change(copy: Copy) -> None:
        path = copy.one(pattern)
        target = path.parent / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)

    return change


def swap(pattern: str) -> Change:
    """Exchanges two files whose contents differ."""

    def change(copy: Copy) -> None:
        first = copy.one(pattern)
        content = first.read_bytes()
        other = next(path for path in sorted(copy.var.glob(pattern)) if path.is_file() and path.read_bytes() != content)
        first.write_bytes(other.read_bytes())
        other.write_bytes(content)

    return change


def roll_back(pattern: str) -> Change:
    """Puts back a file as it was before the last night."""

    def change(copy: Copy) -> None:
        old = next(
            path
            for path in sorted(copy.before.glob(pattern))
            if path.is_file() and path.read_bytes() != (copy.var / path.relative_to(copy.before)).read_bytes()
        )
        shutil.copy(old, copy.var / old.relative_to(copy.before))

    return change


def in_warehouse(*statements: str) -> Change:
    def change(copy: Copy) -> None:
        with duckdb.connect(str(copy.settings.warehouse)) as warehouse:
            for statement in statements:
                warehouse.execute(statement)

    return change


def in_outbox(*statements: str) -> Change:
    """Alters the outbox past the triggers that keep it."""

    def change(copy: Copy) -> None:
        with closing(sqlite3.connect(copy.settings.outbox_dir / "outbox.db")) as outbox:
            for (name,) in outbox.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                outbox.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                outbox.execute(statement)
            outbox.commit()

    return change


def forge_the_chain(copy: Copy) -> None:
    """Seals everything anew with another key, as somebody would who has none of ours."""
    forger = generate_signing_key()
    key = serialization.load_pem_private_key(forger, password=None)
    evidence = copy.settings.evidence_dir
    (evidence / "public_key.pem").write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def cut_the_tail(copy: Copy) -> None:
    """Takes the newest seals off, chain line and folder both, and puts everything back to what it was before them."""
    shutil.rmtree(copy.var)
    shutil.copytree(copy.before, copy.var)


def take_a_line_out(copy: Copy) -> None:
    chain = copy.settings.evidence_dir / "chain.jsonl"
    lines = chain.read_bytes().splitlines(keepends=True)
    chain.write_bytes(b"".join(lines[:1] + lines[2:]))


def swap_signatures(copy: Copy) -> None:
    first, second = sorted(copy.settings.evidence_dir.glob("*-nightly/manifest.dsse.json"))
    one, other = json.loads(first.read_bytes()), json.loads(second.read_bytes())
    one["signatures"], other["signatures"] = other["signatures"], one["signatures"]
    first.write_text(json.dumps(one, sort_keys=True) + "\n")
    second.write_text(json.dumps(other, sort_keys=True) + "\n")


def edit_the_charter(copy: Copy) -> None:
    path = copy.settings.charter_dir / "charter.yaml"
    path.write_text(path.read_text() + "\n# nothing else\n")


def delete_of_the_charter(copy: Copy) -> None:
    (copy.settings.charter_dir / "calendar.yaml").unlink()


def add_to_the_charter(copy: Copy) -> None:
    (copy.settings.charter_dir / "more.yaml").write_text("{}\n")


_LANDED = "lake/raw/tickets/source=*/as_of=*/*.parquet"
_REFUSED = "lake/quarantine/source=*/as_of=*/*.parquet"
_RECEIPT = "lake/receipts/as_of=*/voc.json"
_WEEK = "lake/closed_weeks/week=*/part-0.parquet"
_RESULTS = "lake/expectation_results/as_of=*/part-0.parquet"
_REPORT = "site/reports/*/*/r1/report.*"
_FIGURES = "site/reports/*/*/r1/figures.json"
_PAGE = "site/*.html"
_STANDARD = "site/standards/*.html"
_MAIL = "outbox/received/*.eml"
_SEAL = "evidence/*-nightly/manifest.dsse.json"
_KEPT = "UPDATE marts.expectation_results SET outcome = 'kept' WHERE outcome = 'broken'"

CASES: dict[str, tuple[str, Change]] = {
    **{
        f"{what}, {how}": (place, change(pattern))
        for what, place, pattern in (
            ("landed rows", "lake/raw", _LANDED),
            ("a receipt", "lake/receipts", _RECEIPT),
            ("refused rows", "lake/quarantine", _REFUSED),
            ("a closed week", "lake/closed_weeks", _WEEK),
            ("expectation results", "lake/expectation_results", _RESULTS),
            ("a report", "site/reports", _REPORT),
            ("a report's figures", "site/reports", _FIGURES),
            ("a page", "site/", _PAGE),
            ("a standard's page", "site/standards", _STANDARD),
            ("a seal", "evidence", _SEAL),
        )
        for how, change in (("edited", edit), ("deleted", delete), ("truncated", truncate), ("swapped", swap))
    },
    "landed rows, added": ("lake/raw", add(_LANDED, "part-9.parquet")),
    "landed rows of a night of their own, added": (
        "lake/raw",
        add(_LANDED, "../as_of=20260601T150000Z/part-0.parquet"),
    ),
    "a receipt, added": ("lake/receipts", add(_RECEIPT, "other.json")),
    "refused rows, added": ("lake/quarantine", add(_REFUSED, "part-9.parquet")),
    "a closed week, added": ("lake/closed_weeks", add(_WEEK, "../week=2025-01-06/part-0.parquet")),
    "expectation results, added": ("lake/expectation_results", add(_RESULTS, "part-9.parquet")),
    "a report, added": ("site/reports", add(_REPORT, "report-2.pdf")),
    "a page, added": ("site/", add(_PAGE, "all-kept.html")),
    "a page, rolled back": ("site/", roll_back(_PAGE)),
    "a seal, added": ("evidence", add(_SEAL, "manifest.r2.dsse.json")),
    "the chain, rolled back": ("evidence", roll_back("evidence/chain.jsonl")),
    "the chain, truncated": ("chain.jsonl", truncate("evidence/chain.jsonl")),
    "the chain, a line taken out": ("chain.jsonl", take_a_line_out),
    "signatures, swapped": ("evidence", swap_signatures),
    "a received mail, edited": ("outbox/received", edit(_MAIL)),
    "a received mail, truncated": ("outbox/received", truncate(_MAIL)),
    "received mails, swapped": ("outbox/received", swap(_MAIL)),
    "the outbox, deleted": ("outbox.db", delete("outbox/outbox.db")),
    "the outbox, truncated": ("outbox", truncate("outbox/outbox.db")),
    "a message, its content edited": (
        "outbox, weekly/",
        in_outbox("UPDATE messages SET mime = CAST(mime || x'78' AS BLOB) WHERE id = 1"),
    ),
    "a message, its state edited": ("outbox, weekly/", in_outbox("UPDATE messages SET state = 'refused' WHERE id = 1")),
    "a message, deleted": ("outbox, weekly/", in_outbox("DELETE FROM messages WHERE id = 1")),
    "messages, their contents swapped": (
        "outbox, weekly/",
        in_outbox("UPDATE messages SET mime = (SELECT mime FROM messages WHERE id = 2) WHERE id = 1"),
    ),
    "a message's log, edited": (
        "outbox, weekly/",
        in_outbox("UPDATE attempts SET detail = 'bounced' WHERE message = 1"),
    ),
    "a message's log, deleted": ("outbox, weekly/", in_outbox("DELETE FROM attempts WHERE message = 1")),
    "the warehouse, deleted": ("warehouse.duckdb", delete("warehouse.duckdb")),
    "the warehouse, truncated": ("warehouse", truncate("warehouse.duckdb")),
    "the warehouse, rolled back": ("warehouse.duckdb", roll_back("warehouse.duckdb")),
    "a commitment, edited": (
        "fct_commitments",
        in_warehouse("UPDATE marts.fct_commitments SET status = 'met' WHERE status = 'breached'"),
    ),
    "commitments, deleted": (
        "fct_commitments",
        in_warehouse("DELETE FROM marts.fct_commitments WHERE status = 'breached'"),
    ),
    "a commitment, added": (
        "fct_commitments",
        in_warehouse("INSERT INTO marts.fct_commitments SELECT * FROM marts.fct_commitments LIMIT 1"),
    ),
    "a figure, edited": ("standard_results", in_warehouse("UPDATE marts.standard_results SET met = met + 1")),
    "tonight's expectation outcomes, edited": ("expectation_results", in_warehouse(_KEPT)),
    "the expectations' history, edited": (
        "expectation_results",
        in_warehouse(f"{_KEPT} AND as_of < (SELECT max(as_of) FROM marts.expectation_results)"),
    ),
    "a table, deleted": ("restatements", in_warehouse("DROP TABLE marts.restatements")),
    "a table, added": ("kept_promises", in_warehouse("CREATE TABLE marts.kept_promises AS SELECT 1 AS one")),
    "the run's night, edited": ("marts.run", in_warehouse("DELETE FROM marts.run")),
}


def _is_told(copy: Copy, place: str, problems: list[tuple[str, str]]) -> bool:
    return any(place in where.replace(f"{copy.var}/", "") or place in what for where, what in problems)


def test_unaltered_everything_holds_and_everything_was_looked_at(agency: Sealed, copy: Copy) -> None:
    found = verify(copy.settings, agency.public_key, heads=[agency.head])

    assert (found.altered, found.changed) == ([], [])
    counts = {kind.what: kind.count for kind in found.kinds}
    assert all(counts.values()), counts
    assert {kind.what: kind.left for kind in found.kinds if kind.left} == {}


@pytest.mark.parametrize("case", CASES)
def test_an_alteration_is_named(agency: Sealed, copy: Copy, case: str) -> None:
    place, change = CASES[case]
    change(copy)

    problems = [(problem.where, problem.what) for problem in verify(copy.settings, agency.public_key).altered]
    assert _is_told(copy, place, problems), problems


def test_a_key_put_in_place_of_ours_is_named(agency: Sealed, copy: Copy) -> None:
    forge_the_chain(copy)

    assert verify(copy.settings).altered, "no signature is that key's"
    assert verify(copy.settings, agency.public_key).altered == [], "the seals themselves are as they were"


def test_a_tail_cut_off_with_all_that_it_sealed_is_named_by_a_head_from_elsewhere(agency: Sealed, copy: Copy) -> None:
    cut_the_tail(copy)

    assert verify(copy.settings, agency.public_key).altered == [], "from inside it is an earlier day"
    (problem,) = verify(copy.settings, agency.public_key, heads=[agency.head[:16]]).altered
    assert "which was seen elsewhere" in problem.what


def test_a_chain_forged_whole_is_named_by_the_mails_that_went_out(agency: Sealed, copy: Copy) -> None:
    """Whoever holds everything here, the trusted key included, can make all seals anew; what inboxes hold stays."""
    night = sealed_nights(copy.settings, agency_of(copy), None, None)[-1]
    shutil.rmtree(copy.settings.evidence_dir)
    seal(copy.settings, "nightly", night, night)

    found = verify(copy.settings, agency.public_key)
    assert [kind.what for kind in found.kinds if kind.altered] == ["heads in mails"]
    (problem,) = found.altered
    assert "inboxes hold it" in problem.what


@pytest.mark.parametrize("change", [edit_the_charter, delete_of_the_charter, add_to_the_charter])
def test_a_change_of_the_charter_is_told_as_what_the_next_night_would_seal(
    agency: Sealed, copy: Copy, change: Change
) -> None:
    change(copy)

    found = verify(copy.settings, agency.public_key)
    assert found.altered == []
    (problem,) = found.changed
    assert str(copy.settings.charter_dir) in problem.where


def test_a_key_that_is_not_the_sealed_one_is_told(agency: Sealed, copy: Copy) -> None:
    keys = {"CHARTER_PSEUDONYM_KEY": "f" * 64, "CHARTER_SIGNING_KEY": generate_signing_key().decode()}

    found = verify(replace(copy.settings, environment=keys), agency.public_key)
    assert [problem.where for problem in found.changed] == ["CHARTER_PSEUDONYM_KEY", "CHARTER_SIGNING_KEY"]


def test_a_copy_elsewhere_is_verified_with_the_public_key_alone(agency: Sealed, copy: Copy, tmp_path: Path) -> None:
    nothing_else = Settings(home=tmp_path / "none", charter_dir=tmp_path / "none", var_dir=copy.var, environment={})

    found = verify(nothing_else, agency.public_key, here=False)
    assert (found.altered, found.changed) == ([], [])
    assert [kind.what for kind in found.kinds if kind.left] == ["charter folder", "code", "keys"]


def test_built_again_from_what_landed_a_night_is_what_was_sealed(agency: Sealed, copy: Copy) -> None:
    night = sealed_nights(copy.settings, agency_of(copy), None, None)[-1]
    before = sorted(path for path in copy.var.rglob("*") if path.is_file())

    assert recompute(copy.settings, agency_of(copy), night) == []
    after = sorted(path for path in copy.var.rglob("*") if path.is_file() and path.suffix != ".lock")
    assert after == [path for path in before if path.suffix != ".lock"], "nothing is left behind"


def test_a_figure_that_rows_do_not_give_is_named_with_both_values(agency: Sealed, copy: Copy) -> None:
    in_warehouse(
        "UPDATE marts.standard_results SET met = met + 1"
        " WHERE standard_id = 'phone-answer' AND period_kind = 'week' AND department_id IS NULL"
    )(copy)
    night = sealed_nights(copy.settings, agency_of(copy), None, None)[-1]

    problems = recompute(copy.settings, agency_of(copy), night)
    assert problems[0].what.startswith("phone-answer, week of")
    assert "recomputed as" in problems[0].what


def test_rows_that_were_exchanged_give_another_night_than_the_sealed(agency: Sealed, copy: Copy) -> None:
    landed = copy.one("lake/raw/calls/source=*/as_of=*/*.parquet")
    with duckdb.connect() as writer:
        writer.execute(f"COPY (SELECT * FROM read_parquet('{landed}') OFFSET 200) TO '{landed}.new' (FORMAT parquet)")
    Path(f"{landed}.new").replace(landed)
    night = sealed_nights(copy.settings, agency_of(copy), None, None)[-1]

    told = [problem.what for problem in recompute(copy.settings, agency_of(copy), night)]
    assert any(what.startswith("fct_commitments is not what was sealed") for what in told)


def agency_of(copy: Copy) -> Agency:
    return load_agency(copy.settings.charter_dir)
