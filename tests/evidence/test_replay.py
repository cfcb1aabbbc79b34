"""A night built again is compared with its seal, row for row, and what differs is named to the month."""

from __future__ import annotations

import duckdb

from charter.evidence import replay_differences

from .builders import MONDAY, SUNDAY, Installation, as_first_version


def test_the_same_night_differs_in_nothing(installation: Installation) -> None:
    installation.decide("2026-05-31", "2026-06-01", None)
    installation.seal(kind="nightly")
    installation.transform(SUNDAY, met=12, reverse=True)
    installation.decide("2026-05-31", "2026-06-01", None)
    assert replay_differences(installation.settings, SUNDAY) == []


def test_a_night_that_was_never_sealed_cannot_be_compared(installation: Installation) -> None:
    installation.seal(kind="nightly")
    assert replay_differences(installation.settings, MONDAY) is None


def test_a_difference_names_table_and_month(installation: Installation) -> None:
    installation.decide("2026-05-31", "2026-06-01", "2026-06-02", None)
    installation.seal(kind="nightly")
    installation.decide("2026-05-31", "2026-06-01", "2026-07-02", None)
    differences = replay_differences(installation.settings, SUNDAY)
    assert differences is not None
    (problem,) = differences
    assert problem.what.startswith("fct_commitments is not what was sealed: 4 rows, ")
    assert problem.what.endswith("; in 2026-06 (2 rows then, 1 now), 2026-07 (0 rows then, 1 now)")


def test_a_missing_table_and_changed_columns_are_named(installation: Installation) -> None:
    installation.decide("2026-05-31")
    installation.seal(kind="nightly")
    with duckdb.connect(str(installation.settings.warehouse)) as writer:
        writer.execute("DROP TABLE marts.fct_commitments")
        writer.execute("ALTER TABLE marts.compliance_weekly ADD COLUMN note VARCHAR")
    differences = [problem.what for problem in replay_differences(installation.settings, SUNDAY) or []]
    assert differences[0].endswith("; its columns differ")
    assert differences[1].endswith("absent now")


def test_a_night_sealed_in_the_first_version_can_be_compared(installation: Installation) -> None:
    as_first_version(installation, installation.seal(kind="nightly"))
    assert replay_differences(installation.settings, SUNDAY) == []
    installation.transform(SUNDAY, met=13)
    (problem,) = replay_differences(installation.settings, SUNDAY) or []
    assert problem.what.startswith("compliance_weekly is not what was sealed")
