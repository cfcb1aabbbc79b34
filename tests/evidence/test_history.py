"""Ninety nights that nobody altered verify: through two upgrades, a restore, a move and a rotation of keys.

The nights are lived as the benchmark lives them, without dbt; their seals are those of the engine.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from benchmarks.history import Volume, as_of_night, ends_a_week, live, report_week, seal_night

import charter
from charter.base.settings import Settings
from charter.evidence import SealedManifest, Verification, generate_signing_key, rotate_key, verify
from charter.evidence.keys import public_pem, signing_key

from .builders import KEY, Installation, as_version

pytestmark = [pytest.mark.slow, pytest.mark.long]

NIGHTS = 90
OF_VERSION_1, OF_VERSION_2, UPGRADED, RESTORED, MOVED, ROTATED = 0, range(1, 8), 8, 40, 60, 75
VOLUME = Volume(tables=2, rows=5, pages=3, commitments=20)
READERS = ("head@agency.example", "desk@agency.example")
SUCCESSOR = generate_signing_key().decode()


@dataclass
class Life:
    """An installation through its nights: where it is now, with the key that it signs with."""

    settings: Settings
    seals: list[SealedManifest]

    def verify(self, key: str | None = None) -> Verification:
        trusted = None if key is None else public_pem(signing_key(self._with(key)).public_key())
        return verify(self.settings, trusted)

    def night(self, number: int) -> SealedManifest:
        pages = live(self.settings, number, VOLUME)
        sealed = seal_night(self.settings, number, pages)
        self.seals.append(sealed)
        if ends_a_week(number):
            report_week(self.settings, number, sealed, READERS)
        return sealed

    def night_of_an_earlier_release(self, number: int, version: int) -> None:
        """One that had neither pages nor envelopes in its seals, and whose mails printed no head."""
        live(self.settings, number, VOLUME)
        made = Installation(self.settings.home)
        sealed = made.seal(as_of_night(number), kind="nightly", rendered=[])
        as_version(made, sealed, version)

    def restore_after_a_loss(self, number: int) -> None:
        """The state is lost with the night's work half done, and put back from the copy of the night before."""
        copy = self.settings.var_dir.with_name("copy")
        shutil.copytree(self.settings.var_dir, copy)
        live(self.settings, number, VOLUME)
        shutil.rmtree(self.settings.var_dir)
        copy.rename(self.settings.var_dir)

    def move(self) -> None:
        """To another machine: another folder, of another name."""
        target = self.settings.home.with_name("elsewhere") / "state"
        target.parent.mkdir()
        shutil.move(self.settings.var_dir, target)
        self.settings = replace(self.settings, var_dir=target)

    def upgrade(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Another version, other code."""
        monkeypatch.setattr(charter, "__version__", "9.0.0")
        (self.settings.home / "reports/templates/weekly.html").write_text("<p>another</p>")

    def rotate(self, number: int) -> None:
        self.settings = self._with(SUCCESSOR, CHARTER_RETIRED_SIGNING_KEY=KEY)
        at = as_of_night(number).replace(tzinfo=UTC)
        rotate_key(self.settings, datetime(at.year, at.month, at.day, 9, tzinfo=UTC))
        self.settings = self._with(SUCCESSOR)

    def _with(self, key: str, **more: str) -> Settings:
        return replace(self.settings, environment={"CHARTER_SIGNING_KEY": key, **more})


@pytest.fixture(scope="module")
def told() -> dict[str, Verification]:
    """What verifying said right after each event."""
    return {}


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory, told: dict[str, Verification]) -> Iterator[Life]:
    folder = tmp_path_factory.mktemp("life") / "here"
    folder.mkdir()
    made = Installation.build(folder)
    shutil.rmtree(made.settings.var_dir)
    made.settings.var_dir.mkdir()
    lived = Life(made.settings, [])
    with pytest.MonkeyPatch.context() as monkeypatch:
        for number in range(NIGHTS):
            if number == UPGRADED:
                told["before the upgrade"] = lived.verify(KEY)
                lived.upgrade(monkeypatch)
            elif number == RESTORED:
                lived.restore_after_a_loss(number)
                told["after the restore"] = lived.verify(KEY)
            elif number == MOVED:
                lived.move()
                told["after the move"] = lived.verify(KEY)
            elif number == ROTATED:
                lived.rotate(number)
                told["after the rotation"] = lived.verify(KEY)
            if number == OF_VERSION_1:
                lived.night_of_an_earlier_release(number, 1)
            elif number in OF_VERSION_2:
                lived.night_of_an_earlier_release(number, 2)
            else:
                lived.night(number)
            if number == UPGRADED:
                told["after the upgrade"] = lived.verify(KEY)
        yield lived


@pytest.mark.parametrize(
    "event", ["before the upgrade", "after the upgrade", "after the restore", "after the move", "after the rotation"]
)
def test_after_each_event_everything_holds(life: Life, told: dict[str, Verification], event: str) -> None:
    found = told[event]
    assert (found.altered, [problem.what for problem in found.changed]) == ([], [])


@pytest.mark.parametrize("trusted", [KEY, SUCCESSOR, None], ids=["the retired key", "its successor", "none"])
def test_in_the_end_all_of_it_holds_whichever_key_is_trusted(life: Life, trusted: str | None) -> None:
    found = life.verify(trusted)
    assert (found.altered, found.changed) == ([], [])
    compared = {kind.what: kind.count for kind in found.kinds}
    assert compared["landed files"] == NIGHTS * (VOLUME.tables + 1)
    assert compared["closed weeks"] == sum(ends_a_week(number) for number in range(NIGHTS))
    mailed = sum(ends_a_week(number) for number in range(UPGRADED, NIGHTS))
    assert compared["messages"] == mailed * len(READERS)
    assert compared["heads in mails"] == mailed


def test_a_copy_holds_elsewhere_with_the_public_key_alone(life: Life, tmp_path: Path) -> None:
    shutil.copytree(life.settings.var_dir, tmp_path / "copy")
    nothing_else = Settings(home=tmp_path, charter_dir=tmp_path, var_dir=tmp_path / "copy", environment={})
    assert verify(nothing_else, here=False).altered == []


def test_an_old_copy_put_back_is_named_by_the_mails_that_went_out_since(life: Life, tmp_path: Path) -> None:
    """What is no alteration but a loss: nights were sealed, and told, that the copy knows nothing of."""
    shutil.copytree(life.settings.var_dir, tmp_path / "copy")
    evidence = tmp_path / "copy/evidence"
    lines = (evidence / "chain.jsonl").read_bytes().splitlines(keepends=True)
    weeks = [at for at, line in enumerate(lines) if b'"kind": "weekly"' in line]
    (evidence / "chain.jsonl").write_bytes(b"".join(lines[: weeks[-2]]))
    found = verify(replace(life.settings, var_dir=tmp_path / "copy"))
    heads = next(kind for kind in found.kinds if kind.what == "heads in mails")
    assert [f"{len(READERS)} inboxes hold it" in problem.what for problem in heads.altered] == [True]


@pytest.mark.parametrize("night", [0, 5, 39, 80])
def test_whatever_night_is_altered_it_is_named(life: Life, night: int) -> None:
    (path, *_) = sorted(life.settings.raw_dir.glob(f"table_0/*/as_of={as_of_night(night):%Y%m%dT%H%M%SZ}/*.parquet"))
    content = path.read_bytes()
    try:
        path.write_bytes(content[:-1] + b"x")
        (problem,) = life.verify(KEY).altered
        assert str(path) in problem.where
    finally:
        path.write_bytes(content)
