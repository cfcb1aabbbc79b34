"""Notices to chats and web hooks: a real receiver on loopback, and an address that is in no log and no message."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from charter.base.errors import SettingError
from charter.health.place import Place
from charter.notices.causes import Rhythm, step
from charter.notices.chat import chats
from charter.notices.register import PATIENCE, Register
from tests.health.builders import place_in
from tests.notices.builders import NOW, QUARTER, Hook, finding, found, listening, silent

SECRET = "T0KEN-that-nobody-may-see"


def place_with(folder: Path, *lines: str) -> Place:
    return place_in(folder, CHARTER_NOTICE_URLS="\n".join(lines), CHARTER_NOTICE_LANGUAGE="en")


def tell(place: Place, quarters: int = 0) -> list[tuple[str, str]]:
    """Hands the notices of one look over, and says where each round stands."""
    now = NOW + quarters * QUARTER
    (channel,) = chats(place)
    with Register.open(place.settings) as register:
        after = step(register.open_causes(), found(finding(), silent(), at=now), Rhythm())
        register.keep(after, now, [channel.name])
        channel.deliver(register, now)
        return [(each.state, each.problem) for each in register.deliveries()]


def test_a_web_hook_is_told_once_what_where_and_what_to_do(tmp_path: Path) -> None:
    with listening(Hook()) as hook:
        place = place_with(tmp_path, f"ops json://127.0.0.1:{hook.port}/hook/{SECRET}")
        assert tell(place) == [("done", "")]
        assert tell(place, 1) == [("done", "")]
        (got,) = hook.got
    assert got["title"].startswith("[failure] Voice of Customer system has given nothing whole for 2 nights")
    assert "What to do: make room or a larger disk before the next night" in got["message"]
    assert "sources.yaml, voc" in got["message"]


def test_a_hook_that_answers_with_an_error_is_told_by_the_next_watch(tmp_path: Path) -> None:
    with listening(Hook(answers=[500, 200])) as hook:
        place = place_with(tmp_path, f"json://127.0.0.1:{hook.port}/hook")
        assert tell(place) == [("waiting", "it answered with status 500")]
        assert tell(place, 1) == [("done", "")]
        assert len(hook.got) == 2


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    with listening(Hook()) as elsewhere, listening(Hook(answers=[302], location=elsewhere.url())) as hook:
        assert tell(place_with(tmp_path, f"json://127.0.0.1:{hook.port}/hook"))[0][0] == "waiting"
        assert elsewhere.asked == []


def test_what_was_tried_for_a_day_is_given_up_and_shown(tmp_path: Path) -> None:
    with listening(Hook(answers=[500])) as hook:
        place = place_with(tmp_path, f"json://127.0.0.1:{hook.port}/hook")
        tell(place)
        (channel,) = chats(place)
        with Register.open(place.settings) as register:
            channel.deliver(register, NOW + PATIENCE + timedelta(seconds=1))
            assert [each.state for each in register.deliveries()] == ["failed"]


def test_the_address_is_in_no_log_no_message_and_no_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with listening(Hook(answers=[500])) as hook:
        place = place_with(tmp_path, f"json://user:{SECRET}@127.0.0.1:{hook.port}/{SECRET}?+key={SECRET}")
        tell(place)
        assert SECRET not in repr(chats(place))
    said = caplog.text + "".join(capfd.readouterr())
    assert SECRET not in said
    assert not [
        path for path in (tmp_path / "var").rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()
    ]


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ([f"no address {SECRET}"], "line 1 is no address that Apprise knows"),
        ([f"nothing://{SECRET}"], "line 1 is no address that Apprise knows"),
        ([f"json://a/{SECRET}", f"json://b/{SECRET}"], "line 2 is called 'json', as another channel is"),
        ([f"mail json://a/{SECRET}"], "line 1 is called 'mail', as another channel is"),
    ],
)
def test_what_is_no_address_is_told_by_its_line_alone(tmp_path: Path, lines: list[str], what: str) -> None:
    with pytest.raises(SettingError) as told:
        chats(place_with(tmp_path, *lines))
    assert told.value.problems[0].what == what
    assert SECRET not in str(told.value)


def test_addresses_may_stand_in_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "urls"
    file.write_text("# the operators' chat\nops json://127.0.0.1/a\n\nnight json://127.0.0.1/b\n")
    file.chmod(0o600)
    place = place_in(tmp_path, CHARTER_NOTICE_URLS_FILE=str(file))
    assert [channel.name for channel in chats(place)] == ["ops", "night"]
    file.chmod(0o644)
    with pytest.raises(SettingError, match="chmod 600"):
        chats(place)
