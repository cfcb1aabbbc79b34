"""Seals what each run read, computed, rendered and sent; lets anybody check that nothing was altered since."""

from charter.evidence.chain import (
    ChainEntry,
    SealedManifest,
    generate_signing_key,
    read_chain,
    seal,
    seal_manifest,
    signing_key,
)
from charter.evidence.deliveries import require_lost_outbox, require_outbox_as_sealed, sealed_deliveries
from charter.evidence.manifest import Manifest
from charter.evidence.publication import keep_publication, seal_publication
from charter.evidence.rendering import Rendering, keep_rendering, renderings, seal_renderings
from charter.evidence.replay import replay_differences
from charter.evidence.verify import verify_chain

__all__ = [
    "ChainEntry",
    "Manifest",
    "Rendering",
    "SealedManifest",
    "generate_signing_key",
    "keep_publication",
    "keep_rendering",
    "read_chain",
    "renderings",
    "replay_differences",
    "require_lost_outbox",
    "require_outbox_as_sealed",
    "seal",
    "seal_manifest",
    "seal_publication",
    "seal_renderings",
    "sealed_deliveries",
    "signing_key",
    "verify_chain",
]
