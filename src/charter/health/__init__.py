"""How an installation stands: small probes, each of which looks at one thing and says what is wrong with it.

`charter doctor` shows what they find; notices (``charter.notices``) tell it to people. A probe that fails fails alone.
"""

from charter.health.examine import ALL, OWN_STATE, Examination, Probe, examine
from charter.health.finding import Finding, State, gravest
from charter.health.place import Place, open_place

__all__ = [
    "ALL",
    "OWN_STATE",
    "Examination",
    "Finding",
    "Place",
    "Probe",
    "State",
    "examine",
    "gravest",
    "open_place",
]
