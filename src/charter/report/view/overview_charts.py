"""The pictures of the whole agency in texts and places: heat map, calendar of duties, how long answers took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise

from charter.report.facts.durations import EDGES, Durations
from charter.report.facts.models import Duty, Series
from charter.report.view.chart_models import (
    BinView,
    DistributionView,
    DutiesView,
    DutyMark,
    DutyRow,
    HeatRow,
    HeatView,
    Tick,
)
from charter.report.view.phrases import Phrases
from charter.words import Words

_RESULTS = ("broken", "no_data", "check_error", "kept", "nothing_due")
_STATES = ("missed", "at_risk", "no_data", "due", "done")
_DATES = 6
# So many duties are told in words; all of them are in the picture, and each that is near is among what to do.
MOST_DUTIES = 10


def heat_view(words: Words, phrases: Phrases, series: Sequence[Series], titles: Mapping[str, str]) -> HeatView:
    """Standards × weeks: each week's result. ``titles`` name the standards; all series have the same weeks."""
    starts = [week.week_start for week in series[0].weeks] if series else []
    last = len(starts) - 1
    places = sorted({round(last * part / (_DATES - 1)) for part in range(_DATES)}) if starts else []
    counts: Counter[str] = Counter(week.result for each in series for week in each.weeks)
    told = [
        words("heat.count", result=words(f"result.{result}"), count=phrases.whole(counts[result]))
        for result in _RESULTS
        if counts[result]
    ]
    title = words("heat.title", weeks=len(starts))
    return HeatView(
        language=words.language,
        title=title,
        dates=tuple(Tick(at, words("chart.week", number=starts[at].isocalendar().week)) for at in places),
        rows=tuple(
            HeatRow(
                titles[each.standard_id],
                tuple((week.result, words(f"result.{week.result}")) for week in each.weeks),
            )
            for each in series
        ),
        legend=tuple((result, words(f"result.{result}")) for result in _RESULTS if counts[result]),
        alt=words("heat.alt", title=title, standards=len(series), results=phrases.list(told)),
    )


def duties_view(
    words: Words,
    phrases: Phrases,
    duties: Sequence[Duty],
    titles: Mapping[str, str],
    today: date,
    whose: Callable[[str | None], str],
) -> DutiesView:
    """The year's duties on their last days; ``lines`` says in words what is missed, at risk and due next. ``whose``
    tells who holds a department's duty; nothing where that is plain."""
    states: Counter[str] = Counter(duty.state for duty in duties)
    told = [
        words("duties.count", state=words(f"duty.{state}"), count=phrases.whole(states[state]))
        for state in _STATES
        if states[state]
    ]
    open_duties = sorted(
        (duty for duty in duties if duty.state != "done"), key=lambda duty: (_STATES.index(duty.state), duty.last_day)
    )
    lines = [duty_line(words, phrases, each, titles[each.standard_id], whose) for each in open_duties]
    left = len(lines) - MOST_DUTIES
    title = words("duties.title", year=today.year)
    return DutiesView(
        language=words.language,
        title=title,
        months=tuple(words("duties.month", number=month) for month in range(1, 13)),
        today=_place(today),
        today_text=words("duties.today"),
        rows=tuple(
            DutyRow(
                titles[standard_id],
                tuple(
                    DutyMark(_place(duty.last_day), duty.state, phrases.day(duty.last_day))
                    for duty in duties
                    if duty.standard_id == standard_id
                ),
            )
            for standard_id in dict.fromkeys(duty.standard_id for duty in duties)
        ),
        legend=tuple((state, words(f"duty.{state}")) for state in _STATES if states[state]),
        lines=tuple(lines[:MOST_DUTIES]),
        rest=words("overview.rest", count=phrases.whole(left)) if left > 0 else "",
        alt=words("duties.alt", title=title, states=phrases.list(told)),
    )


def duty_line(words: Words, phrases: Phrases, duty: Duty, title: str, whose: Callable[[str | None], str]) -> str:
    """One duty in words: what it is, until when it can be kept, or what became of it, and who holds it."""
    what, day = duty_of(words, phrases, duty), phrases.day(duty.last_day)
    line = words(f"duties.line_{duty.state}", title=title, what=what, day=day)
    return phrases.dotted(filter(None, (line, whose(duty.department_id))))


def duty_of(words: Words, phrases: Phrases, duty: Duty) -> str:
    """Which of a standard's duties it is: the slot or the case, and the part of the rule where that is worded."""
    slot = phrases.slot(duty.subject_id)
    return words("duties.part", part=words.pick(duty.part_text), slot=slot) if duty.part_text else slot


def distribution_view(words: Words, phrases: Phrases, durations: Durations, title: str) -> DistributionView:
    """How long answers took, in shares of their limit."""
    ends = [*(words.target(edge) for edge in EDGES)]
    texts = [
        words("distribution.up_to", end=ends[0]),
        *(words("distribution.between", start=start, end=end) for start, end in pairwise(ends)),
        words("distribution.beyond", end=ends[-1]),
        words("distribution.unanswered"),
    ]
    counts = [*durations.counts, durations.unanswered]
    on_time = EDGES.index(1.0) + 1
    bins = tuple(
        BinView(text, count, phrases.whole(count), late=at >= on_time)
        for at, (text, count) in enumerate(zip(texts, counts, strict=True))
    )
    told = phrases.list([words("distribution.bin", text=each.text, count=each.shown) for each in bins if each.count])
    return DistributionView(
        language=words.language,
        title=title,
        bins=bins,
        alt=words("distribution.alt", title=title, n=phrases.whole(durations.n), bins=told or words("rate.none")),
    )


def _place(day: date) -> float:
    """A day's place in its year: months from 1 January, 0 to 12."""
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    first = day.replace(day=1)
    return day.month - 1 + (day - first).days / (following - first).days
