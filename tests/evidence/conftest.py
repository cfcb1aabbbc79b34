from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from charter.evidence import SealedManifest

from .builders import Installation


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("first_run")
    Installation.build(folder)
    return folder


@pytest.fixture
def installation(first_run: Path, tmp_path: Path) -> Installation:
    """An installation that has run once and sealed nothing yet."""
    shutil.copytree(first_run, tmp_path, dirs_exist_ok=True)
    return Installation(tmp_path)


@pytest.fixture(scope="session")
def three_nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[SealedManifest]]:
    folder = tmp_path_factory.mktemp("three_nights")
    return folder, Installation.build(folder).three_nights()


@pytest.fixture
def nights(
    three_nights: tuple[Path, list[SealedManifest]], installation: Installation, tmp_path: Path
) -> list[SealedManifest]:
    """The seals of three nights, put into the installation."""
    folder, seals = three_nights
    shutil.rmtree(tmp_path)
    shutil.copytree(folder, tmp_path)
    return [seal.model_copy(update={"path": tmp_path / seal.path.relative_to(folder)}) for seal in seals]
