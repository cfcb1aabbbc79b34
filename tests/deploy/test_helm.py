"""The example of values for Airflow's official Helm chart: well-formed, in accord with the rest, and rendered by helm
where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Any

import pytest
from ruamel.yaml import YAML

from charter.base.known_settings import unknown_settings
from tests.tooling.compose_file import HOME, compose_file

VALUES = HOME / "deploy" / "helm" / "values.yaml"
CHART = os.environ.get("AIRFLOW_CHART", "")


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(VALUES.read_text(encoding="utf-8"))
    return loaded


def test_one_pod_writes(values: dict[str, Any]) -> None:
    assert values["executor"] == "LocalExecutor"
    assert values["scheduler"]["replicas"] == 1 and values["scheduler"]["strategy"] == {"type": "Recreate"}


def test_keys_and_state_are_the_scheduler_s_alone_and_keys_are_files_of_their_owner(values: dict[str, Any]) -> None:
    everywhere = str([values["env"], values["volumes"], values["volumeMounts"]])
    keys = next(volume for volume in values["scheduler"]["extraVolumes"] if volume["name"] == "keys")

    assert "KEY" not in everywhere and "secret" not in everywhere and "/opt/charter/var" not in everywhere
    assert keys["secret"]["defaultMode"] == 0o400


def test_every_setting_of_ours_is_one_that_the_project_knows(values: dict[str, Any]) -> None:
    names = [entry["name"] for entry in (*values["env"], *values["scheduler"]["env"])]

    assert unknown_settings(names) == []


def test_the_settings_are_those_of_compose(values: dict[str, Any]) -> None:
    compose = compose_file()["services"]["scheduler"]["environment"]

    assert values["config"]["core"]["auth_manager"] == compose["AIRFLOW__CORE__AUTH_MANAGER"]
    assert values["config"]["core"]["dags_folder"] == compose["AIRFLOW__CORE__DAGS_FOLDER"]
    assert f"USER {values['uid']}:{values['gid']}" in (HOME / "Dockerfile").read_text(encoding="utf-8")
    assert f'"apache-airflow=={values["airflowVersion"]}"' in (HOME / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.skipif(
    not (CHART and shutil.which("helm")), reason="needs helm, and AIRFLOW_CHART: Airflow's official chart"
)
def test_helm_renders_them_by_the_chart_s_schema() -> None:
    command = ["helm", "template", "charter", CHART, "--values", str(VALUES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr[-2000:]
