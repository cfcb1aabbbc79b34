"""Source systems → versioned rows in the lake, with what was refused and a receipt for each source and night."""

from typing import TYPE_CHECKING

from charter.base.lazy import given_by

if TYPE_CHECKING:
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

__getattr__ = given_by(
    __name__,
    {
        "charter.extract.contract.pseudonyms": ("pseudonym",),
        "charter.extract.night.extract_source": ("extract_source",),
        "charter.extract.night.land_corrections": ("replay_corrections",),
        "charter.extract.night.readiness": ("require_settings",),
        "charter.lake.files": (
            "ensure_contract_tables",
            "read_quarantine",
        ),
        "charter.lake.receipts": (
            "Counts",
            "DayReceipt",
            "Drift",
            "FeedReceipt",
            "FileDigest",
            "SourceReceipt",
            "is_retryable",
            "read_receipt",
            "read_receipts",
        ),
    },
)
