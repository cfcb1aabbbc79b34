"""What lets a reader check a figure: its name, and the seal of the night that it was published by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from charter.base.agencies import in_own_commands
from charter.base.figure_name import figure_name, name_of_period
from charter.base.head import printed_head, verifying
from charter.base.moments import Period, last_ended_day
from charter.report.view.naming import Naming
from charter.report.view.phrases import Phrases
from charter.words import Words


class ProofWording(Naming):
    """Names figures and the night's seal."""

    @property
    def week(self) -> Period:
        return Period(self.facts.period_kind, self.facts.week_start, self.facts.week_end)

    def figure(
        self,
        standard_id: str,
        department_id: str | None,
        *,
        part: str | None = None,
        revision: int = 1,
        week: Period | None = None,
    ) -> str:
        """The name of a figure of ``week`` (of the report's own, when not given).

        ``revision`` is that of the report on file. What a report shows of another department goes without it: that one
        has a report, and revisions, of its own.
        """
        if department_id not in (None, self.facts.department.id):
            revision = 1
        return str(figure_name(week or self.week, standard_id, department_id, part=part, revision=revision))

    def seal(self, head: str | None) -> str:
        """As ``seal_line``, of the night that the report is as of."""
        return seal_line(self.words, self.phrases, self.facts.as_of, head)

    def proof(self, head: str | None, example: str | None) -> Iterator[str]:
        """How a reader gets from a figure to its origin, ``example`` being one's name, and how seals are checked."""
        if example is not None:
            yield self.origin(example)
        yield from seal_lines(self.words, self.phrases, self.facts.as_of, head)

    def origin(self, example: str) -> str:
        """How a reader gets from a figure to its origin; ``example`` is the name of one."""
        year = name_of_period(Period("year", self.facts.week_end.replace(month=1, day=1), self.facts.week_end))
        said = self.words("proof.names", name=example, week=str(name_of_period(self.week)), year=str(year))
        return in_own_commands(said)


def seal_line(words: Words, phrases: Phrases, as_of: datetime, head: str | None) -> str:
    """A line that prints the ``head`` (a hash) of the seal of the night ``as_of``; None when it is not sealed yet."""
    night = last_ended_day(as_of, phrases.zone).isoformat()
    if head is None:
        return words("proof.unsealed", night=night)
    return words("proof.seal", night=night, head=printed_head(head))


def seal_lines(words: Words, phrases: Phrases, as_of: datetime, head: str | None) -> Iterator[str]:
    """As ``seal_line``, and how a reader checks it."""
    yield seal_line(words, phrases, as_of, head)
    if head is not None:
        yield in_own_commands(words("proof.verify", command=verifying(head)))
