"""Figures as ready texts, in one language."""
