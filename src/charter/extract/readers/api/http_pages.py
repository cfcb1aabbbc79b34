"""The pages of an answer: where the rows are, which question brings the next ones, and when all were read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from charter.base.errors import Problem
from charter.base.json_paths import JsonPath
from charter.definitions.models import CursorPages, Feed, HeaderPages, LinkPages, NumberPages, OffsetPages
from charter.extract.contract.faults import FeedFault
from charter.extract.contract.shown import shown_names
from charter.extract.readers.api.http_client import Answer, ApiClient, Parameters, Question, as_parameters

_COUNT = re.compile(r"[0-9]{1,18}")

# What APIs call the list of their rows.
_LISTS = ("results", "records", "items", "data", "rows", "entries", "values")


@dataclass(frozen=True)
class Page:
    """The rows of one page, as they came. Pages are numbered from 1."""

    number: int
    records: list[object]


def read_pages(client: ApiClient, feed: Feed, parameters: Parameters) -> Iterator[Page]:
    """Every page of a feed.

    Raises FeedFault when the API is down, when its answer is not of the shape that was declared, when it goes round
    in circles, and when it counts more rows than it gave.
    """
    walk = _Walk(client, feed)
    question: Question | None = _first(client, feed, parameters)
    while question is not None:
        walk.enter(question)
        answer = client.get(question, walk.where)
        records = walk.records(answer)
        yield Page(walk.number, records)
        question = walk.next_question(question, answer, records)
    walk.require_all()


@dataclass
class _Walk:
    """How far the reading has come."""

    client: ApiClient
    feed: Feed
    number: int = 0
    rows: int = 0
    total: int | None = None
    asked: set[Question] = field(default_factory=set)
    contents: set[bytes] = field(default_factory=set)

    @property
    def where(self) -> str:
        page = f", page {self.number}" if self.number > 1 else ""
        return f"{self.client.where}, '{self.feed.path}'{page}"

    def enter(self, question: Question) -> None:
        self.number += 1
        if question in self.asked:
            raise self._circle("the link to the next page leads to a page that was read already")
        if self.feed.pages is not None and self.number > self.feed.pages.at_most:
            what = f"there are more than {self.feed.pages.at_most} pages"
            remedy = "raise at_most under pages, if that is as it should be"
            raise FeedFault("failed", Problem(what, self.where, remedy))
        self.asked.add(question)

    def records(self, answer: Answer) -> list[object]:
        """The rows of a page, wherever they are declared to be."""
        pages = self.feed.pages
        if pages is not None and pages.total is not None:
            self.total = self._count(answer, pages.total)
        there, found = JsonPath.of(self.feed.records).find(answer.body) if self.feed.records else (True, answer.body)
        if self.total is not None and not isinstance(found, list):
            # An API that makes JSON from XML: what is no list there is a single row, or none.
            left = self.total - self.rows
            found = [found] if left == 1 and isinstance(found, dict) else [] if left == 0 else found
            there = there or left == 0
        if not there:
            raise self._drifted(f"the answer has no '{self.feed.records}'", _lists_in(answer.body, self.feed.records))
        if not isinstance(found, list):
            named = f"'{self.feed.records}' of the answer" if self.feed.records else "the answer"
            raise self._drifted(
                f"{named} is no list of rows", "" if self.feed.records else _lists_in(answer.body, None)
            )
        self.rows += len(found)
        return found

    def next_question(self, question: Question, answer: Answer, records: list[object]) -> Question | None:
        """What to ask next; None when that was the last page."""
        pages = self.feed.pages
        if pages is None:
            return None
        if self._is_last(answer, records):
            return None
        match pages:
            case LinkPages() | HeaderPages():
                link = answer.links.get("next") if isinstance(pages, HeaderPages) else self._text(answer, pages.next)
                self._refuse_nothing_next(link)
                return self.client.following(question, link, self.where) if link else None
            case CursorPages():
                token = self._text(answer, pages.next)
                self._refuse_nothing_next(token)
                return _asked_with(question, pages.parameter, token) if token else None
            case OffsetPages():
                self._refuse_repeated(records)
                return _asked_with(question, pages.parameter, str(self.rows))
            case NumberPages():
                self._refuse_repeated(records)
                return _asked_with(question, pages.parameter, str(pages.first + self.number))

    def require_all(self) -> None:
        """Raises FeedFault when the API counts more rows than it gave."""
        if self.total is not None and self.rows < self.total:
            what = f"the API counts {self.total} rows, and gave {self.rows}"
            raise FeedFault("failed", Problem(what, self.where, "see why it holds rows back, then extract again"))

    def _is_last(self, answer: Answer, records: list[object]) -> bool:
        pages = self.feed.pages
        assert pages is not None
        if pages.last is not None:
            return self._flag(answer, pages.last)
        if pages.more is not None:
            return not self._flag(answer, pages.more)
        if self.total is not None:
            return self.rows >= self.total or not records
        # Fewer rows than were asked for are no sign: an API may give fewer than it is asked for.
        return isinstance(pages, OffsetPages | NumberPages) and not records

    def _refuse_nothing_next(self, given: str | None) -> None:
        pages = self.feed.pages
        assert pages is not None
        if not given and (pages.last is not None or pages.more is not None):
            raise self._drifted("the answer says that there are more pages, and not where", "")

    def _refuse_repeated(self, records: list[object]) -> None:
        # A page beyond the last may be the last one again; an API may not know the parameter.
        try:
            content = hashlib.sha256(repr(records).encode("utf-8", "surrogatepass")).digest()
        except RecursionError:
            remedy = "ask the API's keepers what it is to mean"
            raise FeedFault("failed", Problem("the answer is nested too deep", self.where, remedy)) from None
        if records and content in self.contents:
            raise self._circle("the page is the same as an earlier one")
        self.contents.add(content)

    def _flag(self, answer: Answer, path: str) -> bool:
        _, found = JsonPath.of(path).find(answer.body)
        if not isinstance(found, bool):
            raise self._drifted(f"'{path}' of the answer is neither true nor false", "")
        return found

    def _count(self, answer: Answer, path: str) -> int:
        _, found = JsonPath.of(path).find(answer.body)
        text = str(found) if isinstance(found, int | str) and not isinstance(found, bool) else ""
        if not _COUNT.fullmatch(text):
            raise self._drifted(f"'{path}' of the answer is no number of rows", "")
        return int(text)

    def _text(self, answer: Answer, path: str) -> str:
        _, found = JsonPath.of(path).find(answer.body)
        return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""

    def _circle(self, what: str) -> FeedFault:
        remedy = "say under pages how the API tells the last page: last, more or total"
        return FeedFault("failed", Problem(f"{what}: the pages go round in circles", self.where, remedy))

    def _drifted(self, what: str, there: str) -> FeedFault:
        remedy = "ask the API's keepers what changed, or correct records and pages in sources.yaml"
        return FeedFault("drifted", Problem(what + there, self.where, remedy))


def _first(client: ApiClient, feed: Feed, parameters: Parameters) -> Question:
    url = client.url(feed.path or "")
    own: list[tuple[str, int | None]] = []
    match feed.pages:
        case OffsetPages() as pages:
            own = [(pages.size_parameter, pages.size), (pages.parameter, 0)]
        case NumberPages() as pages:
            size = [(pages.size_parameter, pages.size)] if pages.size_parameter is not None else []
            own = [*size, (pages.parameter, pages.first)]
    return Question(url, as_parameters([*parameters, *own]))


def _asked_with(question: Question, name: str, value: str) -> Question:
    return Question(question.url, as_parameters([*question.parameters, (name, value)]))


def _lists_in(body: object, wanted: str | None) -> str:
    """Where lists of objects stand in an answer, in words. Other keys are not named: they may be anything."""
    if not isinstance(body, dict):
        return ""
    lists = [key for key, value in body.items() if isinstance(value, list) and value and isinstance(value[0], dict)]
    return f"; there are lists at: {shown_names(lists, [*_LISTS, *([wanted] if wanted else [])])}" if lists else ""
