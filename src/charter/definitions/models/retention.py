"""retention.yaml: how long each kind of data stays in the state folder."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from charter.definitions.models.common import Duration, OneLine, Strict

# What is no evidence, and may be deleted when it is old. The inventory of the state folder says what each is.
Prunable = Literal["replays", "logs", "lineage", "received_mail", "previews", "set_aside", "leftovers"]


def _in_days(duration: Duration) -> Duration:
    if duration.unit not in ("days", "months") or duration.amount == 0:
        raise ValueError(f"'{duration}' is no time to keep something: give days or months, such as '90 days'")
    return duration


Age = Annotated[Duration, AfterValidator(_in_days)]


class PseudonymRule(Strict):
    """Pseudonyms are erased in rows that landed longer ago than ``keep``. ``rule`` is the law, or the agency's own
    rule, that says so: the seal of each erasure and ``charter verify`` repeat it."""

    keep: Age
    rule: OneLine


class Retention(Strict):
    """How long each kind of data is kept. What is not named is kept as long as the charter."""

    keep: dict[Prunable, Age] = Field(default_factory=dict)
    pseudonyms: PseudonymRule | None = None
