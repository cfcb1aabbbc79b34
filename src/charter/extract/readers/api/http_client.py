"""Asking an API over HTTP: who asks, how often, what is worth asking again, in words that hold no secret and no row."""

from __future__ import annotations

import http.client
import json
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import requests
import urllib3
from requests.auth import AuthBase, HTTPBasicAuth
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from charter.base.errors import CharterError, Problem, SourceError
from charter.base.hosts import is_this_machine
from charter.base.settings import Settings
from charter.definitions.models import Authentication, Source
from charter.extract.contract.faults import FeedFault
from charter.extract.readers.allowance import Allowance, seconds_of, unhurried

_FIRST_PAUSE = 0.5
_AGAIN = {408, 425, 429}
_AT_ONCE = 1 << 16
_MEDIA_TYPE = re.compile(r"^[a-z]+/[a-z0-9.+-]{1,60}$")
_SAID = {
    requests.exceptions.ConnectTimeout: "no connection in time",
    requests.exceptions.ReadTimeout: "no answer in time",
    requests.exceptions.ConnectionError: "no connection, or it broke off",
    requests.exceptions.ChunkedEncodingError: "the answer broke off",
}

Parameters = tuple[tuple[str, str], ...]


class _WithoutQueries(logging.Filter):
    """Addresses are logged without their queries, which may hold a key or somebody's name."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(value.partition("?")[0] if isinstance(value, str) else value for value in record.args)
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_WithoutQueries())


@dataclass(frozen=True)
class Question:
    """What to ask: an address without a query, and the query."""

    url: str
    parameters: Parameters = ()


@dataclass(frozen=True)
class Answer:
    """What came: the JSON ``body``, and the addresses of the Link header by their relation."""

    body: object
    links: Mapping[str, str] = field(default_factory=dict)


class _TryAgainError(Exception):
    """Asking again may help: ``said`` is what happened, ``pause`` how many seconds the API asks to wait."""

    def __init__(self, said: str, pause: float | None = None) -> None:
        super().__init__(said)
        self.said = said
        self.pause = pause


class ApiClient:
    """One API, at ``address`` (https://host/path). Every question is an attempt to read, and may be asked again.

    Nothing but the address's own host is ever asked, and redirects are not followed: the secret stays with it.
    """

    def __init__(
        self, source: Source, address: str, authentication: AuthBase, secret_variable: str, address_variable: str
    ) -> None:
        self._source = source
        self._base = address.rstrip("/")
        self._secret_variable = secret_variable
        self._address_variable = address_variable
        parts = urlsplit(address)
        self.where = f"source '{source.id}', connection '{source.connection}' ({parts.scheme}://{parts.netloc})"
        self._session = requests.Session()
        # Always one of ours: without any, the library would look for secrets in files of the user's.
        self._session.auth = authentication
        self._session.headers.update(
            {"User-Agent": "charter", "Accept": "application/json", "Accept-Encoding": "gzip, deflate"}
        )
        self._timeout = seconds_of(source.requests.timeout)
        self._longest_wait = seconds_of(source.requests.longest_wait)
        per_minute = source.requests.per_minute
        self._spacing = 60 / per_minute if per_minute else 0.0
        self._next_turn = 0.0
        self._allowance = unhurried()

    def allow(self, allowance: Allowance) -> None:
        """From now on answers are read within ``allowance``."""
        self._allowance = allowance

    def close(self) -> None:
        self._session.close()

    def url(self, path: str) -> str:
        """The address of ``path`` below the API's."""
        return f"{self._base}/{path.lstrip('/')}" if path.strip("/") else self._base

    def following(self, question: Question, link: str, where: str) -> Question:
        """The question that a ``link`` in an answer to ``question`` stands for.

        Raises FeedFault when it leads to another host.
        """
        base = urlsplit(self._base)
        try:
            to = urlsplit(urljoin(question.url, link))
            _port(to)
        except ValueError:
            what, remedy = "the link to the next page is no address", "take pages by cursor, offset or number"
            raise FeedFault("failed", Problem(what, where, remedy)) from None
        if to.hostname != base.hostname or (to.scheme == base.scheme and _port(to) != _port(base)):
            what = "the link to the next page leads to another host, which is not asked: it would learn the secret"
            remedy = "have the API told its public address, or take pages by cursor, offset or number"
            raise FeedFault("failed", Problem(what, where, remedy))
        # Behind a proxy an API may take itself for http.
        url = urlunsplit((base.scheme, base.netloc, to.path, "", ""))
        return Question(url, tuple(parse_qsl(to.query, keep_blank_values=True)))

    def get(self, question: Question, where: str) -> Answer:
        """The answer, after as many attempts as the source allows. Raises FeedFault."""
        return self._asked(lambda: self._session.prepare_request(_get(question)), where)

    def post(self, content: object, where: str) -> Answer:
        """The answer to a JSON ``content``. Raises FeedFault."""
        body = json.dumps(content, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        return self._asked(
            lambda: self._session.prepare_request(requests.Request("POST", self._base, headers=headers, data=body)),
            where,
        )

    def _asked(self, prepare: Callable[[], requests.PreparedRequest], where: str) -> Answer:
        attempts = Retrying(
            stop=stop_after_attempt(self._source.requests.attempts),
            wait=self._pause,
            retry=retry_if_exception_type(_TryAgainError),
            reraise=True,
        )
        try:
            return attempts(lambda: self._once(prepare(), where))
        except _TryAgainError as error:
            what = f"the API can't be reached: {error.said} ({self._source.requests.attempts} attempts)"
            remedy = "see that it runs, then extract again"
            raise FeedFault("unreachable", Problem(what, where, remedy)) from None

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _TryAgainError) and error.pause is not None:
            return min(error.pause, self._allowance.seconds_left())
        return min(_FIRST_PAUSE * 2.0 ** (state.attempt_number - 1), self._longest_wait)

    def _once(self, request: requests.PreparedRequest, where: str) -> Answer:
        self._wait_for_turn()
        self._allowance.require_time()
        try:
            settings = self._session.merge_environment_settings(request.url or "", {}, True, None, None)
            response = self._session.send(request, timeout=self._timeout, allow_redirects=False, **settings)
        except requests.exceptions.SSLError:
            problem = Problem(
                "the API's certificate can't be verified",
                where,
                "have it renewed, or set REQUESTS_CA_BUNDLE to the certificates of its issuer",
            )
            raise FeedFault("unreachable", problem) from None
        except requests.exceptions.RequestException as error:
            # Its words hold the whole address.
            said = next((words for kind, words in _SAID.items() if isinstance(error, kind)), type(error).__name__)
            raise _TryAgainError(said) from None
        except OSError as error:
            what = f"the certificates to trust can't be read ({error.strerror or 'not found'})"
            remedy = "correct REQUESTS_CA_BUNDLE, or unset it"
            raise FeedFault("unreachable", Problem(what, where, remedy)) from None
        try:
            self._refuse_unless_answered(response, where)
            content = self._content(response, where)
        finally:
            response.close()
        links = {relation: str(link["url"]) for relation, link in response.links.items() if "url" in link}
        return Answer(_body(content, response.headers.get("Content-Type", ""), where), links)

    def _content(self, response: requests.Response, where: str) -> bytes:
        """The whole answer, unpacked: read piece by piece, as it may never end, or come byte by byte."""
        pieces, size = [], 0
        try:
            while piece := response.raw.read1(_AT_ONCE, decode_content=True):
                self._allowance.require_time()
                size += len(piece)
                self._allowance.require_answer(size, where)
                pieces.append(piece)
        except urllib3.exceptions.DecodeError:
            remedy = "have the API's compression turned off or mended"
            raise FeedFault("failed", Problem("the compressed answer is damaged", where, remedy)) from None
        except urllib3.exceptions.TimeoutError:
            raise _TryAgainError("no answer in time") from None
        except (urllib3.exceptions.HTTPError, OSError, http.client.HTTPException):
            raise _TryAgainError("the answer broke off") from None
        self._allowance.take(size, "all that the API gave", where)
        return b"".join(pieces)

    def _wait_for_turn(self) -> None:
        if not self._spacing:
            return
        now = time.monotonic()
        if now < self._next_turn:
            time.sleep(self._next_turn - now)
        self._next_turn = max(now, self._next_turn) + self._spacing

    def _refuse_unless_answered(self, response: requests.Response, where: str) -> None:
        status = response.status_code
        if 200 <= status < 300:
            return
        said = _status_text(status)
        pause = _retry_after(response)
        if status in _AGAIN or status >= 500 or (status == 403 and pause is not None):
            if pause is not None and pause > self._longest_wait:
                what = f"the API asks to wait {pause:.0f} seconds ({said})"
                remedy = "extract again later; lower per_minute, or raise longest_wait, under requests in sources.yaml"
                raise FeedFault("unreachable", Problem(what, where, remedy))
            raise _TryAgainError(f"it answers {said}", pause)
        if status in (401, 403):
            raise FeedFault("failed", self._not_let_in(said, where))
        if status in (404, 410):
            remedy = "correct path in sources.yaml, or the connection's address"
            raise FeedFault("missing", Problem(f"the API has no such address ({said})", where, remedy))
        if 300 <= status < 400:
            remedy = f"set {self._address_variable} to the address that it leads to"
            raise FeedFault("failed", Problem(f"the API sends to another address ({said})", where, remedy))
        remedy = "correct path and parameters in sources.yaml"
        raise FeedFault("failed", Problem(f"the API refuses the question ({said})", where, remedy))

    def _not_let_in(self, said: str, where: str) -> Problem:
        if self._source.authentication.by == "none" and self._source.kind == "http":
            remedy = f"say how to authenticate under authentication in sources.yaml, and set {self._secret_variable}"
            return Problem(f"the API asks who is asking ({said})", where, remedy)
        remedy = f"check {self._secret_variable}, and that its owner may read this"
        return Problem(f"the API does not accept the secret ({said})", where, remedy)


def open_client(settings: Settings, source: Source, address: str, address_variable: str) -> ApiClient:
    """A client of the API at ``address``, with the secret that the environment holds for it.

    Raises SourceError when the address is none, or when the secret is missing or malformed.
    """
    where = f"source '{source.id}'"
    try:
        parts = urlsplit(address)
        plain = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        plain = False
    if not plain or parts.username or parts.password or parts.query or parts.fragment:
        raise SourceError(
            f"{address_variable} is not the address of an API",
            where=where,
            remedy="set it to https://host or https://host/path, without a user, a password or a query",
        )
    variable = secret_variable(source)
    needs_secret = source.kind == "limesurvey" or source.authentication.by != "none"
    if needs_secret and parts.scheme == "http" and not is_this_machine(parts.hostname or ""):
        raise SourceError(
            f"the secret in {variable} would cross the network in the clear",
            where=f"{where}, {address_variable}=http://…",
            remedy="set the address to https://…; plain http is for this machine alone",
        )
    authentication = _authentication(settings, source.authentication, variable, where)
    return ApiClient(source, address, authentication, variable, address_variable)


def secret_variable(source: Source) -> str:
    """The environment variable that holds the source's secret (or, with _FILE behind it, the file that does)."""
    return "CHARTER_AUTH_" + source.connection.upper().replace("-", "_")


def user_and_password(settings: Settings, source: Source) -> tuple[str, str]:
    """The two parts of the source's secret ``user:password``; raises SourceError when it is none."""
    variable = secret_variable(source)
    where = f"source '{source.id}'"
    return _user_and_password(_secret(settings, variable, where), variable, where)


class _Key(AuthBase):
    """Puts a secret into a header, or into the query in place of what stands there under that name."""

    def __init__(self, name: str, value: str, *, in_query: bool) -> None:
        self._name = name
        self._value = value
        self._in_query = in_query

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if not self._in_query:
            request.headers[self._name] = self._value
            return request
        parts = urlsplit(request.url or "")
        query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != self._name]
        request.url = urlunsplit(parts._replace(query=urlencode([*query, (self._name, self._value)])))
        return request


class _Nobody(AuthBase):
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _authentication(settings: Settings, how: Authentication, variable: str, where: str) -> AuthBase:
    if how.by == "none":
        return _Nobody()
    secret = _secret(settings, variable, where)
    if how.by != "basic" and not secret.isascii():
        raise SourceError(
            f"{variable} holds letters that no token has", where=where, remedy=f"set {variable} to the secret alone"
        )
    if how.by == "basic":
        user, password = _user_and_password(secret, variable, where)
        return HTTPBasicAuth(user.encode(), password.encode())
    if how.by == "bearer":
        return _Key("Authorization", f"Bearer {secret}", in_query=False)
    return _Key(how.header or how.parameter or "", secret, in_query=how.parameter is not None)


def _secret(settings: Settings, variable: str, where: str) -> str:
    try:
        secret = settings.secret(variable)
    except CharterError as error:
        raise SourceError.of([Problem(p.what, f"{where}, {p.where}", p.remedy) for p in error.problems]) from error
    try:
        text = secret.decode().strip()
    except UnicodeDecodeError:
        text = ""
    if not text or not text.isprintable():
        raise SourceError(
            f"{variable} holds no text of one line", where=where, remedy=f"set {variable} to the secret alone"
        )
    return text


def _user_and_password(secret: str, variable: str, where: str) -> tuple[str, str]:
    user, colon, password = secret.partition(":")
    if not (user and colon):
        raise SourceError(
            f"{variable} is not of the form user:password", where=where, remedy=f"set {variable} to user:password"
        )
    return user, password


def _get(question: Question) -> requests.Request:
    return requests.Request("GET", question.url, params=list(question.parameters))


def _body(content: bytes, content_type: str, where: str) -> object:
    charset = re.search(r"charset=\"?([\w-]+)", content_type, re.IGNORECASE)
    try:
        # UTF-8, -16 or -32 are told apart by their first bytes; any other encoding is declared.
        if charset and not charset[1].lower().startswith("utf"):
            return json.loads(content.decode(charset[1]))
        return json.loads(content)
    except RecursionError:
        problem = Problem("the answer is nested too deep", where, "ask the API's keepers what it is to mean")
        raise FeedFault("failed", problem) from None
    except (ValueError, LookupError):
        media = content_type.partition(";")[0].strip().lower()
        shown = media if _MEDIA_TYPE.match(media) else "no type given"
        problem = Problem(
            f"the answer is no JSON ({shown})", where, "correct the connection's address, or path in sources.yaml"
        )
        raise FeedFault("failed", problem) from None


def _status_text(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _retry_after(response: requests.Response) -> float | None:
    """The seconds that an answer asks to wait: given as such, or as an instant."""
    given = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", given):
        return float(given)
    try:
        instant = parsedate_to_datetime(given)
    except ValueError:
        return None
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    # The wall's clock: it decides how long to wait, and nothing that lands.
    return max((instant - datetime.now(UTC)).total_seconds(), 0.0)


def _port(address: SplitResult) -> int:
    return address.port or (443 if address.scheme == "https" else 80)


def as_parameters(pairs: Sequence[tuple[str, Any]]) -> Parameters:
    """Query parameters as texts; a later one of the same name takes the place of an earlier."""
    texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in pairs}
    return tuple(texts.items())
