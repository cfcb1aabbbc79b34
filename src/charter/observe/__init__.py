"""How runs are seen from outside: every step is written down, logged, measured and, where a collector is set, traced.

Nothing of it decides anything, and nothing that fails here stops a night.
"""

from charter.observe.observed import observed, show_now

__all__ = ["observed", "show_now"]
