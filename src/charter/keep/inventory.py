"""Everything that may lie in the state folder. Backups, pruning and the page docs/keep.md are made from this list.

A file is of the first kind whose pattern it meets. A test walks the state folder of a demonstration: whoever writes a
new file there adds its kind here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from charter.keep.kinds import StateKind

INVENTORY: tuple[StateKind, ...] = (
    StateKind(
        id="secrets",
        patterns=("secrets/**",),
        nature="secret",
        what="the keys that the demonstration made for itself",
        backup="encrypted",
    ),
    StateKind(
        id="demonstration",
        patterns=("demo/**",),
        nature="of others",
        what="the source systems of the demonstration, and the truth that was planted there",
        backup="never",
    ),
    StateKind(
        id="airflow",
        patterns=("airflow/**",),
        nature="of others",
        what="Airflow's own home and database",
        backup="never",
    ),
    StateKind(
        id="locks",
        patterns=("**/*.lock", "**/.lock", "writer.json"),
        nature="passing",
        what="locks of those who write",
        backup="never",
    ),
    StateKind(
        id="waivers",
        patterns=("waivers/**",),
        nature="own record",
        what="the register of waivers: who excused what, and who approved it",
        backup="always",
        proves=True,
        rebuilds=True,
        personal="names of those who propose and approve",
    ),
    StateKind(
        id="set-aside",
        patterns=(".before-*/**", "outbox/outbox-set-aside-*", "outbox/outbox-rebuilding.db*"),
        nature="own record",
        what="state that a restore replaced, and outboxes that a rebuilt one replaced",
        backup="never",
        personal="as what it was",
        retained="set_aside",
    ),
    StateKind(
        id="half-made",
        patterns=(".backup-*/**", ".restoring*/**", "**/.*", "lake/incoming/**"),
        nature="passing",
        what="files that were being written when a run ended: nobody reads them",
        backup="never",
        retained="leftovers",
    ),
    StateKind(
        id="owner",
        patterns=("charter.json",),
        nature="own record",
        what="whose state this is, and by which release it was last written",
        backup="always",
        rebuilds=True,
    ),
    StateKind(
        id="standing",
        patterns=("evidence/standing.json",),
        nature="rebuildable",
        what="what all seals say together, so that not each is read every night",
        backup="always",
    ),
    StateKind(
        id="outbox-mark",
        patterns=("evidence/outbox.json",),
        nature="own record",
        what="which outbox is ours, and how far its log had come: it goes with the outbox",
        backup="always",
        rebuilds=True,
    ),
    StateKind(
        id="seals",
        patterns=("evidence/chain.jsonl", "evidence/public_key.pem", "evidence/*/manifest*"),
        nature="evidence",
        what="the chain of seals, each run's seal, time stamps and the public key",
        backup="always",
        proves=True,
        rebuilds=True,
    ),
    StateKind(
        id="sealing-notes",
        patterns=("evidence/*/published.json", "evidence/*/rendering.json"),
        nature="evidence",
        what="what was published and rendered, written down until it is sealed, and for later seals of its reports",
        backup="always",
        proves=True,
        rebuilds=True,
    ),
    StateKind(
        id="contracts",
        patterns=("lake/raw/*/_contract.parquet", "lake/closed_weeks/_contract.parquet"),
        nature="rebuildable",
        what="files without rows that fix the columns of landed tables",
        backup="always",
    ),
    StateKind(
        id="landed-rows",
        patterns=("lake/raw/*/source=*/as_of=*/*.parquet",),
        nature="source data",
        what="the rows that sources gave, as versions by night",
        backup="always",
        proves=True,
        rebuilds=True,
        personal="keyed pseudonyms",
        retained="pseudonyms",
    ),
    StateKind(
        id="refused-rows",
        patterns=("lake/quarantine/source=*/as_of=*/*.parquet",),
        nature="source data",
        what="the rows that broke their contract, with the reason",
        backup="always",
        proves=True,
        rebuilds=True,
        personal="keyed pseudonyms",
        retained="pseudonyms",
    ),
    StateKind(
        id="receipts",
        patterns=("lake/receipts/as_of=*/*.json",),
        nature="evidence",
        what="what arrived from each source each night, counted",
        backup="always",
        proves=True,
        rebuilds=True,
    ),
    StateKind(
        id="closed-weeks",
        patterns=("lake/closed_weeks/week=*/*.parquet",),
        nature="evidence",
        what="each week's decided commitments as they stood when it closed",
        backup="always",
        proves=True,
        rebuilds=True,
    ),
    StateKind(
        id="expectation-results",
        patterns=("lake/expectation_results/as_of=*/*",),
        nature="evidence",
        what="what every check said of each night",
        backup="always",
        proves=True,
        rebuilds=True,
    ),
    StateKind(
        id="corrections",
        patterns=("corrections/**",),
        nature="own record",
        what="what data stewards put right of refused rows",
        backup="always",
        proves=True,
        rebuilds=True,
        personal="names of those who corrected",
    ),
    StateKind(
        id="outbox",
        patterns=("outbox/outbox.db", "outbox/outbox.db-wal", "outbox/outbox.db-shm"),
        nature="evidence",
        what="every mail, and what became of it",
        backup="always",
        proves=True,
        rebuilds=True,
        personal="addresses of recipients",
    ),
    StateKind(
        id="received-mail",
        patterns=("outbox/received/**",),
        nature="of others",
        what="mails that the demonstration's mail catcher received",
        backup="never",
        personal="addresses of recipients",
        retained="received_mail",
    ),
    StateKind(
        id="digests",
        patterns=("digests/**",),
        nature="own record",
        what="what each morning's digest told, so that the next one knows it",
        backup="always",
        proves=True,
        rebuilds=True,
    ),
    StateKind(
        id="warehouse",
        patterns=("warehouse.duckdb", "warehouse.duckdb.wal"),
        nature="published copy",
        what="the published figures, a copy for readers, sealed table by table",
        backup="always",
        proves=True,
        rebuilds=True,
    ),
    StateKind(
        id="reports",
        patterns=("site/reports/**",),
        nature="published copy",
        what="every report as it was sent; its figures.json says what was reported, and nothing can make it again",
        backup="always",
        proves=True,
        rebuilds=True,
    ),
    StateKind(
        id="permanent-pages",
        patterns=("site/nights/**", "site/weeks/**", "site/figures/**", "site/publications/**"),
        nature="published copy",
        what="pages that never change once they are written, and publications",
        backup="always",
        proves=True,
        rebuilds=True,
    ),
    StateKind(
        id="pages",
        patterns=("site/**",),
        nature="published copy",
        what="the other pages: the next night writes them anew, and until then the seals name them",
        backup="always",
        proves=True,
    ),
    StateKind(
        id="lineage",
        patterns=("lineage/*.ndjson",),
        nature="log",
        what="which step of a night read and wrote what (OpenLineage)",
        backup="always",
        retained="lineage",
    ),
    StateKind(
        id="runs",
        patterns=("runs/**",),
        nature="log",
        what="the journal of runs: when each step began, how it ended, and what it counted",
        backup="always",
    ),
    StateKind(
        id="shown",
        patterns=("metrics/**", "status/**"),
        nature="rebuildable",
        what="the figures and pages that show how runs went: the next step writes them anew",
        backup="never",
    ),
    StateKind(
        id="notices",
        patterns=("health/notices.db*", "health/outbox.db*"),
        nature="own record",
        what="what operators and owners of sources were told; without it what is open is told once more",
        backup="never",
        personal="mailboxes of operators and of those who own sources",
    ),
    StateKind(
        id="health",
        patterns=("health/**",),
        nature="passing",
        what="red tasks, the week that was reported last, signs of life",
        backup="never",
    ),
    StateKind(
        id="work",
        # Where the state folder is far from its project, dbt puts what it compiles beside its own folder.
        patterns=("work/**", "**/work/models/**"),
        nature="rebuildable",
        what="the working warehouse, dbt's files, what DuckDB spilled: without it the next night builds everything",
        backup="asked",
        personal="keyed pseudonyms",
    ),
    StateKind(
        id="cache",
        patterns=("cache/**",),
        nature="rebuildable",
        what="the charter's files as they were read last: without it the next step reads them",
        backup="never",
        personal="addresses of recipients",
    ),
    StateKind(
        id="replays",
        patterns=("replays/**",),
        nature="rebuildable",
        what="past nights that were built again beside the published one",
        backup="asked",
        personal="keyed pseudonyms",
        retained="replays",
    ),
    StateKind(
        id="previews",
        patterns=("preview/**", "docs/**", "look/**"),
        nature="rebuildable",
        what="previews of mails, the page of the models, pictures of pages",
        backup="asked",
        retained="previews",
    ),
    StateKind(
        id="bundles",
        patterns=("audit/**",),
        nature="rebuildable",
        what="bundles that were made for auditors",
        backup="asked",
    ),
    StateKind(
        id="logs",
        patterns=("logs/**",),
        nature="log",
        what="what runs said",
        backup="never",
        retained="logs",
    ),
)

# What stays where it is when a restore replaces the rest.
STAYING = ("secrets", "demo", "airflow", "logs")


@dataclass(frozen=True)
class StateFile:
    """A file of the state folder. ``kind`` is None for one that nobody knows."""

    place: str
    path: Path
    kind: StateKind | None


def kind_of(place: str) -> StateKind | None:
    """The kind of the file at ``place`` (relative to the state folder, in POSIX form); None when there is none."""
    return next((kind for kind in INVENTORY if kind.holds(place)), None)


def state_files(folder: Path) -> Iterator[StateFile]:
    """Every file of the state ``folder`` with its kind, in the order of places. Links are not followed."""
    for path in _files_below(folder):
        place = path.relative_to(folder).as_posix()
        yield StateFile(place, path, kind_of(place))


def _files_below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            yield from _files_below(path)
        else:
            yield path


def inventory_table(kinds: Iterable[StateKind] = INVENTORY) -> str:
    """The inventory as a table in Markdown: what docs/keep.md shows."""
    rows = ["| what | where | is | needed to prove | for the next night | in a backup | how long |"]
    rows.append("| --- | --- | --- | --- | --- | --- | --- |")
    rows += [_row(kind) for kind in kinds]
    return "\n".join(rows) + "\n"


_IN_BACKUP = {
    "always": "yes",
    "asked": "with `--with-rebuildable`",
    "encrypted": "with `--with-secrets`",
    "never": "no",
}


def _row(kind: StateKind) -> str:
    places = ", ".join(f"`{pattern}`" for pattern in kind.patterns)
    what = kind.what + (f" ({kind.personal})" if kind.personal else "")
    how_long = "as long as the charter" if kind.retained == "kept" else f"`{kind.retained}`"
    if kind.nature in ("passing", "rebuildable", "secret", "of others") and kind.retained == "kept":
        how_long = "–"
    cells = (what, places, kind.nature, _yes(kind.proves), _yes(kind.rebuilds), _IN_BACKUP[kind.backup], how_long)
    return f"| {' | '.join(cells)} |"


def _yes(value: bool) -> str:
    return "yes" if value else "–"
