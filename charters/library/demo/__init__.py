"""A synthetic city library with planted verdicts, to try the whole line on: nobody and nothing in it is real."""

from charter.planted import compare_with_truth

from .build import SEED, DemoReceipt, build_demo, write_connections

__all__ = ["SEED", "DemoReceipt", "build_demo", "compare_with_truth", "write_connections"]
