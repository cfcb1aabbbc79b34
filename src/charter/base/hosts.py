"""Which addresses stay on this machine."""

from __future__ import annotations

from ipaddress import ip_address


def is_this_machine(host: str) -> bool:
    """Whether ``host`` is the loopback: ``localhost``, 127.0.0.0/8 or ::1."""
    name = host.casefold().strip("[]").rstrip(".")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
