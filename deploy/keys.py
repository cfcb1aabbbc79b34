"""Makes the secrets of a Compose installation, each in a file of its own: `python3 deploy/keys.py` (any Python 3).

What is there already is kept: a second call changes nothing. Only the standard library is used, so that it runs on the
host. The files belong to whoever will run the containers (RUN_AS_UID), and nobody else may read them.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
import re
import secrets
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
# Who runs the containers where this is called by root: the user of the image.
IMAGE_UID = 10001
# What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410).
_ED25519 = bytes.fromhex("302e020100300506032b657004220420")


def signing_key() -> str:
    """An Ed25519 private key as PEM."""
    body = base64.b64encode(_ED25519 + secrets.token_bytes(32)).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"


def htpasswd(user: str, password: str) -> str:
    """A line for nginx. {SSHA} costs a request nothing, and nobody guesses a password of 144 random bits."""
    salt = secrets.token_bytes(8)
    digest = hashlib.sha1(password.encode() + salt).digest()
    return f"{user}:{{SSHA}}{base64.b64encode(digest + salt).decode()}\n"


class Folder:
    """The folder of secrets: writes what is missing, keeps what is there."""

    def __init__(self, path: Path, uid: int) -> None:
        self.path, self.uid = path, uid
        self.made: list[str] = []
        for folder in (path, path / "sources"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._give(folder)

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self.uid, 0)

    def keep(self, name: str, fresh: str) -> str:
        """What the secret ``name`` is: as it was, else ``fresh``."""
        path = self.path / name
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(fresh)
            self._give(path)
            self.made.append(name)
        return path.read_text(encoding="utf-8")


def make(folder: Folder) -> None:
    """Every secret that docker-compose.yml names."""
    password = folder.keep("postgres_password", secrets.token_hex(24))
    folder.keep("pgpass", f"database:5432:airflow:airflow:{password}\n")
    folder.keep("fernet_key", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    folder.keep("jwt_secret", secrets.token_hex(64))
    folder.keep("api_secret_key", secrets.token_hex(32))
    folder.keep("airflow_admin_password", secrets.token_urlsafe(18))
    folder.keep("pseudonym_key", secrets.token_hex(32))
    folder.keep("signing_key", signing_key())
    folder.keep("smtp_password", "")
    folder.keep("site_htpasswd", htpasswd("charter", folder.keep("site_password", secrets.token_urlsafe(18))))
    broker = folder.keep("broker_password", secrets.token_hex(24))
    folder.keep("broker_url", f"redis://:{broker}@broker:6379/0")


def name_user(env_file: Path, uid: int) -> None:
    """Writes RUN_AS_UID into ``env_file``, where it stands without a value or not at all."""
    text = env_file.read_text(encoding="utf-8")
    if re.search(r"^RUN_AS_UID=\d", text, re.M):
        return
    line = f"RUN_AS_UID={uid}"
    filled, found = re.subn(r"^RUN_AS_UID=.*$", line, text, flags=re.M)
    env_file.write_text(filled if found else f"{text.rstrip()}\n{line}\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="deploy/keys.py", description=__doc__)
    parser.add_argument("--folder", type=Path, default=HOME / "secrets", help="where the secrets are kept")
    parser.add_argument("--env", type=Path, default=HOME / ".env", help="the file that is told who runs the containers")
    chosen = parser.parse_args(arguments)
    uid = os.geteuid() or IMAGE_UID
    folder = Folder(chosen.folder, uid)
    make(folder)
    if chosen.env.exists():
        name_user(chosen.env, uid)
    print(f"made {', '.join(folder.made)}" if folder.made else "all secrets were there")
    print(f"Airflow: user admin, password in {chosen.folder / 'airflow_admin_password'}")
    print(f"Pages: user charter, password in {chosen.folder / 'site_password'}")
    print("Keep a copy of pseudonym_key and signing_key elsewhere: nobody can make them again.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
