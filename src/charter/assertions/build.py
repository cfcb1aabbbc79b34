"""All suites of an agency."""

from __future__ import annotations

from datetime import date

from charter.assertions.suites import SuiteDefinition
from charter.definitions.models import Agency
from charter.words import Words


def build_suites(agency: Agency, words: Words, on: date | None = None) -> list[SuiteDefinition]:
    """Every suite of ``agency``: contracts of the sources, thresholds of the charter, agreement of the judgements; what
    each check says, in ``words``.

    Wording and severity of a threshold are those of the rule in force on the date ``on``, by default the newest.
    Targets are always those of the rule version that each commitment was opened under.
    """
    from charter.assertions.agreement import agreement_suites
    from charter.assertions.contract import contract_suites
    from charter.assertions.threshold import threshold_suite

    return [*contract_suites(agency, words), threshold_suite(agency, words, on), *agreement_suites(agency, words)]
