"""The page of received mails shows what came, lets nothing in a mail reach out, and gives away no other file."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from http.client import HTTPMessage
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from charter.base.errors import DeliveryError
from charter.deliver.mailbox import MailPage

NAME = "kim@agency.example__1@agency.example.eml"


def a_report() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "charter@agency.example", "kim@agency.example", "27주차 <보고>"
    mail.set_content("plain words")
    mail.add_alternative('<p>html words</p><img src="cid:chart">', subtype="html")
    html = mail.get_payload()[1]  # type: ignore[index]
    assert isinstance(html, EmailMessage)
    html.add_related(b"\x89PNG", "image", "png", cid="<chart>")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="보고서.pdf")
    return mail.as_bytes()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[str]:
    received = tmp_path / "received"
    received.mkdir()
    (received / NAME).write_bytes(a_report())
    (tmp_path / "outside.eml").write_bytes(b"Subject: not for you\r\n\r\n")
    with MailPage(received) as shown:
        yield f"http://127.0.0.1:{shown.port}"


def get(address: str) -> tuple[str, HTTPMessage]:
    with urlopen(address) as answer:
        return answer.read().decode(errors="replace"), answer.headers


def test_the_list_names_each_mail_by_its_subject(page: str) -> None:
    body, _ = get(f"{page}/")

    assert "27주차 &lt;보고&gt;" in body and "kim@agency.example" in body and "1 kept here" in body


def test_a_mail_is_shown_with_its_own_pictures_in_a_frame_that_reaches_nothing(page: str) -> None:
    outer, _ = get(f"{page}/{NAME}")
    inner, headers = get(f"{page}/{NAME}/1")

    assert f'src="/{NAME.replace("@", "%40")}/1"' in outer and "sandbox" in outer
    assert "html words" in inner and f'src="/{NAME.replace("@", "%40")}/2"' in inner
    rules = headers["Content-Security-Policy"]
    assert "default-src 'none'" in rules and "img-src 'self'" in rules and "sandbox" in rules


def test_an_attachment_is_saved_under_its_name_and_never_opened_in_place(page: str) -> None:
    _, headers = get(f"{page}/{NAME}/3")

    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("place", ["../outside.eml", "%2e%2e%2foutside.eml", "nothing.eml", f"{NAME}/9", f"{NAME}/x"])
def test_there_is_nothing_else(page: str, place: str) -> None:
    with pytest.raises(HTTPError, match="404"):
        get(f"{page}/{place}")


def test_a_port_that_is_taken_is_an_error_that_says_so(page: str, tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match="choose another port"), MailPage(tmp_path, int(page.rpartition(":")[2])):
        pass
