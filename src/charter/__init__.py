"""Measures, every night, whether each promise of a service charter was kept."""

__version__ = "0.1.0"
