"""Source systems → versioned rows in the lake, with what was refused and a receipt for each source and night."""

from charter.extract.contract.pseudonyms import pseudonym
from charter.extract.night.extract_source import extract_source
from charter.extract.night.land_corrections import replay_corrections
from charter.extract.night.readiness import require_settings
from charter.lake.files import ensure_contract_tables, read_quarantine
from charter.lake.receipts import (
    Counts,
    DayReceipt,
    Drift,
    FeedReceipt,
    FileDigest,
    SourceReceipt,
    is_retryable,
    read_receipt,
    read_receipts,
)

__all__ = [
    "Counts",
    "DayReceipt",
    "Drift",
    "FeedReceipt",
    "FileDigest",
    "SourceReceipt",
    "ensure_contract_tables",
    "extract_source",
    "is_retryable",
    "pseudonym",
    "read_quarantine",
    "read_receipt",
    "read_receipts",
    "replay_corrections",
    "require_settings",
]
