"""A night that was published and not sealed can be sealed as it was published, after another night has been."""

from __future__ import annotations

from datetime import timedelta

import pytest

from charter.base.errors import EvidenceError
from charter.evidence import keep_publication, replay_differences, seal_publication, verify

from .builders import SUNDAY, Installation

MONDAY = SUNDAY + timedelta(days=1)


def test_a_night_whose_seal_was_missed_is_sealed_after_the_next(installation: Installation) -> None:
    keep_publication(installation.settings, SUNDAY)
    # Its signing key was missing that night; the next one is published and sealed.
    installation.land(MONDAY, "inquiries", 6)
    published = installation.settings.warehouse.read_bytes()
    installation.transform(MONDAY, met=99)
    installation.seal(MONDAY, kind="nightly", rendered=[], deliveries=[])

    sealed = seal_publication(installation.settings, SUNDAY)

    assert sealed is not None
    assert sealed.path.parent.name == "20260705T150000Z-nightly"
    assert verify(installation.settings).altered == []
    installation.settings.warehouse.write_bytes(published)
    assert replay_differences(installation.settings, SUNDAY) == []


def test_the_same_night_published_again_leaves_it_as_it_is(installation: Installation) -> None:
    keep_publication(installation.settings, SUNDAY)
    kept = installation.evidence / "20260705T150000Z-nightly" / "published.json"
    before = kept.read_bytes()
    # An increment of the same night runs fewer of dbt's tests than the full build did.
    results = installation.settings.work_dir / "dbt_target/run_results.json"
    results.write_text('{"results": []}')
    keep_publication(installation.settings, SUNDAY)
    assert kept.read_bytes() == before


def test_it_is_sealed_once(installation: Installation) -> None:
    keep_publication(installation.settings, SUNDAY)
    first = seal_publication(installation.settings, SUNDAY)
    assert first is not None
    assert seal_publication(installation.settings, SUNDAY) == first.model_copy(update={"created": False})


def test_of_a_night_that_wrote_nothing_down_there_is_nothing_to_seal(installation: Installation) -> None:
    assert seal_publication(installation.settings, SUNDAY) is None


def test_what_cannot_be_read_is_named(installation: Installation) -> None:
    keep_publication(installation.settings, SUNDAY)
    (installation.evidence / "20260705T150000Z-nightly" / "published.json").write_text("{")
    with pytest.raises(EvidenceError, match="what a night published cannot be read"):
        seal_publication(installation.settings, SUNDAY)
