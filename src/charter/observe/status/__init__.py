"""The status pages: how the last nights went, and each night step by step and model by model."""

from charter.observe.status.pages import write_status

__all__ = ["write_status"]
