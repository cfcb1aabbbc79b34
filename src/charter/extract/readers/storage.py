"""Where files are: a folder, an SFTP server or an S3-compatible store. What is read goes into memory, never to disk."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from charter.base.composing import composed
from charter.base.errors import Problem, SettingError, SourceError
from charter.base.settings import Settings
from charter.definitions.feed import is_pattern, leads_out, path_pattern
from charter.definitions.models import Source
from charter.extract.contract.faults import FeedFault
from charter.extract.readers.allowance import Allowance

_DAY = "{day}"
_CONNECT_S, _READ_S = 15, 60
_PIECE = 32 * 1024
# Reads of one SFTP file that are under way at once.
_AHEAD = 64
_READ_AT_ONCE = 1 << 20
_MOST_FILES = 200_000
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@dataclass(frozen=True)
class StoredFile:
    """A file as listed: ``path`` below the address, bytes, and a ``version`` that changes when it is written again."""

    path: str
    size: int
    version: str


class Storage(Protocol):
    """A place of files. ``shown`` is its address without secrets. All methods raise FeedFault (unreachable) when it is
    down, and FeedFault (failed) for a path that leads out of it.

    ``read`` raises FeedFault (missing) when the file is not there, and FeedFault (failed) when it is no plain file or
    holds more than its ``allowance``. Of a file that somebody is adding to it gives the lines that were complete.
    """

    shown: str

    def find(self, pattern: str) -> list[StoredFile]:
        """The files whose path matches (``*``, ``?`` within a name, ``{day}`` for eight digits), by path."""
        ...

    def read(self, path: str, allowance: Allowance) -> bytes: ...

    def close(self) -> None: ...


def open_storage(settings: Settings, source: Source, variable: str, address: str) -> Storage:
    """The storage at ``address``, which the environment has as ``variable``: a folder (relative to the project's
    home), ``sftp://user@host:port/folder`` or ``s3://bucket/prefix``. Its credentials are in ``<variable>_<WHAT>``.

    Raises SourceError when a credential is missing or the address is malformed, FeedFault when it can't be reached.
    """
    where = f"source '{source.id}'"
    if "://" not in address:
        return FolderStorage(settings.home / address, where, source.connection)
    own = _OwnSettings(settings, source.connection, variable)
    match urlsplit(address).scheme:
        case "sftp":
            return SftpStorage(address, where, own)
        case "s3":
            return S3Storage(address, where, own)
        case scheme:
            raise SourceError(
                f"{own.variable} begins with '{scheme}://', which is no place of files",
                where=where,
                remedy="give a folder, sftp://user@host/folder or s3://bucket/prefix",
            )


def _require_inside(path: str, where: str) -> None:
    if leads_out(path):
        raise _outside("the path", f"{where}, {path}")


def _outside(what: str, where: str) -> FeedFault:
    remedy = "set the connection's address to the folder in which the files are, and name them from there"
    return FeedFault("failed", Problem(f"{what} leads out of the source's folder", where, remedy))


def _require_plain(mode: int | None, where: str) -> None:
    kind = stat.S_IFMT(mode or stat.S_IFREG)
    if kind != stat.S_IFREG:
        what = f"this is no file, but {_KINDS.get(kind, 'something else')}"
        raise FeedFault("failed", Problem(what, where, "put a plain file there, or correct path in sources.yaml"))


def _complete(content: bytes, size: int, now: int, where: str) -> bytes:
    """What was read of a file that held ``size`` bytes before, and holds ``now``: without a line half written."""
    if len(content) < size or now < size:
        what = "the file became shorter while it was read"
        raise FeedFault("unreachable", Problem(what, where, "extract again when nobody is writing the file"))
    return content[: content.rfind(b"\n") + 1] if now > size else content


@dataclass(frozen=True)
class _OwnSettings:
    """The environment variables that belong to one connection: CHARTER_CONN_<NAME>_<WHAT>."""

    settings: Settings
    connection: str
    variable: str

    def name(self, what: str) -> str:
        return f"{self.variable}_{what}"

    def text(self, what: str) -> str | None:
        """The variable's value, or what the file holds that ``…_FILE`` names; None when neither is set."""
        name = self.name(what)
        if not (self.settings.environment.get(name) or self.settings.environment.get(f"{name}_FILE")):
            return None
        try:
            return self.settings.secret(name).decode()
        except SettingError as error:
            raise SourceError.of(list(error.problems)) from error

    def path(self, what: str) -> Path | None:
        given = self.settings.environment.get(self.name(what))
        return self.settings.home / given if given else None


# ── a folder ────────────────────────────────────────────────────────────────────────────────────


class FolderStorage:
    """Files below a folder of this machine (or mounted on it)."""

    def __init__(self, folder: Path, where: str, connection: str) -> None:
        if not folder.is_dir():
            raise FeedFault(
                "unreachable",
                Problem(
                    f"the folder {folder} is not there",
                    f"{where}, connection '{connection}'",
                    "mount it, or correct the connection's address",
                ),
            )
        self.shown = str(folder)
        self._folder = folder
        self._where = where

    def find(self, pattern: str) -> list[StoredFile]:
        _require_inside(pattern, self._where)
        return _found(pattern, self._listed, self._where)

    def _listed(self, folder: str) -> Iterator[_Entry]:
        try:
            paths = sorted((self._folder / folder).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise self._unreadable(error, f"{self._where}, {folder or self._folder}") from None
        for path in paths:
            try:
                about = path.stat()
            except OSError:
                # Gone since, or a link to nothing: no other file is lost for it.
                continue
            yield _Entry(path.name, stat.S_ISDIR(about.st_mode), about.st_size, str(about.st_mtime_ns))

    def read(self, path: str, allowance: Allowance) -> bytes:
        where = f"{self._where}, {path}"
        _require_inside(path, self._where)
        try:
            whole = Path(os.path.realpath(self._folder / path, strict=True))
            if not whole.is_relative_to(self._folder.resolve()):
                raise _outside("the link", where)
            # Before it is opened: to open a device, or a pipe that nobody writes to, does something, or never ends.
            _require_plain(whole.stat().st_mode, where)
            descriptor = os.open(whole, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
            with FileIO(descriptor) as file:
                return _read_plain(file, allowance, where)
        except FileNotFoundError:
            raise _missing(path, self.shown, self._where) from None
        except OSError as error:
            raise self._unreadable(error, where) from None

    def _unreadable(self, error: OSError, where: str) -> FeedFault:
        what = f"the file can't be read ({error.strerror})"
        return FeedFault("unreachable", Problem(what, where, "give this user the right to read it"))

    def close(self) -> None:
        """Nothing stays open."""


def _read_plain(file: FileIO, allowance: Allowance, where: str) -> bytes:
    before = os.fstat(file.fileno())
    _require_plain(before.st_mode, where)
    allowance.require_size(before.st_size, where=where)
    pieces, left = [], before.st_size
    while left and (piece := file.read(min(left, _READ_AT_ONCE))):
        allowance.require_time()
        pieces.append(piece)
        left -= len(piece)
    now = os.fstat(file.fileno()).st_size
    if not before.st_size and file.read(1):
        now = 1
    return _complete(b"".join(pieces), before.st_size, now, where)


@dataclass(frozen=True)
class _Entry:
    """One name in a folder."""

    name: str
    is_folder: bool
    size: int
    version: str


def _found(pattern: str, listed: Callable[[str], Iterator[_Entry]], where: str) -> list[StoredFile]:
    """Goes down folder by folder, listing only where the pattern leaves a choice."""
    *above, last = pattern.split("/")
    folders = [""]
    for part in above:
        if is_pattern(part) or _DAY in part or not part.isascii():
            wanted = path_pattern(part)
            folders = [
                f"{folder}{entry.name}/"
                for folder in folders
                for entry in listed(folder)
                if entry.is_folder and wanted.fullmatch(composed(entry.name))
            ]
        else:
            folders = [f"{folder}{part}/" for folder in folders]
    whole = path_pattern(pattern)
    wanted = path_pattern(last)
    files = [
        StoredFile(f"{folder}{entry.name}", entry.size, entry.version)
        for folder in folders
        for entry in listed(folder)
        if not entry.is_folder and wanted.fullmatch(composed(entry.name))
    ]
    _require_few(len(files), pattern, where)
    return sorted((file for file in files if whole.fullmatch(composed(file.path))), key=lambda file: file.path)


def _require_few(count: int, pattern: str, where: str) -> None:
    if count > _MOST_FILES:
        remedy = "narrow path in sources.yaml, or have old files moved away"
        what = f"more than {_MOST_FILES} files match {pattern}"
        raise FeedFault("failed", Problem(what, f"{where}, {pattern}", remedy))


def _missing(path: str, shown: str, where: str) -> FeedFault:
    problem = Problem(
        f"the file {path} is not in {shown}",
        f"{where}, {path}",
        "ask the source's keepers for it, then extract again",
    )
    return FeedFault("missing", problem)


# ── SFTP ────────────────────────────────────────────────────────────────────────────────────────


class SftpStorage:
    """Files on an SFTP server, whose host key must be known before anything is sent to it."""

    def __init__(self, address: str, where: str, own: _OwnSettings) -> None:
        import paramiko

        parts = urlsplit(address)
        if not parts.hostname or not parts.username or parts.password is not None:
            raise SourceError(
                f"{own.variable} is not an SFTP address",
                where=where,
                remedy=f"write sftp://user@host:port/folder, and the password in {own.name('PASSWORD')}",
            )
        port = parts.port or 22
        self.shown = f"sftp://{parts.hostname}:{port}{unquote(parts.path)}"
        self._folder = unquote(parts.path).rstrip("/")
        self._source = where
        self._where = f"{where}, connection '{own.connection}' ({self.shown})"
        self._credentials = own
        self._client = paramiko.SSHClient()
        self._trust(parts.hostname, port)
        credentials = self._given()
        with self._reached():
            self._client.connect(
                parts.hostname,
                port,
                unquote(parts.username),
                timeout=_CONNECT_S,
                banner_timeout=_CONNECT_S,
                auth_timeout=_CONNECT_S,
                allow_agent=False,
                look_for_keys=False,
                **credentials,
            )
            self._sftp = self._client.open_sftp()
            channel = self._sftp.get_channel()
            if channel is not None:
                channel.settimeout(_READ_S)

    def _trust(self, host: str, port: int) -> None:
        own = self._credentials
        fingerprint, known_hosts = own.text("FINGERPRINT"), own.path("KNOWN_HOSTS")
        self._client.set_missing_host_key_policy(_Pinned(fingerprint))
        if fingerprint:
            return
        path = known_hosts or Path("~/.ssh/known_hosts").expanduser()
        if path.exists():
            self._client.load_host_keys(str(path))
        elif known_hosts is not None:
            raise SourceError(
                f"the file of known hosts {path} is not there",
                where=own.name("KNOWN_HOSTS"),
                remedy=f"write it with the server's host key ({host}, port {port})",
            )

    def _given(self) -> dict[str, Any]:
        own = self._credentials
        key, password = own.text("KEY"), own.text("PASSWORD")
        if key:
            return {"pkey": _private_key(key, own)}
        if password:
            return {"password": password}
        raise SourceError(
            "neither a key nor a password is given",
            where=self._where,
            remedy=f"set {own.name('KEY_FILE')} to a private key's file, or {own.name('PASSWORD')}",
        )

    def find(self, pattern: str) -> list[StoredFile]:
        _require_inside(pattern, self._source)
        return _found(pattern, self._listed, self._source)

    def _listed(self, folder: str) -> Iterator[_Entry]:
        with self._reached():
            try:
                entries = self._sftp.listdir_attr(f"{self._folder}/{folder}")
            except FileNotFoundError:
                if folder:
                    return
                raise
        for entry in entries:
            about = self._behind(folder, entry) if stat.S_ISLNK(entry.st_mode or 0) else entry
            if about is not None:
                is_folder = stat.S_ISDIR(about.st_mode or 0)
                yield _Entry(entry.filename, is_folder, about.st_size or 0, str(about.st_mtime))

    def _behind(self, folder: str, link: Any) -> Any:
        """What a link leads to, or None."""
        with self._reached():
            try:
                return self._sftp.stat(f"{self._folder}/{folder}{link.filename}")
            except FileNotFoundError:
                return None

    def read(self, path: str, allowance: Allowance) -> bytes:
        where = f"{self._source}, {path}"
        _require_inside(path, self._source)
        whole = f"{self._folder}/{path}"
        with self._reached():
            try:
                self._require_linked_inside(whole, where)
                # The server would wait with a pipe: it is asked before anything is opened.
                about = self._sftp.stat(whole)
                _require_plain(about.st_mode, where)
                allowance.require_size(about.st_size or 0, where=where)
                with self._sftp.open(whole, "rb") as file:
                    size = file.stat().st_size or 0
                    allowance.require_size(size, where=where)
                    content = b"".join(_pieces(file, size, allowance))
                    now = file.stat().st_size or 0
            except FileNotFoundError:
                raise _missing(path, self.shown, self._source) from None
        return _complete(content, size, now, where)

    def _require_linked_inside(self, whole: str, where: str) -> None:
        """Servers that can't tell where a link leads say nothing, or repeat what they are asked."""
        leads_to, folder = self._sftp.normalize(whole), self._sftp.normalize(self._folder or "/")
        if leads_to and folder and not f"{leads_to}/".startswith(f"{folder.rstrip('/')}/"):
            raise _outside("the link", where)

    def close(self) -> None:
        self._client.close()

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Tells what kept the server from answering. Messages of the library may hold no secret, but are not needed."""
        import paramiko

        own = self._credentials
        try:
            yield
        except _UnknownHostError as error:
            raise self._refusal(
                f"the server's host key {error} is not known",
                f"compare it with its keepers', then set {own.name('FINGERPRINT')} to it, or add it to the known hosts",
            ) from None
        except paramiko.BadHostKeyException as error:
            raise self._refusal(
                f"the server shows another host key ({fingerprint_of(error.key)}) than the known one",
                "ask its keepers whether it was changed; somebody else may be answering in its place",
            ) from None
        except paramiko.AuthenticationException:
            names = f"{own.name('KEY_FILE')} or {own.name('PASSWORD')}"
            raise self._refusal(f"the server refused the user (see {names})", f"correct {names}") from None
        except PermissionError:
            raise self._refusal("the server does not let this user read", "ask its keepers for the right") from None
        except FileNotFoundError:
            raise self._fault("the folder is not there", f"correct the folder in {own.variable}") from None
        except (paramiko.SSHException, EOFError, OSError) as error:
            said = type(error).__name__
            raise self._fault(
                f"the server can't be reached, or went away ({said})", "extract again when it is back"
            ) from None

    def _fault(self, what: str, remedy: str) -> FeedFault:
        return FeedFault("unreachable", Problem(what, self._where, remedy))

    def _refusal(self, what: str, remedy: str) -> FeedFault:
        # Not tried again by itself: a user may be locked out for it.
        return FeedFault("failed", Problem(what, self._where, remedy))


def _pieces(file: Any, size: int, allowance: Allowance) -> Iterator[bytes]:
    pieces = [(at, min(_PIECE, size - at)) for at in range(0, size, _PIECE)]
    for start in range(0, len(pieces), _AHEAD):
        for piece in file.readv(pieces[start : start + _AHEAD]):
            allowance.require_time()
            yield piece


class _UnknownHostError(Exception):
    """The server's key is not among the known ones."""


class _Pinned:
    """Asked for a host that is not among the known ones: accepts the pinned key only."""

    def __init__(self, fingerprint: str | None) -> None:
        self._fingerprint = (fingerprint or "").strip().rstrip("=")

    def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:
        if fingerprint_of(key) != self._fingerprint:
            raise _UnknownHostError(fingerprint_of(key))


def fingerprint_of(key: Any) -> str:
    """``SHA256:…`` of a paramiko key, as ``ssh-keygen -l`` prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


def _private_key(text: str, own: _OwnSettings) -> Any:
    import io

    import paramiko

    passphrase = own.text("KEY_PASSPHRASE")
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text.strip() + "\n"), passphrase)
        except paramiko.PasswordRequiredException:
            break
        except (paramiko.SSHException, ValueError):
            continue
    raise SourceError(
        "the private key can't be read",
        where=own.name("KEY_FILE"),
        remedy=f"give an Ed25519, ECDSA or RSA key; its passphrase, if it has one, in {own.name('KEY_PASSPHRASE')}",
    )


# ── S3 ──────────────────────────────────────────────────────────────────────────────────────────


class S3Storage:
    """Objects below a prefix of a bucket, in any store that speaks S3."""

    def __init__(self, address: str, where: str, own: _OwnSettings) -> None:
        import boto3
        from botocore.config import Config

        parts = urlsplit(address)
        if not parts.netloc or "@" in parts.netloc:
            raise SourceError(
                f"{own.variable} is not an S3 address", where=where, remedy="write s3://bucket/prefix, nothing else"
            )
        self._bucket = parts.netloc
        prefix = unquote(parts.path).strip("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self.shown = f"s3://{self._bucket}/{prefix}"
        self._source = where
        self._where = f"{where}, connection '{own.connection}' ({self.shown})"
        self._own = own
        env = own.settings.environment
        self._client = boto3.session.Session().client(
            "s3",
            endpoint_url=self._first("ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
            region_name=self._first("REGION", "AWS_REGION", "AWS_DEFAULT_REGION") or "us-east-1",
            aws_access_key_id=self._first("ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID"),
            aws_secret_access_key=self._first("SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY"),
            aws_session_token=env.get("AWS_SESSION_TOKEN"),
            config=Config(
                connect_timeout=_CONNECT_S,
                read_timeout=_READ_S,
                retries={"max_attempts": 2, "mode": "standard"},
                user_agent_extra="charter",
            ),
        )

    def _first(self, what: str, *standard: str) -> str | None:
        own = self._own.text(what)
        return own or next((value for name in standard if (value := self._own.settings.environment.get(name))), None)

    def find(self, pattern: str) -> list[StoredFile]:
        _require_inside(pattern, self._source)
        # Beyond plain letters the store may hold the name in another spelling.
        fixed = re.split(r"[*?]|\{day\}|[^ -~]", pattern)[0]
        wanted = path_pattern(pattern)
        found = []
        with self._reached():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + fixed
            )
            for page in pages:
                for entry in page.get("Contents", []):
                    path = entry["Key"][len(self._prefix) :]
                    if wanted.fullmatch(composed(path)) and not path.endswith("/"):
                        found.append(StoredFile(path, entry["Size"], entry["ETag"]))
                        _require_few(len(found), pattern, self._source)
        return sorted(found, key=lambda file: file.path)

    def read(self, path: str, allowance: Allowance) -> bytes:
        where = f"{self._source}, {path}"
        _require_inside(path, self._source)
        with self._reached(path):
            answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + path)
            allowance.require_size(answer.get("ContentLength") or 0, "the object", where)
            pieces, size = [], 0
            for piece in answer["Body"].iter_chunks(_READ_AT_ONCE):
                allowance.require_time()
                size += len(piece)
                # A body may be longer than it was said to be.
                allowance.require_size(size, "the object", where)
                pieces.append(piece)
            return b"".join(pieces)

    def close(self) -> None:
        self._client.close()

    @contextmanager
    def _reached(self, path: str | None = None) -> Iterator[None]:
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            NoCredentialsError,
            PartialCredentialsError,
        )

        names = f"AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or {self._own.name('ACCESS_KEY_ID')} and …)"
        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in ("NoSuchKey", "404") and path is not None:
                raise _missing(path, self.shown, self._source) from None
            if code == "NoSuchBucket":
                raise self._refusal(f"there is no bucket '{self._bucket}'", f"correct {self._own.variable}") from None
            if code in ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "403"):
                raise self._refusal(
                    f"the store refused the credentials ({code}), see {names}", f"correct {names}"
                ) from None
            raise self._fault(f"the store answered with an error ({code})", "extract again when it is back") from None
        except (NoCredentialsError, PartialCredentialsError):
            raise self._refusal("no credentials are given", f"set {names}") from None
        except (BotoCoreError, OSError) as error:
            said = type(error).__name__
            raise self._fault(
                f"the store can't be reached, or went away ({said})", "extract again when it is back"
            ) from None

    def _fault(self, what: str, remedy: str) -> FeedFault:
        return FeedFault("unreachable", Problem(what, self._where, remedy))

    def _refusal(self, what: str, remedy: str) -> FeedFault:
        # Not tried again by itself: a user may be locked out for it.
        return FeedFault("failed", Problem(what, self._where, remedy))
