"""Seals what each run read, computed, rendered and sent; lets anybody check that nothing was altered since."""

from charter.evidence.chain import ChainEntry, SealedManifest, generate_signing_key, seal
from charter.evidence.manifest import Manifest
from charter.evidence.replay import replay_differences
from charter.evidence.verify import verify_chain

__all__ = [
    "ChainEntry",
    "Manifest",
    "SealedManifest",
    "generate_signing_key",
    "replay_differences",
    "seal",
    "verify_chain",
]
