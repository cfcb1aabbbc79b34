"""The line: what one night and one week do, step by step. DAG tasks, the command line and tests call these.

Instants cross this boundary as ISO text (UTC), results as small ASCII-keyed dicts without personal data, because
Airflow keeps what tasks return.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charter.base.errors import (
    DamagedWarehouse,
    EvidenceError,
    MorningPassed,
    NightMissing,
    Problem,
    SettingError,
    SourceAway,
)
from charter.base.moments import (
    Period,
    closed_period,
    last_ended_day,
    local_date,
    local_midnight,
    parse_as_of,
    parse_month,
    parse_week,
    stamp,
)
from charter.base.settings import Settings
from charter.base.writer import writes, writing
from charter.catalogues import require_catalogues
from charter.definitions import Agency, load_agency
from charter.definitions.models import REPORT_NAMES
from charter.lineage import steps as lineage
from charter.nights import require_night
from charter.observe import observed, show_now
from charter.runs.current import note_replay
from charter.state_owner import claim_state, require_own_state

if TYPE_CHECKING:
    from charter.deliver import MessageKey
    from charter.deliver.dry_run import DryRun
    from charter.extract import SourceReceipt

Summary = dict[str, Any]


@dataclass(frozen=True)
class Installation:
    """Where we run, and for which agency."""

    settings: Settings
    agency: Agency


def installation(*, is_read_anew: bool = False) -> Installation:
    """The installation that the environment names. Where it ``is_read_anew``, its charter is read from the files
    themselves, whatever was kept of them.

    Raises DefinitionError, or SettingError: also when the state folder is another charter's.
    """
    settings = Settings.from_environment()
    agency = load_agency(settings.charter_dir, None if is_read_anew else settings.cache_dir)
    require_catalogues(settings, agency)
    require_own_state(settings, agency)
    return Installation(settings, agency)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _night(as_of: str, known_at: str | None = None) -> Installation:
    """The installation as the night ``as_of`` is built in it.

    A night earlier than the published one, or one told with later knowledge, is a replay: it is built beside what is
    published and changes none of it.
    """
    here = installation()
    wanted = _instant(as_of)
    published = _newest_night(here.settings)
    if known_at is not None and _instant(known_at) != wanted:
        name = f"{stamp(wanted)}-known-{stamp(_instant(known_at))}"
    elif published is not None and wanted < published:
        name = stamp(wanted)
    else:
        return here
    note_replay(name)
    return Installation(replace(here.settings, replay=name), here.agency)


def _newest_night(settings: Settings) -> datetime | None:
    """The published night; where the published warehouse is damaged, the newest that was sealed. None without any."""
    from charter.evidence import read_chain
    from charter.transform import published_as_of

    try:
        return published_as_of(settings)
    except DamagedWarehouse:
        nights = [entry.as_of for entry in read_chain(settings.evidence_dir) if entry.kind == "nightly"]
        return max(nights, default=None)


def _told(here: Installation, step: str, as_of: str, of: Callable[[], object]) -> AbstractContextManager[None]:
    """While a step runs: lineage is told that it began, and how it ended."""
    return lineage.traced(here.settings, here.agency, step, _instant(as_of), of)


# ── the night ───────────────────────────────────────────────────────────────────────────────────


def resolve_night(as_of: str | None, due: datetime) -> str:
    """The night's as-of as ISO text: ``as_of`` (a date or an instant), else the agency's last midnight at ``due``.

    Raises SettingError for a night that has not come yet, or that the charter's folder says nothing of.
    """
    agency = installation().agency
    if as_of is not None:
        instant = parse_as_of(as_of, agency.zone)
    else:
        instant = local_midnight(last_ended_day(due, agency.zone) + timedelta(days=1), agency.zone)
    # Not a figure's clock: it only keeps out nights that have not come.
    require_night(agency, instant, max(due, datetime.now(UTC)))
    return instant.isoformat()


def alone_for_night(as_of: str) -> AbstractContextManager[None]:
    """While a whole night runs in one process: nobody else writes between its steps. Raises StateError."""
    return writing(Settings.from_environment(), "all steps", as_of)


@observed("settings")
def require_night_settings(as_of: str) -> None:
    """Raises SettingError with everything that the night ``as_of`` will need of its settings, and that is missing."""
    from charter.preflight import require_night_settings as require

    here = _night(as_of)
    require(here.settings, here.agency, _instant(as_of))


def last_day(now: datetime) -> date:
    """The agency's last business day that had wholly ended at ``now`` (aware)."""
    return last_ended_day(now, installation().agency.zone)


def published_night() -> str:
    """The published night's as-of as ISO text. Raises SettingError when nothing was published."""
    from charter.transform import published_as_of

    settings = installation().settings
    published = published_as_of(settings)
    if published is None:
        raise SettingError("nothing has been published yet", where=str(settings.warehouse), remedy="run a night first")
    return published.isoformat()


def source_ids() -> list[str]:
    """The sources to extract, in the order of sources.yaml."""
    return [source.id for source in installation().agency.sources]


@writes("extract", together=True)
@observed("extract")
def extract(source_id: str, as_of: str, last_attempt: bool = True) -> Summary:
    """Lands what arrived from one source.

    A source that is down is tried again while attempts remain (SourceAway); at the last one it stays in the
    receipt, and the night goes on without it.
    """
    from charter.extract import extract_source, is_retryable, read_receipt

    here = _night(as_of)
    claim_state(here.settings, here.agency)
    # What a past night knew stays as it was, its failures too: a source that has come back since tells it tonight.
    known = read_receipt(here.settings, source_id, _instant(as_of)) if here.settings.replay else None
    of = lineage.extracted(here.settings, here.agency, source_id, _instant(as_of))
    with _told(here, f"extract.{source_id}", as_of, of):
        receipt = known or extract_source(here.settings, here.agency, here.agency.source(source_id), _instant(as_of))
        if known is None and is_retryable(receipt) and not last_attempt:
            away = [feed for feed in receipt.feeds if feed.status in ("missing", "unreachable")]
            note = next(feed.problem for feed in away if feed.problem is not None)
            raise SourceAway(note.what, where=note.where, remedy=note.remedy)
    return _extracted(receipt)


@writes("extract")
@observed("corrections")
def replay_corrections(source_id: str, as_of: str) -> Summary:
    """Lands the corrections of a source's refused rows in the night ``as_of``, the last that was extracted."""
    from charter.extract import replay_corrections as replay

    here = installation()
    return _extracted(replay(here.settings, here.agency, here.agency.source(source_id), _instant(as_of)))


def _extracted(receipt: SourceReceipt) -> Summary:
    counts = {name: receipt.total(name) for name in ("arrived", "landed", "unchanged", "quarantined")}
    corrected = sum(part.landed + part.unchanged for part in receipt.corrections)
    problems = [f"{feed.problem.where}: {feed.problem.what}" for feed in receipt.feeds if feed.problem is not None]
    return {
        "source_id": receipt.source_id,
        "status": receipt.status,
        **counts,
        "corrected": corrected,
        "problems": problems,
    }


@writes("transform")
@observed("transform")
def transform(as_of: str, known_at: str | None = None, *, anew: bool = False) -> Summary:
    """Builds commitments and marts in the working warehouse; with ``anew`` everything, also what did not change.

    ``cases`` is how many subjects were reworked; without it, all were. ``problems`` says what the calendar is too short
    for.
    """
    from charter.transform import build_warehouse

    here = _night(as_of, known_at)
    with _told(here, "transform", as_of, lineage.transformed(here.settings, here.agency)):
        receipt = build_warehouse(here.settings, here.agency, _instant(as_of), _instant(known_at or as_of), anew=anew)
    problems = [f"{problem.where}: {problem.what}; {problem.remedy}" for problem in receipt.problems]
    built = {"models": receipt.models, "tests": receipt.tests, "problems": problems}
    return built if receipt.cases is None else {**built, "cases": receipt.cases}


@writes("assert")
@observed("assert")
def assert_expectations(as_of: str, known_at: str | None = None) -> Summary:
    """Judges source contracts and thresholds. A breach is a result; a check that errs raises CheckError."""
    from charter.assertions import run_expectations
    from charter.transform import require_built

    here = _night(as_of, known_at)
    require_built(here.settings, _instant(as_of), _instant(known_at or as_of))
    of = lineage.checked(here.settings, here.agency, _instant(as_of))
    with _told(here, "assert", as_of, of):
        run = run_expectations(here.settings, here.agency, _instant(as_of), _instant(known_at or as_of))
    return {str(outcome): count for outcome, count in sorted(run.outcomes.items())}


@writes("publish")
@observed("publish")
def publish(as_of: str, known_at: str | None = None) -> Summary:
    """Puts the finished warehouse in place for readers, and keeps the weeks that this night closes.

    A replay's warehouse goes into its own folder and closes nothing.
    """
    from charter.assertions import require_judged
    from charter.evidence import keep_publication
    from charter.transform import close_weeks, publish_warehouse, require_built

    here = _night(as_of, known_at)
    require_built(here.settings, _instant(as_of), _instant(known_at or as_of))
    require_judged(here.settings, _instant(as_of))
    with _told(here, "publish", as_of, lineage.published(here.settings, here.agency)):
        tables = publish_warehouse(here.settings)
    if here.settings.replay:
        return {"tables": len(tables), "replay": here.settings.replay}
    closed = close_weeks(here.settings, here.agency, _instant(as_of))
    # What was altered in the evidence is for the sealing to say: nothing is wrong with what was published.
    with suppress(EvidenceError):
        keep_publication(here.settings, _instant(as_of))
    return {"tables": len(tables), "weeks_closed": len(closed)}


@writes("site")
@observed("site")
def build_site(as_of: str) -> Summary:
    """Writes the pages from the published warehouse, and seals those that are not as they were. A replay has none."""
    from charter.audit.site import write_audit_pages
    from charter.evidence import night_heads, seal_pages, sealed_pages
    from charter.report import build_site as write_site

    here = _night(as_of)
    if here.settings.replay:
        return {"pages": 0}
    heads: dict[datetime, str] = {}
    sealed: dict[str, str] | None = None
    # What was altered in the evidence is for the sealing of the pages to say.
    with suppress(EvidenceError):
        heads = night_heads(here.settings)
        sealed = sealed_pages(here.settings)
    with _told(here, "site", as_of, lineage.shown(here.settings, here.agency, "site")):
        # The standards' pages lead to those of their figures: these are there first.
        written = write_audit_pages(here.settings, here.agency, _instant(as_of), heads, sealed)
        written += write_site(here.settings, here.agency, _instant(as_of), heads, sealed)
    charter = here.agency.charter
    seal_pages(here.settings, (charter.id, charter.version), _instant(as_of), written)
    return {"pages": len(written), **_witnessed(here.settings)}


def _witnessed(settings: Settings, *, stamped: bool = False) -> Summary:
    """Tells the witnesses that are set of the newest seals; with ``stamped`` the time-stamping authority, too. One that
    is away is told among the ``problems``, and hears of it with the next seal."""
    from charter.evidence import stamp_nights, tell_witness

    problems = [*(stamp_nights(settings) if stamped else ()), *tell_witness(settings)]
    return {"problems": [f"{problem.where}: {problem.what}" for problem in problems]} if problems else {}


@writes("seal")
@observed("seal")
def seal_night(as_of: str, known_at: str | None = None) -> Summary:
    """Signs the night's evidence; the same night again adds nothing.

    A replay of a sealed night is compared with its seal instead (EvidenceError when any table differs), and what is
    known now about a past night is neither compared nor sealed: it is another answer to another question. A night that
    was published and never sealed is sealed as it was published, however many nights were published since.
    """
    from charter.evidence import replay_differences, seal, seal_publication
    from charter.health.heartbeat import beat

    settings = _night(as_of, known_at).settings
    if settings.replay:
        if known_at is not None and _instant(known_at) != _instant(as_of):
            return {"created": False}
        differences = replay_differences(settings, _instant(as_of))
        if differences:
            raise EvidenceError.of(differences)
        if differences is not None:
            return {"created": False, "as_sealed": True}
    sealed = seal_publication(settings, _instant(as_of)) or seal(settings, "nightly", _instant(as_of), _instant(as_of))
    if _newest_night(settings) == _instant(as_of):
        beat(settings, "night", datetime.now(UTC), as_of)
    return {"sha256": sealed.sha256, "created": sealed.created, **_witnessed(settings, stamped=True)}


def recompute(period: str) -> dict[str, list[Problem]]:
    """Builds the sealed nights of ``period`` again from what landed, and compares each with its seal.

    ``period`` is a week (``2026-W27``), a night (a date, or an instant) or ``all``. Returns, for each night as ISO
    text, what differs. Raises SettingError for another text, EvidenceError when no night of the period was sealed.
    """
    from charter.evidence import recompute as again
    from charter.evidence import sealed_nights

    here = installation(is_read_anew=True)
    nights = sealed_nights(here.settings, here.agency, *_days_of(period, here.agency))
    if not nights:
        raise EvidenceError(
            f"no night of {period} was sealed",
            where=str(here.settings.evidence_dir),
            remedy="name a week or a night that was: charter verify tells the newest",
        )
    return {night.isoformat(): again(here.settings, here.agency, night) for night in nights}


def _days_of(period: str, agency: Agency) -> tuple[date | None, date | None]:
    """The first and the last day of what a person calls a period; None where it has no end."""
    if period == "all":
        return None, None
    if "W" in period:
        week = parse_week(period)
        return week.start, week.end
    day = last_ended_day(parse_as_of(period, agency.zone), agency.zone)
    return day, day


# ── the week, and the month ────────────────────────────────────────────────────────────────────────────────────


def resolve_week(as_of: str | None, due: datetime, week: str | None = None) -> str:
    """The instant (ISO text) at which the week to be reported ended: ``week`` (``2026-W26``), else the last that had
    ended at ``as_of``.

    A week may be reported as late as anybody likes, and again: what is known is that of the published night. Raises
    NightMissing when no night since the week's end was published, SettingError when both are given, or a setting that
    reports, mails and seals will need is missing.
    """
    return _resolve_period(installation(), "week", as_of, due, parse_week(week) if week else None)


def resolve_month(as_of: str | None, due: datetime, month: str | None = None) -> str:
    """As ``resolve_week``, of a calendar month (``2026-06``). Raises ReportError when no monthly report is declared."""
    from charter.report import declared_report

    here = installation()
    declared_report(here.agency, "month")
    return _resolve_period(here, "month", as_of, due, parse_month(month) if month else None)


def _require_all(here: Installation, missing: SettingError | None) -> None:
    """Raises what is ``missing`` of nights; with what is wrong with the settings, too, no night alone will mend it."""
    from charter.preflight import require_week_settings

    try:
        require_week_settings(here.settings, here.agency)
    except SettingError as error:
        raise SettingError.of([*(missing.problems if missing else ()), *error.problems]) from error
    if missing is not None:
        raise missing


def _resolve_period(here: Installation, kind: str, as_of: str | None, due: datetime, named: Period | None) -> str:
    from charter.transform import published_as_of

    if named is not None and as_of is not None:
        remedy = f"name the {kind} by one of them"
        raise SettingError(f"a {kind} and an as-of are given", where=f"{kind}, as-of", remedy=remedy)
    period = named or closed_period(kind, _instant(resolve_night(as_of, due)), here.agency.zone)
    end = resolve_night(period.end.isoformat(), due)
    published = published_as_of(here.settings)
    missing: SettingError | None = None
    if published is None or published < _instant(end):
        missing = NightMissing(
            f"the published warehouse is {'missing' if published is None else 'as of ' + published.isoformat()}, "
            f"and {kind} {period.key()} ended at {end}",
            where=kind,
            remedy=f"run the night first: charter nightly --as-of {period.end}",
        )
    _require_all(here, missing)
    return end


@writes("reports")
@observed("reports")
def render_reports(as_of: str, kind: str = "week", *, catches_up: bool = False) -> Summary:
    """Renders the reports of the week (the ``month``) that ended at ``as_of`` and puts their messages into the outbox.

    Where figures of any reported week (month) are not those that were sent, a further revision is rendered and put
    there, too. With ``catches_up`` weeks (months) that were missed before it are reported with it. Everything is told
    as the published night knows it. A report that can't be rendered, or a recipient who can't be addressed, stops no
    other: it is among the ``problems``, and ``require_settled`` ends the run with it. Raises DeliveryError when the
    outbox was lost, or knows less than was sealed.
    """
    from charter.evidence import keep_rendering, night_heads, require_outbox_as_sealed, sealed_as
    from charter.report import post_week, prepare_week

    here = installation()
    require_outbox_as_sealed(here.settings)
    week = closed_period(kind, _instant(as_of), here.agency.zone)
    prepared = prepare_week(here.settings, here.agency, week, night_heads(here.settings), catches_up=catches_up)
    # Before anything is posted: whatever goes out can be sealed.
    periods = [each.key() for each in prepared.weeks]
    report = REPORT_NAMES[kind]
    keep_rendering(here.settings, prepared.as_of, periods, prepared.files, kind=sealed_as(kind), report=report)
    of = lineage.shown(here.settings, here.agency, f"reports/{week.key()}")
    with _told(here, "report", as_of, of):
        posted = post_week(here.settings, here.agency, prepared)
    return {
        kind: posted.week,
        "reports": posted.reports,
        "new": posted.new,
        "already": posted.already,
        "revised": posted.revised,
        **({"made_up_for": ", ".join(posted.missed)} if posted.missed else {}),
        "problems": [f"{problem.where}: {problem.what}" for problem in posted.problems],
    }


@observed("deliver")
def deliver(as_of: str) -> Summary:
    """Hands the outbox's waiting messages to the mail server; raises DeliveryError when some still wait.

    What was refused, failed or may have arrived is no reason to stop here: ``require_settled`` tells it at the end.
    """
    from charter.base.errors import DeliveryError
    from charter.deliver import AllowedDomains, DkimSigner, Pace
    from charter.deliver import deliver as send
    from charter.deliver.server import mail_folder, mail_server

    here = installation()
    with mail_server(here.settings) as server:
        receipt = send(
            here.settings,
            _instant(as_of),
            server,
            allowed=AllowedDomains.of(here.settings, here.agency),
            signer=DkimSigner.from_settings(here.settings),
            pace=Pace.from_settings(here.settings),
        )
    if problems := receipt.waiting():
        raise DeliveryError.of(problems)
    counts = {str(state): count for state, count in sorted(receipt.counts.items())}
    return counts if mail_folder(here.settings) is None else {**counts, "kept_on_this_machine": True}


def send_to_folder(folder: Path) -> DryRun:
    """Writes the mails that wait in the outbox to ``folder``, as they would be sent now. The outbox stays as it is.

    Raises SettingError: for a folder that holds something, or a setting that sending needs.
    """
    from charter.deliver.dry_run import waiting_mails

    here = installation()
    return _to_folder(here, folder, waiting_mails(here.settings))


def report_to_folder(
    as_of: str, folder: Path, kind: str = "week", *, catches_up: bool = False
) -> tuple[DryRun, list[Problem]]:
    """Renders the reports of the week (the ``month``) that ended at ``as_of``, and writes the mails that would be sent
    to ``folder``, with those that wait in the outbox. Nothing is filed, and the outbox stays as it is.

    Also returns the problems of the reports that were left out. Raises as ``render_reports`` does.
    """
    from charter.deliver import Letterhead
    from charter.deliver.dry_run import new_mails, waiting_mails
    from charter.evidence import night_heads
    from charter.report import prepare_week

    here = installation()
    week = closed_period(kind, _instant(as_of), here.agency.zone)
    heads = night_heads(here.settings)
    prepared = prepare_week(here.settings, here.agency, week, heads, is_dry=True, catches_up=catches_up)
    new = new_mails(here.settings, prepared.messages, Letterhead.of(here.settings, here.agency))
    return _to_folder(here, folder, new | waiting_mails(here.settings)), list(prepared.problems)


def _to_folder(here: Installation, folder: Path, mails: dict[MessageKey, bytes]) -> DryRun:
    from charter.deliver import AllowedDomains, DkimSigner, Sender
    from charter.deliver.dry_run import write_mails

    return write_mails(
        folder,
        mails,
        at=datetime.now(UTC),
        sender=Sender.from_settings(here.settings),
        allowed=AllowedDomains.of(here.settings, here.agency),
        signer=DkimSigner.from_settings(here.settings),
    )


def preview_week(department_id: str, language: str | None, week: str | None) -> Path:
    """Writes a department's mail of ``week`` (the last one of the published night when not named) for a browser.

    Returns the file. Raises SettingError when nothing was published, ReportError for what can't be shown.
    """
    return _preview("week", department_id, language, parse_week(week) if week else None)


def preview_month(department_id: str, language: str | None, month: str | None) -> Path:
    """As ``preview_week``, of a calendar month."""
    from charter.report import declared_report

    declared_report(installation().agency, "month")
    return _preview("month", department_id, language, parse_month(month) if month else None)


def preview_digest(department_id: str | None, language: str | None) -> Path:
    """Writes the digest that a department (None: the whole agency) would get after the published night, for a browser.

    Returns the file. Raises as ``preview_week``: also when there is nothing to tell, or no digest is declared.
    """
    from charter.evidence import night_heads
    from charter.report.preview import preview_morning

    here = installation()
    night = _instant(published_night())
    return preview_morning(here.settings, here.agency, night, department_id, language, night_heads(here.settings))


def _preview(kind: str, department_id: str, language: str | None, named: Period | None) -> Path:
    from charter.evidence import night_heads
    from charter.report.preview import preview_week as preview

    here = installation()
    period = named or closed_period(kind, _instant(published_night()), here.agency.zone)
    return preview(here.settings, here.agency, period, department_id, language, night_heads(here.settings))


def require_settled(rendered: Summary) -> Summary:
    """Raises ReportError when a report was left out of the run whose ``render_reports`` said ``rendered``.

    Raises DeliveryError while any message in the outbox, of whatever week, waits for a person's decision. Of both, the
    first is raised, with the problems of the second.
    """
    from charter.base.errors import DeliveryError, Problem, ReportError
    from charter.deliver import Outbox
    from charter.deliver.smtp import problem_of

    remedy = "mend what it names, then run the report again: nobody who has it gets it twice"
    left_out = [Problem(text, "the reports", remedy) for text in rendered.get("problems", [])]
    with Outbox.open(installation().settings) as outbox:
        unsettled = [problem_of(record) for record in outbox.unsettled()]
    if left_out:
        raise ReportError.of([*left_out, *unsettled])
    if unsettled:
        raise DeliveryError.of(unsettled)
    return {"to be settled by a person": 0}


def rebuild_outbox(by: str, reason: str) -> Summary:
    """Begins the outbox anew after it was lost, from what was sealed and what was rendered; see ``deliver.rebuild``.

    Returns how many messages are in each state. Raises DeliveryError when the outbox is whole.
    """
    from charter.deliver import Letterhead
    from charter.deliver.rebuild import rebuild
    from charter.evidence import require_lost_outbox, sealed_deliveries
    from charter.report.facts.refiled import refiled_messages
    from charter.report.facts.retold import refiled_digests

    here = installation()
    require_lost_outbox(here.settings)
    sealed = sealed_deliveries(here.settings)
    known = [
        *refiled_messages(here.settings, here.agency, sealed),
        *refiled_digests(here.settings, here.agency, sealed),
    ]
    letterhead = Letterhead.of(here.settings, here.agency)
    rebuilt = rebuild(here.settings, known, by=by, reason=reason, letterhead=letterhead)
    return {str(state): count for state, count in sorted(rebuilt.items())}


def seal_week(as_of: str) -> Summary:
    """Signs the evidence of the week that ended at ``as_of``: what its reports were rendered from, and what was sent.

    It binds to what was rendered, whatever was published since.
    """
    return _seal_reports(as_of, "week")


def seal_month(as_of: str) -> Summary:
    """As ``seal_week``, of the month that ended at ``as_of``."""
    return _seal_reports(as_of, "month")


@writes("seal")
@observed("seal_reports")
def _seal_reports(as_of: str, kind: str) -> Summary:
    from charter.evidence import seal_renderings, sealed_as
    from charter.health.runs import keep_run

    here = installation()
    period = closed_period(kind, _instant(as_of), here.agency.zone)
    sealed = seal_renderings(here.settings, period.key(), sealed_as(kind))
    keep_run(here.settings, kind, period.key(), datetime.now(UTC))
    return {"sha256": sealed.sha256, "created": sealed.created, **_witnessed(here.settings)}


# ── the morning ─────────────────────────────────────────────────────────────────────────────────


def resolve_morning(as_of: str | None, due: datetime) -> str:
    """The published night (ISO text) after which the digests of a working day are made: ``as_of``, else the last.

    Raises NightMissing when that night is not published yet, MorningPassed when a later one is, SettingError when a
    setting that digests, mails and seals will need is missing; ReportError when no digest is declared.
    """
    from charter.report import declared_report
    from charter.transform import published_as_of

    here = installation()
    declared_report(here.agency, "working_day")
    night = resolve_night(as_of, due)
    published = published_as_of(here.settings)
    missing: SettingError | None = None
    if published != _instant(night):
        day = last_ended_day(_instant(night), here.agency.zone)
        has_passed = published is not None and published > _instant(night)
        missing = (MorningPassed if has_passed else NightMissing)(
            f"the published warehouse is {'missing' if published is None else 'as of ' + published.isoformat()}, "
            f"and the digest is asked for as of {night}",
            where="as-of",
            remedy="a past morning has no further digest: the next one tells what is still at risk"
            if has_passed
            else f"run the night first: charter nightly --as-of {day}",
        )
    _require_all(here, missing)
    return night


@writes("digests")
@observed("digests")
def render_digests(as_of: str) -> Summary:
    """Renders the digests of the morning after the night ``as_of``, and puts their messages into the outbox.

    A day that is no working day has none, and who has nothing at risk gets none. Raises DeliveryError when the outbox
    was lost, or knows less than was sealed.
    """
    from charter.evidence import keep_rendering, night_heads, require_outbox_as_sealed
    from charter.report import declared_report, post_morning, prepare_morning

    here = installation()
    require_outbox_as_sealed(here.settings)
    prepared = prepare_morning(here.settings, here.agency, _instant(as_of), night_heads(here.settings))
    report, day = declared_report(here.agency, "working_day").id, prepared.day.isoformat()
    if prepared.files:
        # Before anything is posted: whatever goes out can be sealed.
        keep_rendering(here.settings, prepared.as_of, [day], prepared.files, kind="daily", report=report)
    of = lineage.shown(here.settings, here.agency, f"digests/{day}")
    with _told(here, "digest", as_of, of):
        posted = post_morning(here.settings, here.agency, prepared)
    return {
        "day": day,
        "working_day": prepared.is_working_day,
        "digests": prepared.digests,
        "new": posted.new,
        "already": posted.already,
        "problems": [f"{problem.where}: {problem.what}" for problem in posted.problems],
    }


@writes("seal")
@observed("seal_digests")
def seal_morning(as_of: str) -> Summary:
    """Signs what the digests after the night ``as_of`` were rendered from, and what was sent; nothing without any."""
    from charter.evidence import has_rendering, seal_renderings
    from charter.health.runs import keep_run

    here = installation()
    day = local_date(_instant(as_of), here.agency.zone).isoformat()
    if not has_rendering(here.settings, _instant(as_of), "daily"):
        keep_run(here.settings, "working_day", day, datetime.now(UTC))
        return {"created": False}
    sealed = seal_renderings(here.settings, day, "daily")
    keep_run(here.settings, "working_day", day, datetime.now(UTC))
    return {"sha256": sealed.sha256, "created": sealed.created, **_witnessed(here.settings)}


def watch(now: datetime | None = None) -> Summary:
    """One watch at ``now`` (aware; this instant, if not given): what stands in the way is told to whom it concerns.

    Each cause is told once. It writes nothing that a night reads, and waits for no writer. Raises DeliveryError when
    somebody could not be told yet (the next watch tries again), or a channel is malformed; StateError when its register
    can't be used.
    """
    from charter.base.errors import DeliveryError
    from charter.notices.watch import watch as look

    settings = Settings.from_environment()
    show_now(settings)
    watched = look(settings, now or datetime.now(UTC))
    if watched.problems:
        raise DeliveryError.of(list(watched.problems))
    told = {str(kind): count for kind, count in watched.told.items()}
    return {**told, "open": len(watched.open), "channels": ", ".join(watched.channels) or "none"}


@writes("publication")
@observed("publication")
def publish_year(year: int, *, draft: bool = False) -> Summary:
    """Publishes what ``year`` came to, or writes a ``draft``, and seals the pages. Raises ReportError."""
    from charter.evidence import seal_pages
    from charter.report.publish import publish_year as publish

    here = installation()
    night = _instant(published_night())
    made = publish(here.settings, here.agency, year, draft=draft)
    charter = here.agency.charter
    seal_pages(here.settings, (charter.id, charter.version), night, made.written)
    edition = "draft" if made.revision is None else f"r{made.revision}"
    return {"year": year, "edition": edition, "files": len(made.written), "changed": len(made.changed)}


@writes("site")
def refresh_site() -> Summary:
    """Writes the pages anew from the published warehouse, with links to the newest reports, and that night's Data Docs.

    A night of an earlier release keeps nothing to make them of.
    """
    from charter.assertions.validations import validations_path

    night = published_night()
    if validations_path(installation().settings, _instant(night)).exists():
        data_docs(night)
    return build_site(night)


@writes("site")
@observed("data_docs")
def data_docs(as_of: str) -> Summary:
    """Writes Great Expectations' own pages of one night, and seals them. Raises CheckError when nothing is kept of it.

    Great Expectations takes seconds to load: no night waits for them, a week does.
    """
    from charter.assertions.data_docs import write_data_docs
    from charter.evidence import seal_pages

    here = installation()
    written = write_data_docs(here.settings, _instant(as_of))
    charter = here.agency.charter
    seal_pages(here.settings, (charter.id, charter.version), _instant(as_of), written)
    return {"pages": len(written)}
