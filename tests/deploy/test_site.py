"""The published pages behind nginx, by the configuration of docker-compose.yml: with the password, and not without."""

from __future__ import annotations

import base64
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from tests.servers.packages import program
from tests.tooling.compose_file import HOME

NGINX = """daemon off; master_process off; pid {folder}/pid; error_log stderr;
events {{}}
http {{
    access_log off; types {{ text/html html; }} default_type application/octet-stream;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    {server}
}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    (folder / "site" / "weeks").mkdir(parents=True)
    (folder / "site" / "index.html").write_text("<h1>Was every promise kept?</h1>", encoding="utf-8")
    (folder / "site" / "weeks" / "index.html").write_text("<h1>weeks</h1>", encoding="utf-8")
    (folder / "site" / ".arriving").write_text("half", encoding="utf-8")
    keys = [sys.executable, str(HOME / "deploy" / "keys.py"), "--folder", str(folder / "secrets")]
    subprocess.run([*keys, "--env", str(folder / ".env")], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def site(installation: Path) -> Iterator[str]:
    """nginx with the very file of deploy/, in which only the places are this test's."""
    port = free_port()
    server = (HOME / "deploy" / "nginx" / "site.conf").read_text(encoding="utf-8")
    for there, here in (
        ("/srv/site", f"{installation}/site"),
        ("/run/secrets/", f"{installation}/secrets/"),
        ("listen 8080", f"listen 127.0.0.1:{port}"),
    ):
        assert there in server
        server = server.replace(there, here)
    configuration = installation / "nginx.conf"
    configuration.write_text(NGINX.format(folder=installation, server=server), encoding="utf-8")
    command = [str(program("nginx", ["nginx-light"])), "-c", str(configuration), "-p", str(installation)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield when_it_answers(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


def when_it_answers(address: str) -> str:
    for _ in range(100):
        try:
            urlopen(f"{address}/healthz").close()
            return address
        except URLError:
            time.sleep(0.05)
    pytest.fail("nginx does not answer")


def get(address: str, user: str, password: str) -> str:
    said = base64.b64encode(f"{user}:{password}".encode()).decode()
    with urlopen(Request(address, headers={"Authorization": f"Basic {said}"})) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        return str(answer.read().decode())


@pytest.fixture(scope="module")
def password(installation: Path) -> str:
    return (installation / "secrets" / "site_password").read_text(encoding="utf-8")


def test_the_pages_are_there_with_the_password(site: str, password: str) -> None:
    assert "promise kept" in get(f"{site}/", "charter", password)
    assert "weeks" in get(f"{site}/weeks", "charter", password)


@pytest.mark.parametrize("place", ["/", "/index.html", "/weeks/index.html", "/nothing"])
def test_nothing_is_there_without_it(site: str, place: str) -> None:
    with pytest.raises(HTTPError, match="401"):
        urlopen(site + place)


def test_another_password_or_user_gets_nothing(site: str, password: str) -> None:
    for user, said in (("charter", "charter"), ("charter", ""), ("admin", password)):
        with pytest.raises(HTTPError, match="401"):
            get(f"{site}/", user, said)


@pytest.mark.parametrize("place", ["/.arriving", "/../secrets/site_password", "/weeks/../../.env", "/nothing"])
def test_with_it_there_are_pages_alone(site: str, password: str, place: str) -> None:
    with pytest.raises(HTTPError, match=r"40[04]"):
        get(site + place, "charter", password)


def test_the_health_check_needs_no_password_and_shows_nothing(site: str) -> None:
    with urlopen(f"{site}/healthz") as answer:
        assert answer.status == 204 and answer.read() == b""
