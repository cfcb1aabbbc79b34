"""How the notices themselves stand: is anybody told, and did it arrive?"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from charter.health.place import Place
from charter.notices.causes import Rhythm, step
from charter.notices.channels import channels_of
from charter.notices.register import Register
from charter.notices.standing import look
from tests.health.builders import place_in
from tests.notices.builders import NOW, finding, found

HOUR = timedelta(hours=1)


def wrong(place: Place, hours: float = 0) -> dict[str, str]:
    return {each.cause: each.code for each in look(place, NOW + hours * HOUR) if each.code}


def told(place: Place, *channels: str) -> Register:
    register = Register.open(place.settings)
    register.keep(step({}, found(finding()), Rhythm()), NOW, channels)
    return register


def test_where_nobody_is_told_that_is_said(tmp_path: Path) -> None:
    assert wrong(place_in(tmp_path)) == {"notices/nobody": "nobody_told"}
    assert wrong(place_in(tmp_path, CHARTER_OPERATORS="ops@kotra.example")) == {}


def test_owners_of_sources_are_told_beside_operators_and_not_in_their_place(tmp_path: Path) -> None:
    assert channels_of(place_in(tmp_path)) == ([], ())
    chat = place_in(tmp_path, CHARTER_NOTICE_URLS="json://127.0.0.1/a")
    assert [channel.name for channel in channels_of(chat)[0]] == ["mail", "json"]


def test_a_malformed_channel_is_told_and_the_others_are_used(tmp_path: Path) -> None:
    place = place_in(tmp_path, CHARTER_OPERATORS="nobody", CHARTER_NOTICE_URLS="json://127.0.0.1/a")
    assert wrong(place) == {"notices/CHARTER_OPERATORS": "setting_wrong"}
    assert [channel.name for channel in channels_of(place)[0]] == ["mail", "json"]


def test_an_address_of_a_sign_of_life_that_is_none_is_told(tmp_path: Path) -> None:
    place = place_in(tmp_path, CHARTER_OPERATORS="ops@kotra.example", CHARTER_HEARTBEAT_NIGHT="nowhere")
    assert wrong(place) == {"notices/CHARTER_HEARTBEAT_NIGHT": "setting_wrong"}


def test_what_waits_for_an_hour_or_may_not_have_arrived_is_told_for_three_days(tmp_path: Path) -> None:
    place = place_in(tmp_path, CHARTER_OPERATORS="ops@kotra.example")
    with told(place, "mail", "chat") as register:
        register.claim(1, "chat")
        register.recover()
    assert wrong(place, 0.5) == {"notices/chat.notice_unknown": "notice_unknown"}
    assert wrong(place, 2) == {
        "notices/chat.notice_unknown": "notice_unknown",
        "notices/mail.notice_undelivered": "notice_undelivered",
    }
    assert wrong(place, 73) == {}
