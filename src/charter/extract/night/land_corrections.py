"""Lands the corrections of rows that were refused: with their night, or in the last one again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from charter.base.errors import SourceError
from charter.base.moments import stamp
from charter.base.settings import Settings
from charter.definitions.models import Agency, Feed, Source
from charter.extract.contract.mapping import Refused, quarantine_table
from charter.extract.corrections.land import Correction, GivenKeys, SourceCorrections, digest
from charter.extract.corrections.refusals import latest_versions
from charter.extract.night.landing import Night
from charter.extract.night.outcome import Outcome
from charter.lake.files import Landing, landing, raw_schema
from charter.lake.receipts import (
    CorrectionReceipt,
    FeedReceipt,
    SourceReceipt,
    later_receipts,
    read_receipt,
    read_receipts,
)
from charter.lake.versions import CORRECTION_OF, Known, Vanishing, decide, place_of


def replay_corrections(settings: Settings, agency: Agency, source: Source, as_of: datetime) -> SourceReceipt:
    """Lands the corrections of a source's refused rows in the night ``as_of`` (aware), the last that was extracted.

    The source is not asked, and what it gave that night stays as it is. Raises SourceError when that night was not
    extracted, or a later one was: what a past night knew is not changed.
    """
    as_of = as_of.astimezone(UTC)
    with landing(settings, source.id, as_of) as lake:
        prior = read_receipt(settings, source.id, as_of)
        if prior is None:
            raise SourceError(
                f"the night {stamp(as_of)} was not extracted yet",
                where=f"source '{source.id}'",
                remedy="run that night: corrections land with it",
            )
        if after := later_receipts(settings, as_of, source.id):
            raise too_late_to_force(source, as_of, after[-1])
        before = [receipt for receipt in read_receipts(settings, as_of, source.id) if receipt.as_of < as_of]
        corrections = SourceCorrections.of(settings, source.id, before)
        night = Night(settings, agency, source, as_of, None, False, before, [], corrections)
        feeds = [feed for feed in prior.feeds if feed.table in {wanted.table for wanted in source.feeds}]
        outcomes = [Outcome(feed, None, [], _keys_given_before(night, feed, prior)) for feed in feeds]
        settled, refused = land_corrections(lake, night, outcomes, prior, up_to=as_of)
        quarantined = quarantine_table(source.id, as_of, refused)
        kept = kept_quarantine(night, feeds, prior, quarantined.schema, {})
        # Corrections that were refused before are judged anew.
        of_source = kept.filter(pc.invert(pc.match_substring_regex(kept["origin"], f"^{CORRECTION_OF}")))
        quarantined = pa.concat_tables([of_source, quarantined])
        receipt = prior.model_copy(update={"corrections": settled, "quarantine": lake.put_quarantine(quarantined)})
        lake.put_receipt(receipt)
        return receipt


def _keys_given_before(night: Night, feed: FeedReceipt, prior: SourceReceipt) -> GivenKeys:
    """What a feed gave in a night that was extracted before, as far as the lake tells: what was new or changed."""
    subject = night.agency.subjects[feed.table]
    paths = [night.settings.lake_dir / file.path for file in feed.files]
    columns = ["_row_key", "_deleted", "_origin"]
    tables = [pq.read_table(path, partitioning=None, columns=columns) for path in paths]
    rows = [row for table in tables for row in table.to_pylist() if not row["_deleted"]]
    landed = {row["_row_key"]: place_of(row["_origin"]) for row in rows}
    overtaken = {name for part in prior.corrections for name in part.superseded}
    keys = {each.key(subject) for each in night.corrections.of_table(feed.table) if each.id in overtaken}
    return GivenKeys(frozenset(landed.keys() | keys), frozenset(), places=landed)


def land_corrections(
    lake: Landing, night: Night, outcomes: list[Outcome], prior: SourceReceipt | None, up_to: datetime | None = None
) -> tuple[list[CorrectionReceipt], dict[str, list[Refused]]]:
    """Lands this night's corrections: those made before it was extracted, or up to ``up_to``, and not settled yet.

    A night that later ones build on takes no more in: they have, and knew it first.
    """
    settled, refused = [], {}
    again = {name for part in (prior.corrections if prior else []) for name in part.applied}
    for outcome in outcomes:
        table = outcome.receipt.table
        feed = next(feed for feed in night.source.feeds if feed.table == table)
        due = [
            each
            for each in night.corrections.of_table(table)
            if night.corrections.before[each.id] == "waiting"
            and (
                each.id in again
                or (not night.after and (each.after < night.as_of or (up_to is not None and each.after <= up_to)))
            )
        ]
        found, refused[table] = _land_due(lake, night, feed, due, outcome.given_keys)
        settled += [found] if found else []
    return settled, refused


def _land_due(
    lake: Landing, night: Night, feed: Feed, due: list[Correction], given: GivenKeys | None
) -> tuple[CorrectionReceipt | None, list[Refused]]:
    if not night.corrections.of_table(feed.table):
        lake.put_corrected(feed.table, raw_schema(night.agency.subjects[feed.table]).empty_table())
        return None, []
    origins = {key: origin for key, (_, origin) in latest_versions(night.settings, night.before, feed.table).items()}
    settled = night.corrections.decide(night.agency, feed, due, given, origins)
    # Their keys were held against all others when they were written.
    known = Known(night.sealed_files(feed), night.agency.subjects[feed.table], case_sensitive=True)
    decided = decide(settled.rows, known, Vanishing([], gone=settled.gone), night.source.id, night.as_of)
    landed, unchanged = decided.outcomes.get(None, (0, 0))
    files = lake.put_corrected(feed.table, decided.landed)
    if not (settled.applied or settled.superseded or settled.refused):
        return None, []
    receipt = CorrectionReceipt(
        table=feed.table,
        arrived=landed + unchanged + len(settled.refused),
        landed=landed,
        unchanged=unchanged,
        quarantined=len(settled.refused),
        applied=[each.id for each in settled.applied],
        superseded=settled.superseded,
        inputs=[digest(night.settings, each) for each in due],
        files=files,
    )
    return receipt, settled.refused


def kept_quarantine(
    night: Night,
    kept: list[FeedReceipt],
    prior: SourceReceipt | None,
    schema: pa.Schema,
    places: Mapping[str, Collection[str]],
) -> pa.Table:
    """The rows that an earlier attempt refused: of the feeds ``kept``, and by table those that stood in ``places``."""
    if prior is None or prior.quarantine is None:
        return schema.empty_table()
    path = night.settings.lake_dir / prior.quarantine.path
    if not path.exists():
        return schema.empty_table()
    rows = pq.read_table(path, partitioning=None)
    tables = {feed.table for feed in kept}
    stays = [
        table in tables or place_of(origin) in places.get(table, ())
        for table, origin in zip(rows["table"].to_pylist(), rows["origin"].to_pylist(), strict=True)
    ]
    return rows.filter(pa.array(stays, pa.bool_()))


def too_late_to_force(source: Source, as_of: datetime, later: SourceReceipt) -> SourceError:
    return SourceError(
        f"the night {stamp(as_of)} can't be extracted again: {stamp(later.as_of)} builds on it",
        where=f"source '{source.id}'",
        remedy="extract the latest night again instead; corrections of the source arrive with it as new versions",
    )
