"""The state that each release left behind is read by this one: it is verified, backed up and gone on from, and nobody
gets a mail twice."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from charter import line
from charter.base.settings import Settings
from charter.deliver import MessageState, Outbox
from charter.deliver.catcher import SmtpCatcher
from charter.deliver.layout import LAYOUT
from charter.evidence import read_chain, verify
from charter.keep.backup import back_up
from charter.keep.restore import Trust, check
from charter.state_owner import owner_of
from charters.kotra.demo import write_connections
from tests.effort import LONG

from .releases import FOLDER, HOME, MONDAY, PSEUDONYM_KEY, RELEASES, signing_key, unpack

pytestmark = pytest.mark.slow

each_release = pytest.mark.parametrize("release", RELEASES)


def settings_of(release: str, folder: Path) -> Settings:
    var = unpack(release, folder / "var")
    return Settings(home=HOME, charter_dir=HOME / "charters" / "kotra", var_dir=var, environment={})


@each_release
def test_its_seals_hold_and_its_outbox_knows_what_was_sent(release: str, tmp_path: Path) -> None:
    settings = settings_of(release, tmp_path)
    assert owner_of(settings) == "kotra"
    with Outbox.open(settings) as outbox:
        assert outbox._db.execute("PRAGMA user_version").fetchone() == (LAYOUT,)
        states = [record.state for record in outbox.records()]
    assert states == [MessageState.SENT] * 3

    found = verify(settings, here=False)

    assert [str(problem) for problem in found.altered] == []
    counts = {kind.what: kind.count for kind in found.kinds}
    assert counts["seals"] >= 2 and counts["landed files"] > 20 and counts["messages"] == 3 and counts["reports"] > 90


@pytest.mark.skipif(not LONG, reason="thousands of files are written twice")
@each_release
def test_its_state_can_be_backed_up(release: str, tmp_path: Path) -> None:
    made = back_up(
        settings_of(release, tmp_path), tmp_path / "backup.tar.gz", datetime(2026, 7, 6, tzinfo=UTC), wait_s=0
    )

    assert made.unknown == ()
    check(made.path, Trust(unsigned=True), tmp_path)


@contextmanager
def installed(release: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """This release on that one's state, in a folder that the state has never been in."""
    with SmtpCatcher(folder / "received") as catcher:
        keys = {"pseudonym.key": PSEUDONYM_KEY, "signing.key": signing_key()}
        for name, key in keys.items():
            (folder / name).write_bytes(key)
            (folder / name).chmod(0o600)
        settings = settings_of(release, folder)
        environment = {
            "CHARTER_HOME": str(HOME),
            "CHARTER_DIR": str(settings.charter_dir),
            "CHARTER_VAR": str(settings.var_dir),
            "CHARTER_PSEUDONYM_KEY_FILE": str(folder / "pseudonym.key"),
            "CHARTER_SIGNING_KEY_FILE": str(folder / "signing.key"),
            "CHARTER_SMTP_HOST": "127.0.0.1",
            "CHARTER_SMTP_PORT": str(catcher.port),
            "CHARTER_SMTP_SECURITY": "none",
            "CHARTER_MAIL_FROM": "Service charter <charter@agency.example>",
        }
        for name, value in {**environment, **write_connections(settings)}.items():
            monkeypatch.setenv(name, value)
        yield Settings.from_environment()


@pytest.mark.skipif(not LONG, reason="a night for each release")
@each_release
def test_the_next_night_goes_on_seals_and_sends_nothing_again(
    release: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with installed(release, tmp_path, monkeypatch) as settings:
        before = len(read_chain(settings.evidence_dir))
        as_of = line.resolve_night(MONDAY, datetime.now(UTC))
        for source_id in line.source_ids():
            line.extract(source_id, as_of)
        line.transform(as_of)
        line.assert_expectations(as_of)
        line.publish(as_of)
        line.seal_night(as_of)
        line.build_site(as_of)

        assert len(read_chain(settings.evidence_dir)) > before
        assert [str(problem) for problem in verify(settings).altered] == []
        assert verify(settings).changed == []
        # Who never had this week's report gets it now. Three mailboxes had it, and get nothing more.
        line.render_reports(line.resolve_week(MONDAY, datetime.now(UTC)))
        with Outbox.open(settings) as outbox:
            assert {record.key.revision for record in outbox.records()} == {1}
            assert len([record for record in outbox.records() if record.state is MessageState.SENT]) == 3


def test_the_released_states_hold_no_key(tmp_path: Path) -> None:
    for release in RELEASES:
        with tarfile.open(FOLDER / f"{release}.tar.xz") as tar:
            assert [name for name in tar.getnames() if name.startswith("secrets")] == [], release
