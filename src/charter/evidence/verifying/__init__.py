"""Compares everything that people read, and all that it rests on, with what was sealed.

Whatever is wrong becomes a ``Problem`` that names the place; nothing found on disk makes it stop.
"""

from charter.evidence.verifying.compared import Compared, Verification
from charter.evidence.verifying.whole import verify

__all__ = ["Compared", "Verification", "verify"]
