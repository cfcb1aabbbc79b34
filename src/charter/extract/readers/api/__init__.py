"""Readers of HTTP interfaces."""
