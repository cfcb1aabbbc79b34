"""The audit bundle: what it holds, and its verifier that runs alone."""
