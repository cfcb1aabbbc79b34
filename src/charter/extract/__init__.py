"""Source systems → versioned rows in the lake, with what was refused and a receipt for each source and night."""

from charter.extract.lake import ensure_contract_tables, read_quarantine
from charter.extract.pseudonyms import pseudonym
from charter.extract.receipts import (
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
from charter.extract.run import extract_source, replay_corrections, require_settings

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
