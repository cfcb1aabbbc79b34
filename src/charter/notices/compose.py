"""A round of notices as people read it: a subject, plain text for chats and mail, and the mail's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from charter.base.agencies import in_own_commands
from charter.base.languages import direction
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.health.finding import State
from charter.health.place import Place
from charter.health.say import said
from charter.notices.causes import Kind, Notice
from charter.notices.register import Round
from charter.words import Words

_DOCTOR = "charter doctor"


@dataclass(frozen=True)
class NoticeItem:
    """One notice: its ``heading`` says why it is given, ``mark`` how grave it is (bad, warn or good)."""

    heading: str
    state: str
    mark: str
    what: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class NoticeView:
    """What one reader is told of a round."""

    language: str
    is_right_to_left: bool
    start: str
    subject: str
    intro: str
    tone: str
    items: tuple[NoticeItem, ...]
    foot: tuple[str, ...]


@dataclass(frozen=True)
class Composed:
    """The same in every form."""

    subject: str
    text: str
    html: str


def compose(settings: Settings, view: NoticeView) -> Composed:
    """The mail of a view. Raises ReportError when a template can't be filled."""
    from charter.report.render.templates import fill, inlined, safe_style

    page = fill(settings, "notice.html.j2", view=view, style=safe_style(settings, "report.css"))
    return Composed(view.subject, plain(settings, view), inlined(page))


def plain(settings: Settings, view: NoticeView) -> str:
    """The text alone, for a chat. Raises ReportError when the template can't be filled."""
    from charter.report.render.templates import fill

    return fill(settings, "notice.txt.j2", view=view).strip() + "\n"


def view_of(place: Place, language: str, told: Round, *, department: str | None = None) -> NoticeView | None:
    """What a reader of ``language`` is told of a round; of a ``department`` what is its own. None when that is nothing.

    Raises ReportError when there is no catalogue for the language.
    """
    notices = [each for each in told.notices if department is None or each.finding.owner == department]
    if not notices:
        return None
    words = Words.load(place.settings, language, place.charter.charter.languages if place.charter else ())
    ordered = sorted(notices, key=lambda each: (each.kind is Kind.ENDED, -each.finding.state.gravity))
    items = tuple(_item(words, place, told, each) for each in ordered)
    is_over = all(each.kind is Kind.ENDED for each in notices)
    agency = words.pick(place.charter.charter.agency.root) if place.charter else "charter"
    once = words("notice.once", command=in_own_commands(_DOCTOR))
    return NoticeView(
        language=language,
        is_right_to_left=direction(language) == "rtl",
        start="right" if direction(language) == "rtl" else "left",
        subject=_subject(words, items, is_over=is_over),
        intro=words("notice.intro_over" if is_over else "notice.intro", agency=agency),
        tone=min((item.mark for item in items), key=["bad", "warn", "good"].index),
        items=items,
        foot=(*((words("notice.owner"),) if department is not None else ()), once),
    )


def _subject(words: Words, items: Sequence[NoticeItem], *, is_over: bool) -> str:
    key = "notice.subject.over" if is_over else "notice.subject.new"
    first = words(key, what=items[0].what, state=items[0].state)
    one_line = " ".join(first.split())
    short = one_line if len(one_line) <= 150 else one_line[:149] + "…"
    return words("notice.subject.several", what=short, count=len(items) - 1) if len(items) > 1 else short


def _item(words: Words, place: Place, told: Round, notice: Notice) -> NoticeItem:
    finding = notice.finding
    told_as = said(words, finding, place.zone, place.charter)
    heading = words(f"notice.heading.{notice.kind}")
    if notice.kind is Kind.ENDED:
        lines = (words("notice.ended", at=_clock(told, place.zone)),)
        return NoticeItem(heading, "", "good", told_as.what, lines)
    lines = (
        words("notice.remedy", remedy=told_as.remedy),
        *((words("notice.where", where=told_as.where),) if told_as.where else ()),
        *((words("notice.since", since=told_as.since),) if told_as.since else ()),
        words("notice.manual", manual=f"docs/notices.md#{finding.code}"),
    )
    mark = "bad" if finding.state is State.FAILURE else "warn"
    return NoticeItem(heading, words(f"notice.state.{finding.state}"), mark, told_as.what, lines)


def _clock(told: Round, zone: ZoneInfo) -> str:
    return f"{told.at.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def language_of(settings: Settings, agency: Agency | None) -> str:
    """The language of what operators read: CHARTER_NOTICE_LANGUAGE, else the agency's own."""
    from charter.notices.people import LANGUAGE

    return settings.environment.get(LANGUAGE) or (agency.charter.language if agency is not None else "en")
