"""A week's seal binds to what its reports were rendered from, and to what was sent, however late it is made."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from charter.base.errors import EvidenceError
from charter.deliver import Outbox, Sender
from charter.deliver.records import MessageState, Outcome
from charter.evidence import SealedManifest, keep_rendering, seal_renderings, verify
from charter.evidence.manifest import Manifest
from tests.deliver.builders import message

from .builders import SUNDAY, Installation, said_in

MONDAY = SUNDAY + timedelta(days=1)
WEEK = "2026-W27"


def render(installation: Installation, as_of: datetime, *weeks: str, text: str = "지킨 약속 12건") -> None:
    """Reports of ``weeks`` rendered from what is published as of ``as_of``."""
    files = [installation.render(f"site/reports/{week}/audit/r1/report.html", text) for week in weeks]
    keep_rendering(installation.settings, as_of, list(weeks), files)


def send(installation: Installation, week: str = WEEK) -> None:
    with Outbox.open(installation.settings) as outbox:
        outbox.enqueue(
            [message("kim@kotra.example", period=week)],
            sender=Sender(address="charter@kotra.example"),
            as_of=SUNDAY,
        )
        claim = outbox.claim(outbox.queued()[0])
        assert claim is not None
        outbox.settle(claim, Outcome(MessageState.SENT, "250 kept"), max_attempts=3)


def told(sealed: SealedManifest) -> Manifest:
    return Manifest.model_validate_json(json.dumps(said_in(sealed.path)))


def test_a_night_published_between_rendering_and_sealing_changes_nothing_of_the_seal(
    installation: Installation,
) -> None:
    installation.seal(SUNDAY, kind="nightly", rendered=[], deliveries=[])
    render(installation, SUNDAY, WEEK)
    nightly = {table.table: table.sha256 for table in told(installation.seal(SUNDAY, kind="nightly")).warehouse}
    installation.land(MONDAY, "inquiries", 6)
    installation.transform(MONDAY, met=99)
    send(installation)

    manifest = told(seal_renderings(installation.settings, WEEK))

    assert (manifest.kind, manifest.as_of) == ("weekly", SUNDAY)
    assert {table.table: table.sha256 for table in manifest.warehouse} == nightly
    assert [(each.period, each.state) for each in manifest.deliveries] == [(WEEK, "sent")]
    assert [file.path for file in manifest.rendered] == [f"site/reports/{WEEK}/audit/r1/report.html"]
    assert verify(installation.settings).altered == []


def test_sealing_again_a_day_later_adds_nothing_unless_a_message_fared_otherwise(installation: Installation) -> None:
    render(installation, SUNDAY, WEEK)
    first = seal_renderings(installation.settings, WEEK)
    installation.transform(MONDAY, met=99)
    assert seal_renderings(installation.settings, WEEK) == first.model_copy(update={"created": False})

    send(installation)
    again = seal_renderings(installation.settings, WEEK)
    assert (again.created, again.revision) == (True, 2)
    assert verify(installation.settings).altered == []


def test_a_rendering_whose_run_was_cut_short_is_sealed_by_the_next(installation: Installation) -> None:
    render(installation, SUNDAY, WEEK)
    installation.transform(MONDAY, met=99)
    render(installation, MONDAY, "2026-W28")

    sealed = seal_renderings(installation.settings, "2026-W28")

    assert told(sealed).as_of == MONDAY
    chained = [path.parent.name for path in sorted(installation.evidence.glob("*-weekly/manifest.dsse.json"))]
    assert chained == ["20260705T150000Z-weekly", "20260706T150000Z-weekly"]
    assert verify(installation.settings).altered == []


def test_a_further_week_from_the_same_night_is_sealed_beside_the_first(installation: Installation) -> None:
    render(installation, SUNDAY, WEEK)
    render(installation, SUNDAY, "2026-W26")
    manifest = told(seal_renderings(installation.settings, "2026-W26"))
    assert [file.path.split("/")[2] for file in manifest.rendered] == ["2026-W26", WEEK]


def test_a_report_that_was_altered_between_rendering_and_sealing_is_found(installation: Installation) -> None:
    render(installation, SUNDAY, WEEK)
    page = installation.render(f"site/reports/{WEEK}/audit/r1/report.html", "지킨 약속 13건")
    seal_renderings(installation.settings, WEEK)
    [problem] = verify(installation.settings).altered
    assert "rendered file has been altered" in problem.what
    assert str(page) in problem.where


def test_a_week_that_was_never_rendered_names_what_to_run(installation: Installation) -> None:
    with pytest.raises(EvidenceError, match="charter weekly --week 2026-W27"):
        seal_renderings(installation.settings, WEEK)


def test_a_rendering_that_cannot_be_read_is_named(installation: Installation) -> None:
    render(installation, SUNDAY, WEEK)
    (installation.evidence / "20260705T150000Z-weekly" / "rendering.json").write_text("{")
    with pytest.raises(EvidenceError, match="what reports were rendered from cannot be read"):
        seal_renderings(installation.settings, WEEK)


def test_another_night_than_the_published_one_is_not_what_reports_are_rendered_from(
    installation: Installation,
) -> None:
    with pytest.raises(EvidenceError, match="holds another run"):
        render(installation, datetime(2026, 7, 1, 15, tzinfo=UTC), WEEK)
