"""Golden files: what people see, kept for comparison.

To refresh them after looking at the change: ``REFRESH_GOLDEN=1 python -m pytest tests/report``, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def check_golden(name: str, content: str, folder: Path = FOLDER) -> None:
    """``content`` must be what the golden file ``name`` of ``folder`` holds."""
    path = folder / name
    if os.environ.get("REFRESH_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    assert path.exists(), f"there is no golden file {name}: run with REFRESH_GOLDEN=1"
    assert content == path.read_text(encoding="utf-8"), f"{name} differs: run with REFRESH_GOLDEN=1 and read the diff"
