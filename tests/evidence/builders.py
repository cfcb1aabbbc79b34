"""A small installation that has run one week, for the evidence tests."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from charter.base.moments import naive_utc, stamp
from charter.base.settings import Settings
from charter.evidence import SealedManifest, generate_signing_key, seal
from charter.evidence.manifest import DeliverySeal
from charter.lake.receipts import FeedReceipt, FileDigest, SourceReceipt, to_json

SUNDAY = datetime(2026, 7, 5, 15, tzinfo=UTC)
MONDAY = datetime(2026, 7, 6, 15, tzinfo=UTC)
KEY = generate_signing_key().decode()


class Installation:
    """The folders that a run leaves behind, made by hand."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(
            home=folder,
            charter_dir=folder / "charters" / "kotra",
            var_dir=folder / "var",
            environment={"CHARTER_SIGNING_KEY": KEY},
        )
        self.page = self.settings.var_dir / "site/index.html"

    @classmethod
    def build(cls, folder: Path) -> Installation:
        """One that has run once."""
        made = cls(folder)
        _text(folder / "charters/kotra/charter.yaml", "id: kotra\n")
        _text(folder / "dbt_project/dbt_project.yml", "name: charter\n")
        _text(folder / "reports/templates/weekly.html", "<p>{{ met }}</p>")
        made.land(SUNDAY, "inquiries", 3)
        made.transform(SUNDAY, met=12)
        made.render("site/index.html", "지킨 약속 12건")
        return made

    @property
    def evidence(self) -> Path:
        return self.settings.evidence_dir

    def land(self, as_of: datetime, table: str, rows: int) -> Path:
        lake = self.settings.lake_dir
        file = lake / f"raw/{table}/source=voc/as_of={stamp(as_of)}/part-0.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as writer:
            writer.execute(f"COPY (SELECT range AS id FROM range({rows})) TO '{file}' (FORMAT parquet)")
        _text(
            lake / f"receipts/as_of={stamp(as_of)}/voc.json", to_json(self.receipt(as_of, table, rows, file)).decode()
        )
        return file

    def receipt(self, as_of: datetime, table: str, rows: int, file: Path) -> SourceReceipt:
        """What the extraction of one night from the one source reports."""
        digest = FileDigest(
            path=file.relative_to(self.settings.lake_dir).as_posix(),
            size=file.stat().st_size,
            sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        )
        feed = FeedReceipt(table=table, status="landed", arrived=rows, landed=rows, contract="0" * 64, files=[digest])
        return SourceReceipt(source_id="voc", as_of=as_of, status="landed", feeds=[feed])

    def transform(self, as_of: datetime, *, met: int, known_at: datetime | None = None, reverse: bool = False) -> None:
        """Publishes a warehouse with ``met`` kept promises. ``reverse`` writes the same rows in another order."""
        path = self.settings.warehouse
        path.unlink(missing_ok=True)
        rows: Sequence[tuple[str, int]] = [("audit", met), ("planning", 7), ("비서실", 0)]
        with duckdb.connect(str(path)) as writer:
            writer.execute("CREATE SCHEMA marts")
            writer.execute(
                "CREATE TABLE marts.run AS SELECT ?::TIMESTAMP AS as_of, ?::TIMESTAMP AS known_at,"
                " 'kotra' AS charter_id, '2026-1' AS charter_version",
                [naive_utc(as_of), naive_utc(known_at or as_of)],
            )
            writer.execute("CREATE TABLE marts.compliance_weekly (department_id VARCHAR, met BIGINT)")
            writer.executemany("INSERT INTO marts.compliance_weekly VALUES (?, ?)", rows[::-1] if reverse else rows)
            writer.execute(
                "CREATE TABLE marts.expectation_results (as_of TIMESTAMP, outcome VARCHAR, standard_id VARCHAR)"
            )
            outcomes = [
                (naive_utc(as_of), "kept", "a"),
                (naive_utc(as_of), "kept", "b"),
                (naive_utc(as_of), "broken", "c"),
            ]
            earlier = (datetime(2026, 1, 1), "no_data", "a")
            writer.executemany("INSERT INTO marts.expectation_results VALUES (?, ?, ?)", [*outcomes, earlier])
        self.dbt_results(elapsed=float(met))

    def decide(self, *days: str | None) -> None:
        """Publishes one commitment decided on each of ``days`` (None: still open), beside the other tables."""
        rows = [(f"C{number}", day) for number, day in enumerate(days)]
        with duckdb.connect(str(self.settings.warehouse)) as writer:
            writer.execute("CREATE OR REPLACE TABLE marts.fct_commitments (commitment_id VARCHAR, decided_on DATE)")
            writer.executemany("INSERT INTO marts.fct_commitments VALUES (?, ?)", rows)

    def dbt_results(self, elapsed: float, *more: str) -> None:
        """What dbt left behind; ``more`` are tests that passed beside the usual one."""
        results = [
            *(
                {"unique_id": test, "status": "pass", "execution_time": elapsed}
                for test in ("test.charter.unique", *more)
            ),
            {"unique_id": "model.charter.run", "status": "success", "execution_time": elapsed},
        ]
        content = json.dumps({"metadata": {"generated_at": str(elapsed)}, "results": results})
        _text(self.settings.work_dir / "dbt_target/run_results.json", content)

    def render(self, place: str, text: str) -> Path:
        return _text(self.settings.var_dir / place, text)

    def seal(self, as_of: datetime = SUNDAY, kind: Any = "weekly", **changes: Any) -> SealedManifest:
        options: dict[str, Any] = {"rendered": [self.page]}
        return seal(self.settings, kind, as_of, changes.pop("known_at", as_of), **(options | changes))

    def three_nights(self) -> list[SealedManifest]:
        seals = []
        for day, met in enumerate((12, 13, 14), start=5):
            as_of = datetime(2026, 7, day, 15, tzinfo=UTC)
            self.land(as_of, "inquiries", day)
            self.transform(as_of, met=met)
            self.render("site/index.html", f"지킨 약속 {met}건")
            seals.append(self.seal(as_of, kind="nightly"))
        return seals


def statement_in(path: Path) -> dict[str, Any]:
    """The in-toto statement in a seal's envelope, read without our code."""
    envelope = json.loads(path.read_bytes())
    statement: dict[str, Any] = json.loads(base64.b64decode(envelope["payload"]))
    return statement


def said_in(path: Path) -> dict[str, Any]:
    """The manifest in a seal's envelope, read without our code."""
    manifest: dict[str, Any] = statement_in(path)["predicate"]
    return manifest


def rewritten(path: Path, change: Callable[[dict[str, Any]], object]) -> str:
    """Changes the statement in a seal's envelope and leaves its signature; returns the hash that it then has."""
    envelope, statement = json.loads(path.read_bytes()), statement_in(path)
    change(statement)
    payload = json.dumps(statement, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    envelope["payload"] = base64.b64encode(payload).decode()
    path.write_text(json.dumps(envelope, sort_keys=True) + "\n")
    laid_out = json.dumps(statement["predicate"], ensure_ascii=False, sort_keys=True, indent=1)
    path.with_name(path.name.replace(".dsse", "")).write_text(laid_out + "\n")
    return hashlib.sha256(payload).hexdigest()


def as_first_version(installation: Installation, sealed: SealedManifest) -> SealedManifest:
    """The only seal so far, written and signed again as manifests of version 1 were: every night's files, no months."""
    return as_version(installation, sealed, 1)


def as_version(installation: Installation, sealed: SealedManifest, version: int) -> SealedManifest:
    """The newest seal (for version 1 the only one), written and signed again as an earlier release did."""
    content = said_in(sealed.path)
    for later in ("version", "nights", "kept", "gone", "keys") if version == 1 else ("kept", "gone", "keys"):
        del content[later]
    if version == 1:
        _tables_without_months(installation, content["warehouse"])
    else:
        content["version"] = version
    written = (json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()
    key = serialization.load_pem_private_key(KEY.encode(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    path = sealed.path.with_name("manifest.json")
    path.write_bytes(written)
    path.with_suffix(".sig").write_bytes(key.sign(written))
    sealed.path.unlink()
    sha256 = hashlib.sha256(written).hexdigest()
    chain = installation.evidence / "chain.jsonl"
    *before, newest = chain.read_text().splitlines(keepends=True)
    line = json.loads(newest)
    for later in ("nights", "format") if version == 1 else ("format",):
        del line[later]
    chain.write_text("".join(before) + json.dumps(line | {"sha256": sha256}, sort_keys=True) + "\n")
    (installation.evidence / "standing.json").unlink()
    return sealed.model_copy(update={"sha256": sha256, "path": path})


def _tables_without_months(installation: Installation, tables: list[dict[str, Any]]) -> None:
    with duckdb.connect(str(installation.settings.warehouse), read_only=True) as warehouse:
        for table in tables:
            del table["columns"], table["partitions"]
            digest = hashlib.sha256()
            query = f'SELECT * FROM marts."{table["table"]}"'
            for column, kind, *_ in warehouse.execute(f"DESCRIBE {query}").fetchall():
                digest.update(f"{column} {kind}\n".encode())
            found = warehouse.execute(f"SELECT sha256(CAST(to_json(r) AS VARCHAR)) FROM ({query}) AS r").fetchall()
            digest.update("".join(f"{row}\n" for row in sorted(row for (row,) in found)).encode())
            table["sha256"] = digest.hexdigest()


def delivery(**changes: Any) -> DeliverySeal:
    values: dict[str, Any] = {
        "report": "weekly",
        "period": "2026-W27",
        "revision": 1,
        "recipient": "kim@kotra.example",
        "state": "sent",
        "message_id": "<weekly.2026-W27.r1.00@kotra.example>",
    }
    return DeliverySeal(**(values | changes))


def _text(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
