"""Where a report links to: the site's pages, and cases in the systems that they came from."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from charter.base.errors import SettingError
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.report.facts.filed import form_name
from charter.report.facts.models import Case

SITE_ADDRESS = "CHARTER_SITE_ADDRESS"


@dataclass(frozen=True)
class Links:
    """``site`` is the address under which the site is served, with a slash at its end; empty where it is not served:
    nothing links to it then."""

    site: str = ""

    def report(self, week: str, department_id: str, revision: int, language: str | None) -> str:
        """The page of one revision of a department's report of ``week`` (2026-W27)."""
        return self._page(f"reports/{week}/{department_id}/r{revision}/{form_name('html', language)}")

    def standard(self, standard_id: str) -> str:
        """The page of a standard."""
        return self._page(f"standards/{standard_id}.html")

    def _page(self, path: str) -> str:
        return f"{self.site}{quote(path)}" if self.site else ""


NO_LINKS = Links()


def site_links(settings: Settings) -> Links:
    """The links under CHARTER_SITE_ADDRESS; none where it is not set. Raises SettingError when it is no address."""
    address = settings.environment.get(SITE_ADDRESS, "").strip()
    if not address:
        return Links()
    parts = urlsplit(address)
    if parts.scheme not in ("https", "http") or not parts.netloc or parts.query or parts.fragment or parts.username:
        raise SettingError(
            f"{address!r} is not the address of a site",
            where=SITE_ADDRESS,
            remedy="give the address under which the folder site is served, such as https://charter.agency.example/",
        )
    return Links(address.rstrip("/") + "/")


def case_address(agency: Agency, case: Case) -> str:
    """The address of a case in its source system; empty where the source names none (``case_address``)."""
    source = next((each for each in agency.sources if each.id == case.source_id), None)
    if source is None or source.case_address is None:
        return ""
    return source.case_address.replace("{case}", quote(case.subject_id, safe=""))
