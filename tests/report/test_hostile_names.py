"""Names that do harm somewhere are harmless, legible and stop nothing, whoever bears them and whatever tells them.

Each kind is a department's name, a standard's title, a source's name, a case's number, an action's cause, measure and
owner, and a comment; each form in which a week is told is held against each kind.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from email.message import EmailMessage
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from urllib.parse import unquote, urlsplit

import openpyxl
import pytest

from charter.report.render.fonts import printable
from tests.tooling.browser import REMEDY, browser, chromium

from .hostile import KINDS, WEEK, Kind, Told, hostile_week, told_of
from .render.paper import flaws

PDFTOTEXT = shutil.which("pdftotext")
# A sheet of A4 has 595 points, and margins of 16 mm.
RIGHT_EDGE = 595 - 16 / 25.4 * 72
TURNS_OR_BREAKS = re.compile("[\u202a-\u202e\u2066\u2067\u2028\u2029\x0b\x0c]")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return told_of(hostile_week(tmp_path_factory.mktemp("hostile") / "var"))


def squeezed(text: str) -> str:
    """``text`` without what a medium may put in or leave out between letters."""
    return re.sub("[\\s\u2068\u2069\u200b]", "", text)


class Page(HTMLParser):
    """What a page says, and what in it could act."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.alternatives, self.acts = "", "", [str(sign) for sign in TURNS_OR_BREAKS.findall(html)]
        self.addresses: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.acts += [f"{tag} {name}" for name in given if name.startswith("on")]
        self.acts += ["script"] if tag == "script" and not given.get("src", "").endswith(".js") else []
        self.addresses += [given[name] for name in ("href", "src") if name in given]
        self.alternatives += " ".join(given.get(name, "") for name in ("alt", "aria-label", "title"))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        if "Söhne" in data:
            self.acts.append("a comment")


def shows(html: str, kind: Kind) -> None:
    page = Page(html)
    assert page.acts == []
    assert squeezed(kind.shown) in squeezed(page.text)
    for address in page.addresses:
        assert not re.search(r"""[\s"'<>]""", address)
        assert urlsplit(address).scheme in ("", "cid", "https", "mailto")


def says(text: str, kind: Kind) -> None:
    assert not TURNS_OR_BREAKS.search(text)
    assert not re.search(r"^\s*Bcc:", text, re.MULTILINE)
    assert squeezed(kind.shown) in squeezed(text)


def prints(pdf: bytes, kind: Kind, folder: Path) -> None:
    if PDFTOTEXT is None:
        pytest.skip("needs the program pdftotext (Debian: apt-get install poppler-utils)")
    file = folder / "printed.pdf"
    file.write_bytes(pdf)
    text = _read([PDFTOTEXT, "-raw", str(file), "-"])
    letters = squeezed(printable(kind.shown))
    if kind is KINDS["Arabic"]:  # what is read from the right comes out in pieces
        assert set(letters) <= set(text)
    else:
        assert letters in squeezed(text)
    right = [float(edge) for edge in re.findall(r'xMax="([\d.]+)"', _read([PDFTOTEXT, "-bbox", str(file), "-"]))]
    assert max(right) < RIGHT_EDGE + 1


def _read(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode()


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def in_the_mail(told: Told, kind: Kind, folder: Path) -> None:
    shows(told.report(kind, "mail.html").decode(), kind)


def in_the_mails_text(told: Told, kind: Kind, folder: Path) -> None:
    says(told.report(kind, "mail.txt").decode(), kind)


def in_the_headers(told: Told, kind: Kind, folder: Path) -> None:
    mails = [mail for mail in told.mails if kind.department_id in str(mail["To"])]
    assert {str(mail["List-Id"]).split(".")[0] for mail in mails} == {"<weekly", "<at-risk"}
    for mail in mails:
        assert (mail.defects, mail["Bcc"], len(str(mail["Subject"]).splitlines())) == ([], None, 1)
        if kind.may_be_a_name:
            assert squeezed(kind.shown) in squeezed(str(mail["Subject"]))
        for each in (part(mail, "plain"), part(mail, "html")):
            assert squeezed(kind.shown) in squeezed(Page(each).text if each.startswith("<!") else each)


def on_the_page(told: Told, kind: Kind, folder: Path) -> None:
    shows(told.report(kind, "report.html").decode(), kind)
    says(told.report(kind, "report.txt").decode(), kind)


def on_paper(told: Told, kind: Kind, folder: Path) -> None:
    prints(told.report(kind, "report.pdf"), kind, folder)


def in_the_workbook(told: Told, kind: Kind, folder: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(told.report(kind, "report.xlsx")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert squeezed(kind.shown) in {squeezed(str(cell.value)) for cell in cells}


def in_csv_and_json(told: Told, kind: Kind, folder: Path) -> None:
    """They name by ids alone, which no charter may write otherwise than in plain letters."""
    rows = list(csv.DictReader(io.StringIO(told.report(kind, "report.csv").decode("utf-8-sig"))))
    assert {row["department_id"] for row in rows} == {kind.department_id}
    assert all(re.fullmatch(r"[\w./:-]*", value) for row in rows for value in row.values())
    assert [row["figure"] for row in rows] == [row["figure"] for row in json.loads(told.report(kind, "report.json"))]


def in_the_weekly_digest(told: Told, kind: Kind, folder: Path) -> None:
    [mail] = [mail for mail in told.mails if "weekly-DIGEST" in str(mail["Message-ID"])]
    shows(part(mail, "html"), kind)
    says(part(mail, "plain"), kind)


def in_the_mornings_digest(told: Told, kind: Kind, folder: Path) -> None:
    place = told.folder / "digests" / "at-risk" / "2026-07-06" / kind.department_id / "r1"
    shows((place / "mail.html").read_text(encoding="utf-8"), kind)
    says((place / "mail.txt").read_text(encoding="utf-8"), kind)


def in_the_publication(told: Told, kind: Kind, folder: Path) -> None:
    place = told.site / "publications" / "2026" / "draft"
    shows((place / "index.html").read_text(encoding="utf-8"), kind)
    table = list(csv.reader(io.StringIO((place / "charter-2026.csv").read_text(encoding="utf-8-sig"))))
    assert {len(row) for row in table} == {len(table[0])}
    assert not [cell for row in table for cell in row if cell.startswith(("=", "+", "-", "@"))]


def on_the_site(told: Told, kind: Kind, folder: Path) -> None:
    for place in (f"standards/{kind.standard_id}.html", f"departments/{kind.department_id}.html"):
        shows(told.pages[place], kind)
    if kind.may_be_a_text:
        shows(told.pages["index.html"], kind)
        shows(told.pages["sources.html"], kind)


def in_the_search(told: Told, kind: Kind, folder: Path) -> None:
    script = (told.site / "search-index.js").read_text(encoding="utf-8")
    entries = json.loads(script.removeprefix("window.charterIndex = ").rstrip(";\n"))["entries"]
    found = {title for kind_of, title, *_ in entries if kind_of == "standard"}
    names = {title for kind_of, title, *_ in entries if kind_of == "department"}
    assert (kind.shown in found, kind.shown in names) == (kind.may_be_a_text, kind.may_be_a_name)


def in_pictures(told: Told, kind: Kind, folder: Path) -> None:
    page = told.report(kind, "report.html").decode()
    assert "<svg" in page
    if kind.may_be_a_text:
        assert squeezed(kind.shown) in squeezed(Page(page).alternatives)
        assert squeezed(kind.shown) in squeezed(Page(told.report(kind, "mail.html").decode()).alternatives)


def in_addresses(told: Told, kind: Kind, folder: Path) -> None:
    found = Page(told.report(kind, "mail.html").decode()).addresses
    cases = [address for address in found if "/tickets/" in address]
    assert {unquote(address.rpartition("/")[2]) for address in cases} <= {kind.text, f"{kind.text}2"}
    files = [path.relative_to(told.folder) for path in told.folder.rglob("*") if path.is_file()]
    assert all(re.fullmatch(r"[A-Za-z0-9._/-]+", str(path)) for path in files)


FORMS = (
    *(in_the_mail, in_the_mails_text, in_the_headers, on_the_page, on_paper, in_the_workbook, in_csv_and_json),
    *(in_the_weekly_digest, in_the_mornings_digest, in_the_publication, on_the_site, in_the_search),
    *(in_pictures, in_addresses),
)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_hostile_name_is_harmless_and_legible(
    told: Told, form: Callable[[Told, Kind, Path], None], name: str, tmp_path: Path
) -> None:
    form(told, KINDS[name], tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(chromium() is None, reason=REMEDY)
def test_a_long_word_runs_out_of_no_screen(told: Told) -> None:
    kind = KINDS["300 letters without a space"]
    reports = f"reports/{WEEK.key()}"
    places = [
        *(f"{reports}/{name}/r1/{form}.html" for name in (kind.department_id, "kotra") for form in ("mail", "report")),
        *(f"standards/{kind.standard_id}.html", f"departments/{kind.department_id}.html", "departments/kotra.html"),
        *("index.html", "sources.html", "weeks/2026-W27/index.html", "publications/2026/draft/index.html"),
    ]
    wider = []
    with browser() as started:
        page = started.new_page()
        for width, place in product((375, 1280), places):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto((told.site / place).as_uri())
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wider.append((width, place))
    assert wider == []


def test_hostile_names_stop_nothing(told: Told) -> None:
    """Each department has its report, and the agency's tells all of them."""
    reports = told.site / "reports" / WEEK.key()
    assert {kind.department_id for kind in KINDS.values()} < {path.name for path in reports.iterdir()}
    whole = Page((reports / "kotra" / "r1" / "report.html").read_text(encoding="utf-8"))
    assert whole.acts == []
    for kind in KINDS.values():
        assert squeezed(kind.shown) in squeezed(whole.text)
    assert flaws((reports / "kotra" / "r1" / "report.pdf").read_bytes()) == []


def test_a_charter_refuses_names_that_would_break_or_turn_a_line() -> None:
    refused = {name for name, kind in KINDS.items() if not kind.may_be_a_name}
    assert refused == {"a line break", "all breaks of lines", "marks of direction"}
