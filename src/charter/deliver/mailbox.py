"""A page of received mails, to read in a browser: for the demo, beside the catcher. Nothing can be changed there.

A mail is shown in a frame that may run no script and load nothing but the mail's own pictures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import lru_cache
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from urllib.parse import quote, unquote

from charter.base.errors import DeliveryError

_SHOWN = 500
_FRAME = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
_OUTSIDE = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body{{font:16px/1.5 system-ui,sans-serif;margin:1rem auto;max-width:70rem;padding:0 1rem;color:#1a1a1a;background:#fff}}
table{{border-collapse:collapse;width:100%}}
th,td{{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #ccc;vertical-align:top}}
td{{overflow-wrap:anywhere}}
iframe{{width:100%;height:75vh;border:1px solid #999}}
</style><body>{body}"""


class MailPage:
    """The page as a context manager: the mails of ``folder`` (``*.eml``) at ``http://host:port/``.

    ``port`` 0 takes a free one, told by ``.port`` once it runs. Raises DeliveryError when the port is taken.
    """

    def __init__(self, folder: Path, port: int = 0, host: str = "127.0.0.1") -> None:
        self.folder, self.port, self.host = folder, port, host

    def __enter__(self) -> MailPage:
        folder = self.folder

        class Answers(_Answers):
            mails = folder

        try:
            self._server = ThreadingHTTPServer((self.host, self.port), Answers)
        except OSError as error:
            raise DeliveryError(
                f"nothing can listen there ({error.strerror})",
                where=f"{self.host}:{self.port}",
                remedy="choose another port",
            ) from error
        self.port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Answers(BaseHTTPRequestHandler):
    mails: Path

    def do_GET(self) -> None:
        steps = [unquote(step) for step in self.path.split("?")[0].split("/") if step]
        if not steps:
            return self._page("Received mails", _list(self.mails))
        found = [path for path in _newest_first(self.mails) if path.name == steps[0]]
        if not found:
            return self.send_error(HTTPStatus.NOT_FOUND)
        mail = _read(found[0])
        if len(steps) == 1:
            return self._page(_subject(mail), _mail(found[0].name, mail))
        parts = _parts(mail)
        if len(steps) == 2 and steps[1].isdigit() and int(steps[1]) < len(parts):
            return self._part(found[0].name, parts, int(steps[1]))
        return self.send_error(HTTPStatus.NOT_FOUND)

    def _page(self, title: str, body: str) -> None:
        self._answer(_PAGE.format(title=escape(title), body=body).encode(), "text/html; charset=utf-8", _OUTSIDE)

    def _part(self, name: str, parts: Sequence[EmailMessage], number: int) -> None:
        part = parts[number]
        kind = part.get_content_type()
        if kind == "text/html":
            return self._answer(_with_pictures(name, parts, part).encode(), "text/html; charset=utf-8", _FRAME)
        content = part.get_content()
        body = content.encode() if isinstance(content, str) else bytes(content)
        shown = kind in ("image/png", "image/jpeg", "text/plain")
        self._answer(
            body, f"{kind}; charset=utf-8" if kind == "text/plain" else kind, _FRAME, part if not shown else None
        )

    def _answer(self, body: bytes, kind: str, rules: str, saved_as: EmailMessage | None = None) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", rules)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        if saved_as is not None:
            name = quote(saved_as.get_filename() or "part")
            self.send_header("Content-Disposition", f"attachment; filename*=UTF-8''{name}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing: addresses are personal data."""


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.eml"), key=lambda path: (path.stat().st_mtime, path.name), reverse=True)


@lru_cache(maxsize=_SHOWN)
def _parsed(path: Path, changed: int) -> EmailMessage:
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def _read(path: Path) -> EmailMessage:
    return _parsed(path, path.stat().st_mtime_ns)


def _subject(mail: EmailMessage) -> str:
    return str(mail["Subject"] or "(no subject)")


def _parts(mail: EmailMessage) -> list[EmailMessage]:
    """What the mail consists of, in its order: bodies, pictures, attachments."""
    return [part for part in mail.walk() if isinstance(part, EmailMessage) and not part.is_multipart()]


def _list(folder: Path) -> str:
    paths = _newest_first(folder)
    rows = "".join(
        f"<tr><td>{escape(str(mail['Date'] or ''))}<td>{escape(str(mail['To'] or ''))}"
        f'<td><a href="/{quote(path.name)}">{escape(_subject(mail))}</a>'
        for path, mail in ((path, _read(path)) for path in paths[:_SHOWN])
    )
    said = f"{len(paths)} kept here; none was sent on." + (f" The newest {_SHOWN}:" if len(paths) > _SHOWN else "")
    return f"<h1>Received mails</h1><p>{said}</p><table><tr><th>Date<th>To<th>Subject{rows}</table>"


def _mail(name: str, mail: EmailMessage) -> str:
    head = "".join(
        f"<tr><th>{field}<td>{escape(str(mail[field]))}" for field in ("Date", "From", "To", "Subject") if mail[field]
    )
    parts = _parts(mail)
    links = " · ".join(
        f'<a href="/{quote(name)}/{number}">{escape(part.get_filename() or part.get_content_type())}</a>'
        for number, part in enumerate(parts)
    )
    body = next((number for number, part in enumerate(parts) if part.get_content_type() == "text/html"), 0)
    return (
        f'<p><a href="/">All mails</a></p><table>{head}<tr><th>Parts<td>{links}</table>'
        f'<p><iframe sandbox title="The mail" src="/{quote(name)}/{body}"></iframe></p>'
    )


def _with_pictures(name: str, parts: Sequence[EmailMessage], part: EmailMessage) -> str:
    """The HTML of a mail, in which each picture is the mail's own part."""
    by_id = {str(other["Content-ID"] or "").strip("<> "): number for number, other in enumerate(parts)}
    return re.sub(
        r"cid:([^\"'\s)>]+)",
        lambda found: f"/{quote(name)}/{by_id[unquote(found[1])]}" if unquote(found[1]) in by_id else found[0],
        str(part.get_content()),
    )
