"""docker-compose.yml, as far as it can be checked without Docker: its form, and that it gives nothing away."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from charter.definitions import load_agency

HOME = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load((HOME / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def example_settings() -> dict[str, str]:
    lines = (HOME / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def test_every_dependency_is_a_service_and_every_volume_is_declared(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", [])) <= set(services), name
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in compose["volumes"], name


def test_services_are_offered_to_this_machine_only(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]

    assert ports and all(port.startswith("127.0.0.1:") for port in ports)


def test_no_secret_is_written_down(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for setting, value in service.get("environment", {}).items():
            if re.search("PASSWORD|KEY|SECRET", setting):
                assert re.fullmatch(r"\$\{\w+:\?.*\}", value), f"{name}: {setting} must come from .env"
    given = {name for name, value in example_settings().items() if value and re.search("PASSWORD|KEY$|SECRET", name)}
    assert not given, f".env.example holds values for {given}"


def test_the_example_names_every_connection_of_the_charter() -> None:
    agency = load_agency(HOME / "charters" / "kotra")
    needed = {f"CHARTER_CONN_{source.connection.upper().replace('-', '_')}" for source in agency.sources}

    assert needed <= set(example_settings())
