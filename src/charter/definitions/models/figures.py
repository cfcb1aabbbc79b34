"""What a measure of charter.yaml measures of the rows of a slot, and the populations that shares are taken of."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from charter.definitions.models.common import ColumnName, Strict, Where


class Population(Strict):
    """All the things that should stand: one per distinct ``item`` of ``subject`` between ``starts`` and ``ends``.

    ``by`` names whose item it is, where a measure has a commitment for each department or value of a column.
    """

    subject: ColumnName
    item: ColumnName
    starts: ColumnName
    ends: ColumnName
    by: ColumnName | None = None


class Count(Strict):
    """How many rows; with ``distinct`` how many values of that column."""

    distinct: ColumnName | None = None


class Percentile(Strict):
    """The value of ``of`` that ``p`` in a hundred rows do not exceed, by nearest rank: of n values in their order the
    one numbered p·n/100, rounded up. ``p`` has at most one decimal."""

    of: ColumnName
    p: float = Field(gt=0, le=100, multiple_of=0.1)


class Share(Strict):
    """How many of the rows, in percent: those that meet ``where``; or how much of a population (``of``) is among the
    values of ``item``, the population being what stands on the slot's last day."""

    where: Where | None = None
    item: ColumnName | None = None
    of: Population | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Share:
        if (self.item is None) != (self.of is None) or (self.where is None) == (self.of is None):
            raise ValueError("give where, or item (a column of ours) with of (the population)")
        return self


class Ratio(Strict):
    """How many rows for each row of the table ``over`` that is dated ``on`` in the slot and meets ``where``.

    ``by`` is its column that names the department or the value, where each has a commitment of its own.
    """

    over: ColumnName
    on: ColumnName
    where: Where = Field(default_factory=dict)
    by: ColumnName | None = None


FigureName = Literal["count", "sum", "mean", "median", "percentile", "share", "ratio"]
_FIGURES: tuple[FigureName, ...] = ("count", "sum", "mean", "median", "percentile", "share", "ratio")


class Figure(Strict):
    """What is measured of the rows of a slot: exactly one of these. ``sum``, ``mean`` and ``median`` name a column."""

    count: Count | None = None
    sum: ColumnName | None = None
    mean: ColumnName | None = None
    median: ColumnName | None = None
    percentile: Percentile | None = None
    share: Share | None = None
    ratio: Ratio | None = None

    @property
    def name(self) -> FigureName:
        """The one that is given."""
        return next(name for name in _FIGURES if getattr(self, name) is not None)

    @property
    def value(self) -> str | None:
        """The column whose values are measured; None of what only counts rows."""
        return self.sum or self.mean or self.median or (self.percentile.of if self.percentile else None)

    @property
    def of_nothing_is_zero(self) -> bool:
        """Whether no row at all is a figure, too."""
        return self.name in ("count", "sum")

    @model_validator(mode="after")
    def _exactly_one(self) -> Figure:
        if sum(getattr(self, name) is not None for name in _FIGURES) != 1:
            raise ValueError(f"give exactly one of {', '.join(_FIGURES)}")
        return self
