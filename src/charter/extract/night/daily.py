"""A feed that comes as a file for each day: what each file says of its day, and what becomes of its rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from charter.base.errors import Problem
from charter.definitions.feed import place_in
from charter.definitions.models import Feed, Source
from charter.extract.contract.arrived import merged_reasons
from charter.extract.contract.mapping import FeedContract, Refused, row_json
from charter.extract.night.attempts import days_that_stay, together
from charter.extract.night.day_plan import Calendar, SaidOfDay, last_said, plan_days, standing_withheld
from charter.extract.night.drift import drift_of, last_landed
from charter.extract.night.freshness import another_days_content
from charter.extract.night.gathered import (
    Gathered,
    check_nothing_lost,
    gather_day,
    landed_without,
    leave_to_later_nights,
    rows_in_order,
)
from charter.extract.night.landing import Night
from charter.extract.night.outcome import (
    Outcome,
    decide_rows,
    doubts_about,
    keyless_of,
    keys_for_corrections,
    keys_given,
    may_vanish,
    overtaken,
    withheld_note,
    withheld_problems,
)
from charter.extract.readers import GuardedFiles, GuardedReader
from charter.lake.receipts import (
    READ_STATUSES,
    DayReceipt,
    DayStatus,
    Drift,
    FeedReceipt,
    FeedStatus,
    ProblemNote,
    WithheldDeletions,
)
from charter.lake.versions import NOT_HEARD_OF, Decided, Known, Vanishing, place_of, told_alike

_DAYS_SHOWN = 5
_OWN_FILE = "ask the source's keepers for the day's own file; it is brought in the next night"
_ANY_DAY = "if its files are not by that date, say so in its feed: of_any_day: true"


def extract_days(night: Night, contract: FeedContract, reader: GuardedReader) -> Outcome:
    """Reads the files of the days that tonight has something to say about, and decides what lands of them.

    One bad file does not stop the others. Raises FeedFault when none can be looked for.
    """
    if not isinstance(reader, GuardedFiles):
        raise TypeError("daily files are read from a storage of files")
    feed = contract.feed
    calendar = Calendar(night.agency, night.source, night.as_of)
    history = [receipt for _, receipt in night.history(feed)]
    not_deleted = standing_withheld(history)
    attempt = night.attempt(feed)
    earlier = [attempt] if attempt is not None else []
    again = set(not_deleted) if night.accept_shrunk else set()
    again |= {day.day for receipt in earlier for day in read_days(receipt)} if night.forced else set()
    is_same = partial(reader.is_same, feed)
    plans = plan_days(calendar, reader.files_by_day(feed), [*history, *earlier], contract.digest, is_same, again)
    days = [
        gather_day(night, contract, reader, day) if plan == "read" else Gathered(day=day, status=plan)
        for day, plan in plans.items()
    ]
    read = [day for day in days if day.status == "landed"]
    said = last_said(history)
    corrected = {
        place_in(feed, day.inputs[0].path): day for day in read if day.the_day in said and said[day.the_day].read
    }
    keyless = {path: before.keyless for path, day in corrected.items() if (before := said[day.the_day].read)}
    leave_to_later_nights(night, contract, read)
    stay = [day for receipt in earlier for day in read_days(receipt) if day.day not in {part.day for part in read}]
    places = frozenset(place_in(feed, day.file.path) for day in stay if day.file is not None)
    before = night.attempted_rows(feed)
    standing_rows = before.filter(pa.array([place_of(o) in places for o in before["_origin"].to_pylist()], pa.bool_()))
    mark_undated(calendar, contract, read)
    refuse_misplaced(night, contract, read, standing_rows)
    _count_of_other_days(contract, read)
    seen = [key for day in read for key in day.seen_keys]
    vanishing = Vanishing(seen, places=list(corrected), at_most=may_vanish(night, feed))
    vanishing = dataclasses.replace(vanishing, in_doubt=doubts_about(night, corrected, keyless))
    decided = decide_rows(night, contract, read, vanishing, standing_rows)
    rows = together(decided.landed, before, keys_given(contract, read, decided))
    mark_copied(night, contract, read, decided)
    superseded = overtaken(contract, decided)
    withheld = {path: withheld_note(found, corrected[path].day) for path, found in decided.withheld.items()}
    not_deleted = {day: found for day, found in not_deleted.items() if day not in {part.day for part in read}}
    made = [_day_receipt(feed, day, decided, superseded, withheld, keyless) for day in days]
    for gathered, of_day in zip(days, made, strict=True):
        check_nothing_lost(gathered, of_day.arrived - len(gathered.refused))
    of_attempt = days_that_stay(made, attempt)
    receipts = sorted(
        [*of_attempt, *(day for day in made if day.day not in {each.day for each in of_attempt})],
        key=lambda day: day.day,
    )
    withheld_before = [found for receipt in earlier for found in receipt.withheld if found.day in {d.day for d in stay}]
    newest = read[-1] if read else None
    last = last_landed(night, feed)
    standing = [*not_deleted.values(), *withheld.values()]
    said = last_said([*history, *earlier])
    new = [day for day in days if day.day not in {each.day for each in of_attempt}]
    status, problem = _state_of_days(
        night, feed, new, said, withheld_problems(night, feed, [*withheld_before, *standing])
    )
    receipt = FeedReceipt(
        table=feed.table,
        status=status,
        arrived=sum(day.arrived for day in receipts),
        landed=sum(day.landed for day in receipts),
        unchanged=sum(day.unchanged for day in receipts),
        quarantined=sum(day.quarantined for day in receipts),
        waiting=sum(day.waiting for day in receipts),
        waiting_until=max((day.waiting_until for day in read if day.waiting_until), default=None),
        caught=sum(day.caught for day in read),
        left_out=sum(day.left_out or 0 for day in receipts),
        merged=sum(day.merged for day in receipts),
        left_out_rows=merged_reasons(
            [
                *(left for receipt in earlier if stay for left in receipt.left_out_rows),
                *(left for day in days for left in day.left_out),
            ]
        ),
        deleted=sum(decided.deleted.values()) + rows.more_deleted,
        kept=rows.kept_of(places),
        deletions_withheld=bool(withheld or withheld_before),
        withheld=[*withheld_before, *withheld.values()],
        shrinking_accepted=night.accept_shrunk,
        days=receipts,
        drift=drift_of_days(night, feed, days),
        problem=ProblemNote.of(problem) if problem else None,
        read=sum(day.read for day in receipts),
        inputs=[*(day.file for day in stay if day.file), *(file for day in read for file in day.inputs)],
        contract=contract.digest,
        source_columns=sorted(newest.names) if newest else last.source_columns if last else [],
        observed=_sorted(newest.observed) if newest else last.observed if last else {},
    )
    refused = [row for day in days for row in day.refused] + superseded
    return Outcome(receipt, rows.rows, refused, keys_for_corrections(night, contract, read, decided), places)


def read_days(receipt: FeedReceipt) -> list[DayReceipt]:
    """The days whose files were read."""
    return [day for day in receipt.days if day.status in READ_STATUSES]


def mark_undated(calendar: Calendar, contract: FeedContract, days: list[Gathered]) -> None:
    """Marks the days whose file was read and tells nothing of them."""
    for part in days:
        if part.status != "landed":
            continue
        if part.in_order or part.refused:
            if why := another_days_content(contract, part.the_day, part.rows, part.refused):
                part.is_misplaced = True
                _mark_stale(calendar.source, part, why, f"{_OWN_FILE}; {_ANY_DAY}")
        elif not part.waiting and not calendar.may_be_quiet(part.the_day):
            _mark_stale(calendar.source, part, f"the file has no rows, and {part.the_day} is a working day", _OWN_FILE)


def refuse_misplaced(
    night: Night, contract: FeedContract, days: list[Gathered], attempted: pa.Table | None = None
) -> None:
    """Takes out of files with another day's content the rows that are not of their day: known ones say nothing new,
    and others are refused, lest they make another day better than its own file does."""
    misplaced = [part for part in days if part.is_misplaced]
    if not misplaced or contract.dating is None:
        return
    column, strange = contract.dating.column, []
    for part in misplaced:
        rows = rows_in_order(contract, [part])
        is_own = contract.dating.is_of(rows[column], part.the_day)
        strange.append(rows.filter(pc.invert(is_own)))
        part.rows = [rows.filter(is_own)]
    known = Known(night.sealed_files(contract.feed), contract.subject, attempted=attempted)
    others = rows_in_order(contract, days)
    for part, rows in zip(misplaced, strange, strict=True):
        is_alike = told_alike(rows, others, known)
        part.repeated = int(pc.sum(is_alike).as_py() or 0)
        part.refused += _misplaced(contract, part.the_day, rows.filter(pc.invert(is_alike)))
        part.seen_keys += rows[contract.subject.key].cast(pa.string()).to_pylist()


def _misplaced(contract: FeedContract, day: date, rows: pa.Table) -> Iterator[Refused]:
    if contract.dating is None:
        return
    dates = contract.dating.days(rows[contract.dating.column]).to_pylist()
    contents = rows.select(list(contract.subject.columns)).to_pylist()
    for origin, found, content in zip(rows["_origin"].to_pylist(), dates, contents, strict=True):
        dated = f"dated {found}" if found else "without a date"
        reason = f"{NOT_HEARD_OF}: {dated}, in the file of {day}, which has another day's content"
        # Every cell of it could be read, and is believed where the row is counted as unknown.
        yield Refused(origin, "", reason, row_json(content), day)


def _count_of_other_days(contract: FeedContract, days: list[Gathered]) -> None:
    if contract.dating is None:
        return
    for part in days:
        of_day = contract.dating.is_of(rows_in_order(contract, [part])[contract.dating.column], part.the_day)
        part.of_other_days = len(of_day) - int(pc.sum(of_day).as_py() or 0)


def mark_copied(night: Night, contract: FeedContract, days: list[Gathered], decided: Decided) -> None:
    """Marks the days whose rows no column dates, and are all known from other days' files."""
    if contract.dating is not None:
        return
    for part in days:
        if part.status == "landed" and part.in_order and decided.elsewhere.get(part.day, 0) == part.in_order:
            _mark_stale(night.source, part, "all of its rows are known from other days' files", _OWN_FILE)


def _mark_stale(source: Source, part: Gathered, why: str, remedy: str) -> None:
    part.stale = Problem(why, f"source '{source.id}', {part.inputs[0].path}", remedy)
    part.status = "stale"


def _day_receipt(
    feed: Feed,
    day: Gathered,
    decided: Decided,
    superseded: list[Refused],
    withheld: dict[str, WithheldDeletions],
    keyless: dict[str, int],
) -> DayReceipt:
    path = place_in(feed, day.inputs[0].path) if day.inputs else ""
    landed, unchanged = decided.outcomes.get(day.day, (0, 0)) if day.status in READ_STATUSES else (0, 0)
    unchanged += day.repeated
    quarantined = len(day.refused) + sum(row.day == day.day for row in superseded)
    return DayReceipt(
        day=day.the_day,
        status=day.status,
        arrived=landed + unchanged + quarantined,
        landed=landed,
        unchanged=unchanged,
        quarantined=quarantined,
        waiting=day.waiting,
        left_out=day.rows_left_out,
        merged=day.merged,
        read=day.read,
        deleted=decided.deleted.get(path, 0),
        keyless=keyless_of(day, [withheld[path]] if path in withheld else [], keyless.get(path, 0)),
        of_other_days=day.of_other_days,
        file=day.inputs[0] if day.inputs else None,
    )


def _state_of_days(
    night: Night, feed: Feed, days: list[Gathered], said: dict[date, SaidOfDay], not_deleted: list[Problem]
) -> tuple[FeedStatus, Problem | None]:
    """The state of the latest expected day, and what is wrong with the days that did not land."""
    statuses: dict[date, DayStatus] = {day: found.status for day, found in said.items()}
    statuses |= {day.day: day.status for day in days if day.day}
    latest = max((day for day, status in statuses.items() if status != "none_expected"), default=None)
    found = statuses[latest] if latest else "landed"
    status: FeedStatus = "landed" if found == "none_expected" else found
    problems = [*faults_of_days(night, feed, days), *missing_days(night, feed, days), *not_deleted]
    return status, as_one(problems, place_of_days(night, feed)) if problems else None


def place_of_days(night: Night, feed: Feed) -> str:
    """Where a problem of several days' files is."""
    return f"source '{night.source.id}', {feed.path}"


def faults_of_days(night: Night, feed: Feed, days: list[Gathered]) -> list[Problem]:
    """What is wrong with the files of ``days``, the last of them one by one."""
    problems = [day.fault.problem for day in days if day.fault]
    problems += [landed_without(day.lacking) for day in days if day.lacking]
    problems += [day.stale for day in days if day.stale]
    if len(problems) <= _DAYS_SHOWN:
        return problems
    what = f"{len(problems) - _DAYS_SHOWN} earlier files are not as they should be either"
    return [Problem(what, place_of_days(night, feed), problems[0].remedy), *problems[-_DAYS_SHOWN:]]


def missing_days(night: Night, feed: Feed, days: list[Gathered]) -> list[Problem]:
    """That files are missing, with the last of their days."""
    missing = [day.day for day in days if day.status == "missing" and day.day]
    if not missing:
        return []
    shown = ", ".join(str(day) for day in missing[-_DAYS_SHOWN:])
    what = f"{len(missing)} expected file{'s are' if len(missing) > 1 else ' is'} missing, the last for: {shown}"
    remedy = "ask the source's keepers for them; what comes late is brought in the next night"
    return [Problem(what, place_of_days(night, feed), remedy)]


def as_one(problems: list[Problem], where: str) -> Problem:
    """One problem that tells all of them, each with the file it is about."""
    if len(problems) == 1:
        return problems[0]
    files = [problem.where.rpartition(", ")[2] for problem in problems]
    what = "; ".join(f"{file}: {problem.what}" for file, problem in zip(files, problems, strict=True))
    return Problem(what, where, "; ".join(dict.fromkeys(problem.remedy for problem in problems)))


def drift_of_days(night: Night, feed: Feed, days: list[Gathered]) -> Drift:
    """How the columns of all the files differ from those of the last landing."""
    faults = [fault for day in days for fault in (day.fault, day.lacking) if fault]
    drifts = [drift_of(night, feed, day) for day in days if day.names]
    return Drift(
        missing=sorted({name for fault in faults for name in fault.missing_columns}),
        new=sorted({name for drift in drifts for name in drift.new}),
        retyped=sorted({name for drift in drifts for name in drift.retyped}),
    )


def _sorted(observed: dict[str, set[str]]) -> dict[str, list[str]]:
    return {name: sorted(kinds) for name, kinds in observed.items()}
