"""Two people decide that a standard does not apply for a time: one proposes it, another approves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from charter.base.composing import heading
from charter.base.errors import Problem, SettingError
from charter.base.mail_address import MailAddress, same_person
from charter.base.settings import Settings
from charter.definitions.columns import closest
from charter.definitions.models import Agency, Approver
from charter.definitions.waivers import ALL, APPROVED, PROPOSED, WITHDRAWN
from charter.extract.waivers.register import Action, WaiverRecord, read_register, writing

Standing = Literal["proposed", "approved", "withdrawn"]


@dataclass(frozen=True)
class Proposal:
    """What is to be waived: ``standard`` of commitments opened from ``from_on`` to ``to_on`` (both included), for a
    ``department`` (``*``: all) and a ``subject`` by its key (``*``: all)."""

    standard: str
    department: str
    subject: str
    from_on: date
    to_on: date
    reason: str


@dataclass(frozen=True)
class RegisteredWaiver:
    """A waiver with all its records: that of its proposal, its approval and its withdrawal, as far as there are any."""

    proposed: WaiverRecord
    approved: WaiverRecord | None = None
    withdrawn: WaiverRecord | None = None

    @property
    def id(self) -> str:
        return self.proposed.waiver

    @property
    def standing(self) -> Standing:
        if self.withdrawn is not None:
            return "withdrawn"
        return "proposed" if self.approved is None else "approved"

    @property
    def typed_at_one_login(self) -> bool:
        """Whether proposal and approval were typed at the same login: two names, and perhaps one pair of eyes."""
        return self.approved is not None and self.approved.typed_by == self.proposed.typed_by


def registered_waivers(settings: Settings) -> list[RegisteredWaiver]:
    """Every waiver that was ever proposed, the first first. Raises StateError when the register was altered."""
    return list(_waivers(read_register(settings)).values())


def propose(
    settings: Settings, agency: Agency, proposal: Proposal, *, by: str, typed_by: str, made_at: datetime
) -> RegisteredWaiver:
    """Writes a proposal down. It excuses nothing until somebody else approves it.

    ``by`` is a mailbox, ``made_at`` (aware) when it was written. Raises SettingError with everything that is wrong.
    """
    _approvers(agency)
    mailbox = _mailbox(by)
    reason = heading(proposal.reason)
    problems = _problems(agency, proposal, reason)
    if problems:
        raise SettingError.of(problems)
    with writing(settings) as records:
        number = len({record.waiver for record in records}) + 1
        record = WaiverRecord(
            record=len(records) + 1,
            recorded_at=_at(records, made_at),
            action=PROPOSED,
            waiver=f"W-{number:04d}",
            standard=proposal.standard,
            department=proposal.department,
            subject=heading(proposal.subject),
            from_on=proposal.from_on,
            to_on=proposal.to_on,
            reason=reason,
            by=mailbox,
            role="",
            typed_by=typed_by,
        )
        kept = _append(records, record)
    return RegisteredWaiver(kept)


def approve(
    settings: Settings, agency: Agency, waiver_id: str, *, by: str, typed_by: str, made_at: datetime
) -> RegisteredWaiver:
    """Writes down that somebody who may has approved a proposal of somebody else: from the next night on it excuses.

    Raises SettingError when they may not, when they proposed it, or when it is no open proposal.
    """
    approver = _approver(agency, by)
    with writing(settings) as records:
        found = _known(records, waiver_id)
        if found.standing != PROPOSED:
            raise SettingError(
                f"{waiver_id} is {found.standing} already",
                where="register of waivers",
                remedy="propose another one" if found.standing == WITHDRAWN else "there is nothing to do",
            )
        if same_person(found.proposed.by) == same_person(by):
            raise SettingError(
                f"{found.proposed.by} proposed {waiver_id}, and can't approve it",
                where="--by",
                remedy="have another approver look at it: a waiver takes two people",
            )
        record = _next(records, found, APPROVED, approver.address.lower(), typed_by, made_at)
        _append(records, record.model_copy(update={"role": approver.role}))
    return _known(records, waiver_id)


def withdraw(
    settings: Settings, agency: Agency, waiver_id: str, *, by: str, reason: str, typed_by: str, made_at: datetime
) -> RegisteredWaiver:
    """Writes down that a waiver, or a proposal, is withdrawn: from the next night on its commitments are judged again.

    Anybody may who is named: it excuses nothing. Raises SettingError.
    """
    _approvers(agency)
    mailbox, said = _mailbox(by), heading(reason)
    if not said:
        raise SettingError("no reason is given", where="--reason", remedy="say why it is withdrawn")
    with writing(settings) as records:
        found = _known(records, waiver_id)
        if found.withdrawn is not None:
            remedy = "there is nothing to do"
            raise SettingError(f"{waiver_id} is withdrawn already", where="register of waivers", remedy=remedy)
        record = _next(records, found, WITHDRAWN, mailbox, typed_by, made_at)
        _append(records, record.model_copy(update={"reason": said}))
    return _known(records, waiver_id)


def _waivers(records: list[WaiverRecord]) -> dict[str, RegisteredWaiver]:
    found: dict[str, RegisteredWaiver] = {}
    for record in records:
        before = found.get(record.waiver)
        if before is None:
            found[record.waiver] = RegisteredWaiver(record)
        elif record.action == APPROVED:
            found[record.waiver] = RegisteredWaiver(before.proposed, record, before.withdrawn)
        else:
            found[record.waiver] = RegisteredWaiver(before.proposed, before.approved, record)
    return found


def _known(records: list[WaiverRecord], waiver_id: str) -> RegisteredWaiver:
    waivers = _waivers(records)
    if waiver_id not in waivers:
        remedy = "charter waive list shows those that there are"
        raise SettingError(f"there is no waiver '{waiver_id}'", where="register of waivers", remedy=remedy)
    return waivers[waiver_id]


def _next(
    records: list[WaiverRecord], waiver: RegisteredWaiver, action: Action, by: str, typed_by: str, made_at: datetime
) -> WaiverRecord:
    return waiver.proposed.model_copy(
        update={
            "record": len(records) + 1,
            "recorded_at": _at(records, made_at),
            "action": action,
            "by": by,
            "typed_by": typed_by,
        }
    )


def _append(records: list[WaiverRecord], record: WaiverRecord) -> WaiverRecord:
    """Puts a record behind those that there are, and returns it as it stands there."""
    chained = record.chained(records[-1].chain if records else "")
    records.append(chained)
    return chained


def _at(records: list[WaiverRecord], made_at: datetime) -> datetime:
    """The record's instant, to the second: never before that of the one before, whatever the machine's clock says."""
    instant = made_at.astimezone(UTC).replace(microsecond=0)
    return max(instant, records[-1].recorded_at) if records else instant


def _approvers(agency: Agency) -> list[Approver]:
    if not agency.organisation.approvers:
        raise SettingError(
            "nobody may approve a waiver",
            where="departments.yaml, approvers",
            remedy="name who may: approvers: [{role: Head of customer service, address: head@agency.example}]",
        )
    return agency.organisation.approvers


def _approver(agency: Agency, by: str) -> Approver:
    approvers = {same_person(each.address): each for each in _approvers(agency)}
    if (found := approvers.get(same_person(_mailbox(by)))) is not None:
        return found
    known = ", ".join(each.address for each in agency.organisation.approvers)
    raise SettingError(f"'{by}' may approve no waiver", where="--by", remedy=f"those who may: {known}")


def _mailbox(by: str) -> str:
    try:
        return TypeAdapter(MailAddress).validate_python(by.strip())
    except ValidationError:
        remedy = "name a person by their mailbox: name@agency.example"
        raise SettingError(f"'{by}' is no mailbox", where="--by", remedy=remedy) from None


def _problems(agency: Agency, proposal: Proposal, reason: str) -> list[Problem]:
    problems = []
    standards = [standard.id for standard in agency.charter.standards]
    if proposal.standard not in standards:
        what = f"'{proposal.standard}' is no standard of the charter"
        problems.append(Problem(what, "--standard", closest(proposal.standard, standards)))
    departments = [department.id for department in agency.organisation.departments]
    if proposal.department not in (ALL, *departments):
        what = f"'{proposal.department}' is no department"
        problems.append(Problem(what, "--department", closest(proposal.department, departments)))
    if not heading(proposal.subject):
        problems.append(Problem("no case is named", "--subject", "name its number, or say --all-cases"))
    if proposal.from_on > proposal.to_on:
        what = f"it would end on {proposal.to_on}, before it begins on {proposal.from_on}"
        problems.append(Problem(what, "--from, --to", "name the first and the last day"))
    if not reason:
        problems.append(Problem("no reason is given", "--reason", "say why the standard does not apply"))
    return problems
