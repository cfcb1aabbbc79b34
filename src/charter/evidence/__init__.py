"""Seals what each run read, computed, rendered and sent; lets anybody check that nothing was altered since."""

from typing import TYPE_CHECKING

from charter.base.lazy import given_by

if TYPE_CHECKING:
    from charter.evidence.chain import (
        ChainEntry,
        SealedManifest,
        night_heads,
        read_chain,
        rotate_key,
        seal,
        seal_manifest,
    )
    from charter.evidence.collect import delivery_seals
    from charter.evidence.deliveries import require_lost_outbox, require_outbox_as_sealed, sealed_deliveries
    from charter.evidence.keys import generate_signing_key, signing_key
    from charter.evidence.manifest import Manifest
    from charter.evidence.pages import seal_pages, sealed_pages
    from charter.evidence.pruning import seal_pruning, sealed_erasures
    from charter.evidence.publication import keep_publication, seal_publication
    from charter.evidence.recomputing import recompute, sealed_nights
    from charter.evidence.rendering import (
        Rendering,
        has_rendering,
        keep_rendering,
        renderings,
        seal_renderings,
        sealed_as,
    )
    from charter.evidence.replay import replay_differences
    from charter.evidence.timestamps import stamp_nights, tsa_certificates, tsa_url
    from charter.evidence.verifying import Compared, Verification, verify
    from charter.evidence.witness import tell_witness, witness_folder

__all__ = [
    "ChainEntry",
    "Compared",
    "Manifest",
    "Rendering",
    "SealedManifest",
    "Verification",
    "delivery_seals",
    "generate_signing_key",
    "has_rendering",
    "keep_publication",
    "keep_rendering",
    "night_heads",
    "read_chain",
    "recompute",
    "renderings",
    "replay_differences",
    "require_lost_outbox",
    "require_outbox_as_sealed",
    "rotate_key",
    "seal",
    "seal_manifest",
    "seal_pages",
    "seal_pruning",
    "seal_publication",
    "seal_renderings",
    "sealed_as",
    "sealed_deliveries",
    "sealed_erasures",
    "sealed_nights",
    "sealed_pages",
    "signing_key",
    "stamp_nights",
    "tell_witness",
    "tsa_certificates",
    "tsa_url",
    "verify",
    "witness_folder",
]

__getattr__ = given_by(
    __name__,
    {
        "charter.evidence.chain": (
            "ChainEntry",
            "SealedManifest",
            "night_heads",
            "read_chain",
            "rotate_key",
            "seal",
            "seal_manifest",
        ),
        "charter.evidence.collect": ("delivery_seals",),
        "charter.evidence.deliveries": (
            "require_lost_outbox",
            "require_outbox_as_sealed",
            "sealed_deliveries",
        ),
        "charter.evidence.keys": (
            "generate_signing_key",
            "signing_key",
        ),
        "charter.evidence.manifest": ("Manifest",),
        "charter.evidence.pages": (
            "seal_pages",
            "sealed_pages",
        ),
        "charter.evidence.pruning": (
            "seal_pruning",
            "sealed_erasures",
        ),
        "charter.evidence.publication": (
            "keep_publication",
            "seal_publication",
        ),
        "charter.evidence.recomputing": (
            "recompute",
            "sealed_nights",
        ),
        "charter.evidence.rendering": (
            "Rendering",
            "has_rendering",
            "keep_rendering",
            "renderings",
            "seal_renderings",
            "sealed_as",
        ),
        "charter.evidence.replay": ("replay_differences",),
        "charter.evidence.timestamps": (
            "stamp_nights",
            "tsa_certificates",
            "tsa_url",
        ),
        "charter.evidence.verifying": (
            "Compared",
            "Verification",
            "verify",
        ),
        "charter.evidence.witness": (
            "tell_witness",
            "witness_folder",
        ),
    },
)
