from __future__ import annotations

from tests.extract.conftest import world

__all__ = ["world"]
