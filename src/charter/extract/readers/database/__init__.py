"""Readers of SQL databases."""
