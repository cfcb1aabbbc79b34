"""Damage of many sorts to the source systems of the synthetic agency.

Every sort is one that a careful reader of the source could notice: a cell that says something else, but as well-formed
as before, is no damage that anybody can see, and is not among them.
"""

from .database import DATABASE
from .files import CALLS, REVIEWS, SURVEYS
from .model import Damage, Sort, Sources
from .registers import REGISTERS

# Each source's sorts. Standards hang on one source each, nearly all: damage to several in one night hides nothing.
SORTS: dict[str, tuple[Sort, ...]] = {
    "calls": CALLS,
    "reviews": REVIEWS,
    "surveys": SURVEYS,
    "registers": REGISTERS,
    "database": DATABASE,
}

__all__ = ["SORTS", "Damage", "Sort", "Sources"]
