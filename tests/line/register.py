"""One register of requests for disclosure, incidents and visits, through the line's own functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from charter.base.moments import end_of_day
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.extract import extract_source
from charter.transform import publish_warehouse

from .compiled import ask, both_judgements_agree, night

FEEDS = {
    "waivers": "waiver_id,standard_id,subject_id,from_on,to_on,reason,approver,decided_at",
    "disclosure_requests": "request_id,department_id,received_on,extended_on,extension_reason,decided_on,withdrawn_on",
    "incidents": "incident_id,kind,department_id,occurred_on,confirmed_on",
    "visits": (
        "visit_id,department_id,arrived_at,served_at,concluded_at,name_given,kindly_received,seat_offered,comfortable,"
        "appointment_kept,urgent_reason"
    ),
}
DISCLOSURE, CONFIDENTIALITY, INTRODUCTION = "info-disclosure", "info-confidentiality", "visit-introduction"
IN_TIME = tuple(f"R{number},branch-team,2026-06-01,,,2026-06-05," for number in range(4))
# Ten working days after 1 June have passed.
LATE = "R9,branch-team,2026-06-01,,,,"

Result = tuple[str, str | None]


@dataclass(frozen=True)
class Register:
    """The installation, and the register that its one source holds tonight."""

    agency: Agency
    settings: Settings
    folder: Path

    def holds(self, *rows: str, table: str = "disclosure_requests") -> None:
        text = "\n".join([FEEDS[table], *rows, ""])
        (self.folder / f"{table}.csv").write_text(text, encoding="utf-8")

    def confirmed(self, day: date) -> None:
        """A person says, of the night after ``day``, that what is gone really is."""
        as_of = end_of_day(day, self.agency.zone)
        extract_source(self.settings, self.agency, self.agency.sources[0], as_of, accept_shrunk=True)

    def night(self, day: date) -> Result:
        """The year's result of the requests for disclosure on the night after ``day``, with its reason."""
        as_of = end_of_day(day, self.agency.zone)
        night(self.settings, self.agency, as_of)
        both_judgements_agree(self.settings, self.agency, as_of)
        publish_warehouse(self.settings)
        return self.results(DISCLOSURE)["year"]

    def results(self, standard_id: str) -> dict[str, Result]:
        """What the last night said of the day, the week and the year that were running."""
        rows = ask(
            self.settings,
            "select period_kind, result, reason from marts.standard_results"
            f" where standard_id = '{standard_id}' and department_id is null"
            " qualify row_number() over (partition by period_kind order by period_start desc) = 1",
        )
        return {kind: (result, reason) for kind, result, reason in rows}
