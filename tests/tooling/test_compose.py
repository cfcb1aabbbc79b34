"""docker-compose.yml, as far as it can be checked without Docker: its form, and that it gives nothing away."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from compose_spec import PyCompose

from charter.base.known_settings import unknown_settings
from charter.definitions import load_agency
from tests.tooling.compose_file import HOME, compose_file, example_settings, secrets_of

PINNED = re.compile(r"@sha256:[0-9a-f]{64}$")
ONE_TIME = {"migrate", "admin", "state", "sources", "keys"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return compose_file()


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return dict(compose["services"])


def test_the_file_is_what_the_compose_specification_has(compose: dict[str, Any]) -> None:
    file = json.loads(json.dumps({key: value for key, value in compose.items() if not key.startswith("x-")}))
    for service in file["services"].values():
        # Docker takes tag and digest together; this reader of the specification does not.
        service["image"] = re.sub(r":[^:@/]+@", "@", service["image"])

    assert set(PyCompose.from_yaml(json.dumps(file)).service_names()) == set(compose["services"])


def test_everything_that_a_service_names_is_declared(
    compose: dict[str, Any], services: dict[str, dict[str, Any]]
) -> None:
    for name, service in services.items():
        assert set(service.get("depends_on", [])) <= set(services), name
        assert secrets_of(service) <= set(compose["secrets"]), name
        assert set(service.get("networks", [])) <= set(compose["networks"]), name
        for volume in service.get("volumes", []):
            source = volume["source"] if isinstance(volume, dict) else volume.split(":")[0]
            assert source in compose["volumes"] or source.startswith("./"), f"{name}: {source}"


def test_every_secret_is_a_file_that_deploy_keys_makes(compose: dict[str, Any]) -> None:
    made = set(re.findall(r'keep\(\s*"(\w+)"', (HOME / "deploy" / "keys.py").read_text(encoding="utf-8")))

    for name, secret in compose["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
        assert name in made


def test_a_part_waits_for_the_migration_and_the_database(services: dict[str, dict[str, Any]]) -> None:
    for part in ("api-server", "scheduler", "dag-processor", "triggerer", "worker", "admin"):
        waits = services[part]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}, part
        assert waits["database"] == {"condition": "service_healthy"}, part


def test_every_service_that_stays_has_a_health_check_and_every_other_runs_once(
    services: dict[str, dict[str, Any]],
) -> None:
    for name, service in services.items():
        if name in ONE_TIME:
            assert service["restart"] == "no", name
        else:
            assert service["restart"] == "unless-stopped" and service["healthcheck"]["test"], name


def test_the_scheduler_is_asked_itself_and_the_others_by_their_heartbeats(services: dict[str, dict[str, Any]]) -> None:
    """A server that answers 200 says nothing of the scheduler: that is how a dead one once seemed healthy."""
    check = services["scheduler"]["healthcheck"]["test"]
    assert check[-1] == "http://127.0.0.1:8974/health"
    assert services["scheduler"]["environment"]["AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK"] == "True"
    assert services["dag-processor"]["healthcheck"]["test"][-1] == "dag_processor"
    assert services["triggerer"]["healthcheck"]["test"][-1] == "triggerer"
    assert "metadatabase" in services["api-server"]["healthcheck"]["test"]


def test_no_service_may_do_more_than_it_must(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert service["user"].split(":")[0] != "0", name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}, name


def test_images_of_others_are_pinned_by_digest(services: dict[str, dict[str, Any]]) -> None:
    others = {service["image"] for service in services.values() if "build" not in service}
    base = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", (HOME / "Dockerfile").read_text(encoding="utf-8"), re.M)

    assert base and all(PINNED.search(image) for image in {*others, base[1]})


def test_services_are_offered_to_this_machine_only(services: dict[str, dict[str, Any]]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]

    assert ports and all(port.startswith("127.0.0.1:") for port in ports)


def test_no_environment_holds_a_secret(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        for setting, value in service.get("environment", {}).items():
            if re.search("PASSWORD|KEY|SECRET|PASSFILE|BROKER_URL", setting):
                assert value.removeprefix("cat ").startswith("/run/secrets/"), f"{name}: {setting}"
                assert re.search("(_FILE|PASSFILE|_CMD)$", setting), f"{name}: {setting}"
    given = {name for name, value in example_settings().items() if value and re.search("PASSWORD$|KEY$|SECRET", name)}
    assert not given, f".env.example holds values for {given}"


def test_only_who_runs_tasks_has_the_keys_the_addresses_and_the_state(services: dict[str, dict[str, Any]]) -> None:
    tasks = {"scheduler", "worker"}
    for name, service in services.items():
        if name in tasks:
            continue
        assert not secrets_of(service) & {"pseudonym_key", "signing_key", "smtp_password"}, name
        assert "env_file" not in service, name
        assert not any("secrets/sources" in str(volume) for volume in service.get("volumes", [])), name
        if "state:/opt/charter/var" in service.get("volumes", []):
            assert name in ("state", "sources", "mail"), name


def test_every_secret_that_an_environment_names_is_mounted(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        text = json.dumps([service.get("environment", {}), service.get("entrypoint", []), service.get("command", [])])
        named = set(re.findall(r"/run/secrets/(\w+)", text))
        assert named <= secrets_of(service), name


def test_the_pages_are_shown_from_the_state_alone_and_cannot_be_changed(services: dict[str, dict[str, Any]]) -> None:
    shown = [volume for volume in services["site"]["volumes"] if isinstance(volume, dict)]

    assert shown == [
        {"type": "volume", "source": "state", "target": "/srv/site", "read_only": True, "volume": {"subpath": "site"}}
    ]


def test_what_is_for_the_demo_starts_with_its_profile_only(services: dict[str, dict[str, Any]]) -> None:
    profiles = {name: service.get("profiles") for name, service in services.items() if "profiles" in service}

    assert profiles == {
        "sources": ["demo"],
        "mail": ["demo"],
        "worker": ["celery"],
        "broker": ["celery"],
        "keys": ["setup"],
    }
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            if other in profiles and profiles[other] != profiles.get(name):
                assert how["required"] is False, f"{name} cannot start without {other}"


def test_the_image_is_made_of_the_engine_and_the_charters_alone() -> None:
    """What .dockerignore lets in, and what the Dockerfile takes of it."""
    lines = (HOME / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (HOME / "Dockerfile").read_text(encoding="utf-8"), re.M)
    taken = {name for names in copied for name in names.split()}

    assert lines[1] == "*" and taken == let_in
    for never in ("tests", "benchmarks", "var", "secrets", ".git", ".env"):
        assert not any(fnmatch.fnmatch(never, name) for name in let_in)


def test_secrets_are_never_committed() -> None:
    ignored = (HOME / ".gitignore").read_text(encoding="utf-8").splitlines()

    assert {"/secrets/", "/.env"} <= set(ignored)


def test_every_setting_of_ours_is_one_that_the_project_knows(services: dict[str, dict[str, Any]]) -> None:
    """Others are Compose's own, and begin otherwise: `charter env` would call them read by nothing."""
    names = {name for service in services.values() for name in service.get("environment", {})}

    assert unknown_settings([*names, *example_settings()]) == []


def test_the_example_names_every_connection_of_the_charter() -> None:
    agency = load_agency(HOME / "charters" / "kotra")
    needed = {f"CHARTER_CONN_{source.connection.upper().replace('-', '_')}" for source in agency.sources}

    assert needed <= set(example_settings())


def test_pinning_replaces_a_digest_everywhere_and_nothing_else(tmp_path: Path) -> None:
    """make pin-images, with a registry that has another image under each tag."""
    (tmp_path / "deploy").mkdir()
    for name in ("Dockerfile", "docker-compose.yml", "deploy/pin-images.sh"):
        shutil.copy(HOME / name, tmp_path / name)
    docker = tmp_path / "docker"
    docker.write_text(f"#!/bin/sh\necho sha256:{'5' * 64}\n", encoding="utf-8")
    docker.chmod(0o755)
    command = ["sh", str(tmp_path / "deploy" / "pin-images.sh")]
    subprocess.run(command, env={**os.environ, "DOCKER": str(docker)}, check=True, capture_output=True)

    for name in ("Dockerfile", "docker-compose.yml"):
        pinned = (tmp_path / name).read_text(encoding="utf-8")
        assert pinned == re.sub("sha256:[0-9a-f]{64}", f"sha256:{'5' * 64}", (HOME / name).read_text(encoding="utf-8"))


def test_pinning_changes_nothing_when_a_registry_gives_no_digest(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    for name in ("Dockerfile", "docker-compose.yml", "deploy/pin-images.sh"):
        shutil.copy(HOME / name, tmp_path / name)
    command = ["sh", str(tmp_path / "deploy" / "pin-images.sh")]
    done = subprocess.run(command, env={**os.environ, "DOCKER": "echo"}, capture_output=True, text=True)

    assert done.returncode == 1 and "no digest" in done.stderr
    assert (tmp_path / "Dockerfile").read_bytes() == (HOME / "Dockerfile").read_bytes()
