"""A synthetic agency with planted verdicts, to try the whole line on: nothing in it is real."""

from charter.planted import Difference, TruthComparison, compare_with_truth

from .build import SEED, DemoReceipt, build_demo, write_connections

__all__ = [
    "SEED",
    "DemoReceipt",
    "Difference",
    "TruthComparison",
    "build_demo",
    "compare_with_truth",
    "write_connections",
]
