"""What becomes of the rows that a feed gave in a night: which land, which are refused for their key, what vanished."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from charter.base.errors import Problem, SourceError
from charter.definitions.feed import place_in
from charter.definitions.models import Feed
from charter.extract.contract.mapping import FeedContract, Refused, row_json
from charter.extract.corrections.land import GivenKeys
from charter.extract.night.day_plan import day_of_file
from charter.extract.night.gathered import Gathered, rows_in_order
from charter.extract.night.landing import Night
from charter.lake.receipts import FeedReceipt, WithheldBecause, WithheldDeletions
from charter.lake.versions import (
    IN_OTHER_CASE,
    OF_ANOTHER_DAY,
    SUPERSEDED,
    Decided,
    Known,
    Vanishing,
    Withheld,
    decide,
    place_of,
)

_BECAUSE: dict[WithheldBecause, str] = {
    "shrunk": "they are more than {share:.0%} at once",
    "rows_without_key": "rows without a readable key may be some of them",
    "no_row_of_day": "their day's file tells nothing of its day",
}


@dataclass(frozen=True)
class Outcome:
    """A feed's receipt (without the lake's files) and what goes into the lake."""

    receipt: FeedReceipt
    landed: pa.Table | None
    refused: list[Refused]
    given_keys: GivenKeys | None = None
    places_that_stay: frozenset[str] = frozenset()


def decide_rows(
    night: Night,
    contract: FeedContract,
    parts: list[Gathered],
    vanishing: Vanishing,
    attempted: pa.Table | None = None,
) -> Decided:
    """Decides what lands; ``attempted`` rows landed at an earlier attempt of this night, and are known."""
    subject = contract.subject
    arrived = rows_in_order(contract, parts)
    known = Known(night.sealed_files(contract.feed), subject, _day_of_file(night, contract.feed, parts))
    known = dataclasses.replace(
        known,
        days_correct=contract.feed.days_correct_each_other,
        attempted=attempted if attempted else None,
        case_sensitive=contract.feed.case_sensitive_keys,
    )
    if given := keys_for_corrections(night, contract, parts, None):
        standing = night.corrections.standing(subject, contract.feed.table, given)
        vanishing = dataclasses.replace(vanishing, seen=[*vanishing.seen, *standing])
    try:
        return decide(arrived, known, vanishing, night.source.id, night.as_of)
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise SourceError(
            f"what landed on earlier nights can't be read: {str(error).splitlines()[0]}",
            where=f"source '{night.source.id}', lake/raw/{contract.feed.table}",
            remedy="restore the file from a copy; charter verify names every file that was altered",
        ) from error


def _day_of_file(night: Night, feed: Feed, parts: list[Gathered]) -> dict[str, date]:
    """The day of every file that a daily feed has given, tonight's too, by its path."""
    attempt = night.attempt(feed)
    receipts = [*(receipt for _, receipt in night.history(feed)), *([attempt] if attempt is not None else [])]
    tonight = {file.path: part.day for part in parts for file in part.inputs if part.day is not None}
    return {place_in(feed, path): day for path, day in {**day_of_file(receipts), **tonight}.items()}


def keys_for_corrections(
    night: Night, contract: FeedContract, parts: list[Gathered], decided: Decided | None, everything: bool = False
) -> GivenKeys | None:
    """The keys that a feed gave; None when no correction asks for them. Before it is ``decided``, those in order are
    taken at their word."""
    if not night.corrections.of_table(contract.feed.table):
        return None
    key = contract.subject.key
    misplaced = set(decided.refused_origins) if decided else set()
    rows = [rows.select([key, "_origin"]) for part in parts for rows in part.rows]
    given = [
        (str(name), origin)
        for table in rows
        for name, origin in zip(*(column.to_pylist() for column in table.columns), strict=True)
    ]
    places = {name: place_of(origin) for name, origin in given if origin not in misplaced}
    refused = frozenset(name for part in parts for name in part.seen_keys)
    refused |= {name for name, origin in given if origin in misplaced}
    return GivenKeys(frozenset(places), refused, everything, places if contract.feed.keys_belong_to_days else {})


def keys_given(contract: FeedContract, parts: list[Gathered], decided: Decided) -> set[str]:
    """The keys of the rows in order, without those that were refused for their key."""
    misplaced = pa.array(decided.refused_origins, pa.string())
    rows = [rows.filter(pc.invert(pc.is_in(rows["_origin"], misplaced))) for part in parts for rows in part.rows]
    return {str(name) for table in rows for name in table[contract.subject.key].to_pylist()}


def overtaken(contract: FeedContract, decided: Decided) -> list[Refused]:
    """The rows in order whose key another row has: a newer one of the same extraction, one of another day, or one that
    writes it in another case."""
    key = contract.subject.key
    newer = f"{SUPERSEDED}: another row with this {key} was recorded later, or stands further down"
    refused = []
    for row in decided.superseded.to_pylist():
        origin, day = row.pop("_origin"), row.pop("_day")
        refused.append(Refused(origin, key, newer, row_json(row), day))
    for row in decided.of_another_day.to_pylist():
        origin, day, held_by = row.pop("_origin"), row.pop("_day"), row.pop("_held_by")
        other = f"{OF_ANOTHER_DAY}: a row with this {key} and other content stands in another day's file, {held_by}"
        refused.append(Refused(origin, key, other, row_json(row), day))
    for row in decided.in_other_case.to_pylist():
        origin, day, held_by = row.pop("_origin"), row.pop("_day"), row.pop("_held_by")
        spelled = (
            f"{IN_OTHER_CASE}: a row with this {key} but for upper and lower case stands at {held_by}"
            " (case_sensitive_keys: true, if they are two)"
        )
        refused.append(Refused(origin, key, spelled, row_json(row), day))
    return refused


def may_vanish(night: Night, feed: Feed) -> float:
    """The share of the known keys that may vanish at once."""
    return 1.0 if night.accept_shrunk else feed.may_shrink_by


def doubts_about(night: Night, parts: dict[str, Gathered], keyless: dict[str, int]) -> dict[str, WithheldBecause]:
    """Why nothing can be said of the keys that are not in a part; ``keyless`` rows were there before, without a key."""
    if night.accept_shrunk:
        return {}
    doubts: dict[str, WithheldBecause] = {}
    for place, part in parts.items():
        if part.keyless > keyless[place]:
            doubts[place] = "rows_without_key"
        elif part.day is not None and (part.stale or not part.given):
            doubts[place] = "no_row_of_day"
    return doubts


def withheld_note(found: Withheld, day: date | None = None) -> WithheldDeletions:
    """Deletions that were withheld (of the file of ``day``), as a receipt tells them."""
    return WithheldDeletions(day=day, missed=found.missed, known=found.known, because=found.because)


def keyless_of(part: Gathered, withheld: Iterable[WithheldDeletions], before: int) -> int:
    """How many rows without a key are there while no key is missing that may be theirs."""
    return before if any(found.because == "rows_without_key" for found in withheld) else part.keyless


def withheld_problems(night: Night, feed: Feed, withheld: Sequence[WithheldDeletions]) -> list[Problem]:
    """What is no longer given and was not deleted, with the reason."""
    return [
        Problem(
            f"{found.missed} of {found.known} known rows are no longer given, and were not deleted: "
            + _BECAUSE[found.because].format(share=feed.may_shrink_by),
            f"source '{night.source.id}', feed '{feed.table}'" + (f", {found.day}" if found.day else ""),
            f"restore them at the source; if they really are gone: charter extract {night.source.id} --accept-shrunk",
        )
        for found in withheld
    ]
