"""Rows in doubt, and which commitments they may stand for."""
