"""Measures, every night, whether each promise of a service charter was kept."""

from pathlib import Path

from charter.base.release import release_version

__version__ = release_version(Path(__file__).resolve().parent)
