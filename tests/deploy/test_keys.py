"""deploy/keys.py makes what is missing, keeps what is there, and lets nobody else read it."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.tooling.compose_file import HOME


def make(folder: Path, env: Path) -> str:
    command = [sys.executable, "-I", str(HOME / "deploy" / "keys.py"), "--folder", str(folder), "--env", str(env)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installation") / "secrets"
    make(folder, folder.parent / ".env")
    return folder


def read(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()}


def test_the_keys_are_what_their_readers_take(made: Path) -> None:
    secrets = read(made)

    assert isinstance(load_pem_private_key(secrets["signing_key"].encode(), None), Ed25519PrivateKey)
    Fernet(secrets["fernet_key"])
    assert len(secrets["pseudonym_key"]) >= 32
    assert secrets["pgpass"] == f"database:5432:airflow:airflow:{secrets['postgres_password']}\n"
    assert secrets["broker_url"] == f"redis://:{secrets['broker_password']}@broker:6379/0"
    user, _, hashed = secrets["site_htpasswd"].strip().partition(":{SSHA}")
    both = base64.b64decode(hashed)
    assert user == "charter"
    assert hashlib.sha1(secrets["site_password"].encode() + both[20:]).digest() == both[:20]


def test_no_two_secrets_are_alike(made: Path) -> None:
    values = [value for value in read(made).values() if value]

    assert len(set(values)) == len(values)


def test_nobody_else_may_read_them(made: Path) -> None:
    assert made.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o777 == 0o400 for path in made.iterdir() if path.is_file())


def test_a_second_call_changes_nothing_and_says_no_secret(made: Path) -> None:
    before = read(made)
    said = make(made, made.parent / ".env")

    assert read(made) == before
    assert "all secrets were there" in said
    assert not any(value.strip() in said for value in before.values() if value)


def test_a_secret_that_was_lost_is_made_again_and_the_others_stay(made: Path) -> None:
    before = read(made)
    (made / "jwt_secret").unlink()
    said = make(made, made.parent / ".env")

    after = read(made)
    assert "made jwt_secret\n" in said
    assert json.dumps({**before, "jwt_secret": ""}) == json.dumps({**after, "jwt_secret": ""})


@pytest.mark.parametrize("line", ["RUN_AS_UID=\n", "", "# RUN_AS_UID\n"])
def test_the_environment_is_told_once_who_owns_them(tmp_path: Path, line: str) -> None:
    env = tmp_path / ".env"
    env.write_text(f"A=1\n{line}", encoding="utf-8")
    make(tmp_path / "secrets", env)
    once = env.read_text(encoding="utf-8")
    make(tmp_path / "secrets", env)

    assert env.read_text(encoding="utf-8") == once
    assert once.count("RUN_AS_UID=") == 1 and "A=1" in once
    uid = int(once.split("RUN_AS_UID=")[1].split()[0])
    assert uid == (tmp_path / "secrets" / "signing_key").stat().st_uid != 0
