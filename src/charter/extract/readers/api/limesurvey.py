"""LimeSurvey, through its RemoteControl 2 (JSON-RPC): the completed responses of a survey, as texts."""

from __future__ import annotations

import base64
import binascii
import json
import logging
from collections.abc import Iterator

from charter.base.errors import Problem
from charter.base.json_paths import JsonPath
from charter.definitions.models import Feed, Source
from charter.extract.contract.batch import RawBatch, wanted_columns
from charter.extract.contract.faults import FeedFault
from charter.extract.readers.allowance import unhurried
from charter.extract.readers.api.http_client import ApiClient
from charter.extract.readers.api.json_rows import JsonRows
from charter.extract.readers.batch import Window

log = logging.getLogger(__name__)

_NO_RESPONSES = "No Data, could not get max id."
_REFUSED = {"No permission", "Invalid session key"}


class LimeSurveyReader:
    """Reads surveys within one session, which is given back at the end. A row's place is ``survey 385126:17``."""

    def __init__(self, source: Source, client: ApiClient, user: str, password: str, secret_variable: str) -> None:
        """Raises FeedFault when LimeSurvey is down, or does not let the user in."""
        self._source = source
        self._client = client
        self._asked = 0
        key = self._call("get_session_key", [user, password], client.where)
        if not isinstance(key, str):
            remedy = f"check {secret_variable}; after several wrong attempts LimeSurvey refuses for some minutes"
            raise FeedFault("failed", Problem("LimeSurvey does not let the user in", client.where, remedy))
        self._key = key

    def close(self) -> None:
        # The session is given back also when a feed took too long.
        self._client.allow(unhurried())
        try:
            self._call("release_session_key", [self._key], self._client.where)
        except FeedFault as fault:
            # What was read stays read: a session that is not given back ends by itself.
            log.info("%s: the session could not be given back: %s", fault.problem.where, fault.problem.what)
        self._client.close()

    def read(self, feed: Feed, window: Window) -> Iterator[RawBatch]:
        self._client.allow(window.allowance)
        where = f"{self._client.where}, survey {feed.survey}"
        # The heading by question code: unlike the questions' texts, it is the same in every language.
        answer = self._call("export_responses", [self._key, feed.survey, "json", None, "complete", "code"], where)
        paths = {name: JsonPath.key(name) for name in wanted_columns(feed)}
        rows = JsonRows(feed, paths, f"survey {feed.survey}")
        records = [] if _status(answer) == _NO_RESPONSES else _responses(self._file(answer, where), where)
        yield from rows.take(records, f"survey {feed.survey} response")
        rows.require_columns(where)
        yield rows.rest()

    def _file(self, answer: object, where: str) -> bytes:
        if isinstance(answer, str):
            try:
                return base64.b64decode("".join(answer.split()), validate=True)
            except (binascii.Error, ValueError):
                raise _no_export(where) from None
        status = _status(answer)
        if status in _REFUSED:
            remedy = "give the user the right to export this survey's responses, or correct survey in sources.yaml"
            raise FeedFault("failed", Problem(f"LimeSurvey refuses to export the responses: {status}", where, remedy))
        if status.startswith("No Data"):
            remedy = "activate the survey, or correct survey in sources.yaml"
            raise FeedFault("missing", Problem("the survey has no table of responses", where, remedy))
        raise _no_export(where)

    def _call(self, method: str, parameters: list[object], where: str) -> object:
        self._asked += 1
        body = self._client.post({"method": method, "params": parameters, "id": self._asked}, where).body
        if not isinstance(body, dict) or "result" not in body or body.get("error") is not None:
            remedy = "turn on JSON-RPC in LimeSurvey (global settings, interfaces), or correct the connection's address"
            raise FeedFault("failed", Problem(f"LimeSurvey does not answer {method}", where, remedy))
        return body["result"]


def _status(answer: object) -> str:
    """What LimeSurvey says is wrong, in place of an answer. Only words that are known are repeated."""
    status = answer.get("status") if isinstance(answer, dict) else None
    return status if isinstance(status, str) else ""


def _responses(content: bytes, where: str) -> list[object]:
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError):
        raise _no_export(where) from None
    found = parsed.get("responses") if isinstance(parsed, dict) else None
    if not isinstance(found, list):
        raise _no_export(where)
    return [_unwrapped(record) for record in found]


def _unwrapped(record: object) -> object:
    """Up to version 3 each response stands alone in an object, under its number."""
    if isinstance(record, dict) and len(record) == 1:
        (name, inner) = next(iter(record.items()))
        return inner if isinstance(inner, dict) and str(name).isdecimal() else record
    return record


def _no_export(where: str) -> FeedFault:
    remedy = "see that LimeSurvey can export this survey as JSON (version 2.6 or later)"
    return FeedFault("failed", Problem("what LimeSurvey exported can't be read", where, remedy))
