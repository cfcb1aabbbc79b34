"""Digests as texts, a whole column at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa


def hexadecimal(digests: Sequence[bytes]) -> pa.Array:
    """Digests of one length as an Arrow array of their hexadecimal digits: no text of Python's own for each."""
    if not digests:
        return pa.array([], pa.string())
    digits = b"".join(digests).hex().encode("ascii")
    length = 2 * len(digests[0])
    # 32-bit places hold 2 GB of digits: 33 million SHA-256, more than fit into one extraction's memory.
    places = np.arange(0, length * len(digests) + 1, length, dtype=np.int32)
    return pa.StringArray.from_buffers(len(digests), pa.py_buffer(places), pa.py_buffer(digits))
