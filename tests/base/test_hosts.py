"""Secrets may leave a process in the clear only as long as they stay on this machine."""

from __future__ import annotations

import pytest

from charter.base.hosts import is_this_machine


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1", "127.8.9.10", "::1", "[::1]"])
def test_the_loopback_is_this_machine(host: str) -> None:
    assert is_this_machine(host)


@pytest.mark.parametrize(
    "host", ["", "agency.example", "localhost.agency.example", "10.0.0.1", "127.0.0.1.evil.example", "::2"]
)
def test_any_other_name_or_address_is_not(host: str) -> None:
    assert not is_this_machine(host)
