"""Refused rows: where they stand, and what becomes of those that a person put right."""
