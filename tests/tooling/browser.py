"""A real browser for tests and for looking: the system's Chromium, driven by playwright, which brings none itself."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
REMEDY = "no Chromium was found: install it (Debian: apt-get install chromium), or name it in CHROMIUM"


def chromium() -> str | None:
    """Where Chromium is; None where there is none."""
    named = os.environ.get("CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """A running browser. Raises RuntimeError where there is none."""
    program = chromium()
    if program is None:
        raise RuntimeError(REMEDY)
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()
