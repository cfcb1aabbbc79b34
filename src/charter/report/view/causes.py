"""Why a promise was broken, in the reader's terms: what is missing, how long the customer waited."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from charter.definitions.models import CoveragePart, DeadlinePart, Part
from charter.report.facts.models import Case
from charter.report.view.naming import Naming


class CauseWording(Naming):
    """Puts into words what the ledger tells of a breach."""

    def state(self, case: Case) -> str:
        """What became of a breached commitment, and why, as far as the ledger tells."""
        if case.missing_evidence:
            return self._not_on_record(case)
        if case.fulfilled_at is None and case.waited_seconds is not None:
            told = [part.given_up for part in self._parts(case, DeadlinePart) if part.given_up is not None]
            if told:
                waited = self.phrases.duration(timedelta(seconds=case.waited_seconds))
                text = self.words.pick(told[-1].text.root).replace("{time}", waited)
                return self.words("cause.given_up", text=text, limit=self.phrases.limit(case))
        return self.phrases.state(case, self.facts.as_of)

    def _not_on_record(self, case: Case) -> str:
        worded = {piece.name: piece.missing for part in self._parts(case, CoveragePart) for piece in part.evidence}
        names = (case.missing_evidence or "").split(",")
        missing = [
            self.words.pick(text.root) if (text := worded.get(name)) else self.words("cause.missing", columns=name)
            for name in names
        ]
        said = self.phrases.list(missing)
        if case.waited_seconds is not None:
            waited = self.phrases.duration(timedelta(seconds=case.waited_seconds))
            said = self.words("cause.waited", cause=said, time=waited)
        if case.limit is None or case.measured is None or case.limit == 1:
            return said
        return self.words(
            "cause.of_several",
            measured=self.phrases.measure(case.measured, "evidence"),
            limit=self.phrases.measure(case.limit, "evidence"),
            cause=said,
        )

    def _parts(self, case: Case, kind: type[Any]) -> Iterator[Any]:
        """The parts of that name of all versions of the standard's rule, the newest last."""
        for standard in self.agency.charter.standards:
            if standard.id == case.standard_id:
                for rule in standard.rules:
                    parts: list[Part] = [*rule.parts]
                    yield from (part for part in parts if part.id == case.part and isinstance(part, kind))
