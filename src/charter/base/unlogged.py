"""Libraries' logs, where they would tell what nobody should read, or change what ours says."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unlogged(*names: str) -> Iterator[None]:
    """Within it, what the loggers ``names`` and those below them say reaches no handler but their own."""
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.propagate for logger in loggers]
    for logger in loggers:
        logger.propagate = False
    try:
        yield
    finally:
        for logger, propagates in zip(loggers, before, strict=True):
            logger.propagate = propagates


@contextmanager
def root_log_as_it_is() -> Iterator[None]:
    """For an import: a library that sets up logging as it is imported gives the root no handler, which would then print
    every line of ours."""
    root = logging.getLogger()
    before = list(root.handlers)
    try:
        yield
    finally:
        for handler in [each for each in root.handlers if each not in before]:
            root.removeHandler(handler)
