"""The charter folder as typed data: what was promised, by whom, on which calendar, from which sources."""

from charter.definitions.load import load_agency
from charter.definitions.models import Agency

__all__ = ["Agency", "load_agency"]
