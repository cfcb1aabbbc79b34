"""What tells mail programs whose mails these are, which belong together, and how to get no more of them."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from charter.base.errors import SettingError
from charter.deliver import Letterhead, Message, Outbox, Sender, build_mime, enqueue
from tests.definitions.folder import TOWN, CharterFolder

from .builders import AS_OF, message, settings_in

KEY = "a key of thirty-two bytes or more"
SENDER = Sender(address="charter@town.example")
PLAIN = Letterhead(agency="town", language="en", names={"en": "Town Hall", "de": "Rathaus"})


def mail(sent: Message, letterhead: Letterhead = PLAIN) -> EmailMessage:
    parsed = email.message_from_bytes(build_mime(sent, SENDER, letterhead).as_bytes(), policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def letterhead(tmp_path: Path, rules: str = "", **environment: str) -> Letterhead:
    """That of the test town, which speaks English and German, with ``rules`` for its mails."""
    folder = CharterFolder(tmp_path, of=TOWN)
    folder.replace("charter.yaml", "agency: {en: Town Hall}", "agency: {en: Town Hall, de: Rathaus}")
    if rules:
        folder.change("departments.yaml", lambda organisation: organisation.update(mail=yaml(rules)))
    return Letterhead.of(settings_in(tmp_path, **environment), folder.load())


def yaml(text: str) -> object:
    from ruamel.yaml import YAML

    return YAML(typ="safe").load(text)


# -- from whom -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "name"), [("en", "Town Hall"), ("de", "Rathaus"), ("ko", "Town Hall")])
def test_the_sender_is_named_in_the_language_of_the_mail(language: str, name: str) -> None:
    assert mail(message(language=language))["From"] == f"{name} <charter@town.example>"


def test_a_name_in_the_charter_folder_goes_before_the_one_in_the_setting(tmp_path: Path) -> None:
    made = letterhead(tmp_path, "from_name: {en: Town promises, de: Zusagen der Stadt}")
    assert made.names == {"en": "Town promises", "de": "Zusagen der Stadt"}


def test_a_name_in_the_setting_goes_before_the_agencys_own(tmp_path: Path) -> None:
    assert letterhead(tmp_path).names == {"en": "KOTRA 서비스헌장"}


def test_without_any_name_it_is_the_agencys_in_each_of_its_languages(tmp_path: Path) -> None:
    made = letterhead(tmp_path, CHARTER_MAIL_FROM="charter@town.example")
    assert made.names == {"en": "Town Hall", "de": "Rathaus"}


def test_answers_go_where_the_agency_wants_them(tmp_path: Path) -> None:
    made = letterhead(tmp_path, "reply_to: Charter-Office@town.example")
    assert mail(message(), made)["Reply-To"] == "charter-office@town.example"
    assert mail(message())["Reply-To"] is None


# -- which belong together -----------------------------------------------------------------------------


def test_all_mails_of_a_report_are_of_one_list_whatever_the_outbox_calls_them() -> None:
    own, shared, digest = (
        message(report=name, list_name="weekly") for name in ("weekly", "weekly-desk", "weekly-DIGEST")
    )
    assert {mail(each)["List-Id"] for each in (own, shared, digest)} == {"<weekly.town.town.example>"}
    assert mail(message(report="yearly"))["List-Id"] == "<yearly.town.town.example>"


def test_the_weeks_of_a_report_to_one_recipient_are_one_thread() -> None:
    first, next_week = mail(message()), mail(message(period="2026-W28"))
    assert first["References"] == next_week["References"]
    assert first["In-Reply-To"] is None
    others = [message("lee@kotra.example"), message(report="yearly")]
    assert len({mail(each)["References"] for each in [message(), *others]}) == 3


def test_a_correction_answers_the_mail_that_it_corrects_in_the_same_thread() -> None:
    first, second, third = (mail(message(revision=number)) for number in (1, 2, 3))
    assert second["In-Reply-To"] == first["Message-ID"]
    assert third["In-Reply-To"] == second["Message-ID"]
    assert third["References"].split() == [first["References"], first["Message-ID"], second["Message-ID"]]


# -- how to get no more --------------------------------------------------------------------------------


def test_a_mail_says_where_to_write_to_get_no_more(tmp_path: Path) -> None:
    made = letterhead(tmp_path, "unsubscribe: charter-office@town.example")
    sent = mail(message(), made)
    list_id = sent["List-Id"].strip("<>")
    assert sent["List-Unsubscribe"] == f"<mailto:charter-office@town.example?subject=unsubscribe%20{list_id}>"
    assert sent["List-Unsubscribe-Post"] is None, "one click needs an address of https"


def test_one_click_asks_an_address_in_which_only_we_can_name_the_recipient(tmp_path: Path) -> None:
    rules = "{unsubscribe: office@town.example, one_click: 'https://town.example/no-more/{token}'}"
    made = letterhead(tmp_path, rules, CHARTER_UNSUBSCRIBE_KEY=KEY)
    kim, lee = (mail(message(f"{name}@town.example"), made)["List-Unsubscribe"] for name in ("kim", "lee"))
    assert kim.startswith("<https://town.example/no-more/")
    assert "mailto:office@town.example" in kim
    assert "kim" not in kim
    assert kim != lee
    other = made.model_copy(update={"key": None})
    assert made.token(message()) != other.token(message())
    assert mail(message(), made)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert KEY not in repr(made)


@pytest.mark.parametrize("key", ["", "too short"])
def test_one_click_needs_a_key(tmp_path: Path, key: str) -> None:
    with pytest.raises(SettingError, match="CHARTER_UNSUBSCRIBE_KEY"):
        letterhead(tmp_path, "one_click: 'https://town.example/{token}'", CHARTER_UNSUBSCRIBE_KEY=key)


def test_a_mail_without_such_an_address_says_nothing_of_it() -> None:
    assert mail(message())["List-Unsubscribe"] is None


# -- what stays as it was ------------------------------------------------------------------------------


def test_every_line_of_the_head_is_short_ascii(tmp_path: Path) -> None:
    rules = "{unsubscribe: office@town.example, one_click: 'https://town.example/no-more/{token}'}"
    made = letterhead(tmp_path, rules, CHARTER_UNSUBSCRIBE_KEY=KEY)
    head = build_mime(message(revision=9, language="de"), SENDER, made).as_bytes().partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert max(len(line) for line in head.split(b"\r\n")) <= 90


def test_what_is_in_an_outbox_keeps_its_bytes_and_is_not_taken_in_again(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    enqueue(settings, [message()], AS_OF)
    entered = enqueue(settings, [message(language="ko", list_name="weekly")], AS_OF, PLAIN)
    assert (entered.new, entered.already, entered.problems) == (0, 1, ())
    with Outbox.open(settings) as outbox:
        assert outbox.mime(message().key) == build_mime(message(), Sender.from_settings(settings)).as_bytes()


def test_how_a_mail_is_addressed_is_no_content() -> None:
    addressed = message(language="de", list_name="weekly")
    assert addressed.content_sha256() == message().content_sha256()
    assert addressed.content_sha256() == "744f176c6d9f1c7567d0f64dfd156076d30c3c9da4b0659de2cb4ba03f31818f"
