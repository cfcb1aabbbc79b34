"""Measured and felt, in words: side by side with their n, and never one for the other."""

from __future__ import annotations

from charter.report.facts.models import Felt, StandardWeek
from charter.report.facts.rates import Rate
from charter.report.view.felt_models import FeltView
from charter.report.view.naming import Naming


class FeltWording(Naming):
    """Puts what customers say of a promise beside what is measured of it."""

    def felt(self) -> tuple[FeltView, ...]:
        """A line for each standard of the report that customers are asked about."""
        return tuple(view for week in self.facts.standards if (view := self.felt_of(week)) is not None)

    def felt_of(self, week: StandardWeek) -> FeltView | None:
        """Both figures of one standard in the year so far; None where customers are not asked."""
        if week.felt is None:
            return None
        own = week.department_id in (None, self.facts.department.id)
        return FeltView(
            title=self.title(week.standard_id),
            department="" if own else self.name(week.department_id),
            measured=self._share("felt.measured", week.year.kept_rate()),
            felt=self._share("felt.felt", week.felt.rate()),
            asked=self._asked_of(week.felt),
        )

    def _share(self, key: str, share: Rate | None) -> str:
        if share is None:
            return self.words(f"{key}_no_data")
        shown = self.words(key, rate=self.phrases.percent(share.value), n=self.phrases.whole(share.n))
        few = [self.words("rate.few", n=share.n)] if share.few else []
        return self.phrases.dotted([shown, *few])

    def _asked_of(self, felt: Felt) -> str:
        terms = felt.terms
        asked = self.words(
            "felt.asked",
            question=self.words.pick(terms.question),
            least=self.phrases.amount(terms.least),
            most=self.phrases.amount(terms.most),
            agrees=self.phrases.amount(terms.agrees_from),
        )
        if felt.first_on is None or felt.last_on is None:
            return asked
        span = self.phrases.span(felt.first_on, felt.last_on)
        return self.phrases.dotted([asked, self.words("felt.span", span=span)])
