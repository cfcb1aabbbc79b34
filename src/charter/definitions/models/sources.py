"""sources.yaml: where the rows come from."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from charter.definitions.models.common import (
    ColumnName,
    Duration,
    Identifier,
    Size,
    Strict,
    Words,
    ZoneName,
)


class Years(Strict):
    """The years that dates may have, both included. Any other is a slip: 0026 for 2026, or 2062."""

    first: int = Field(ge=1, le=9999)
    last: int = Field(ge=1, le=9998)

    @model_validator(mode="after")
    def _in_order(self) -> Years:
        if self.first > self.last:
            raise ValueError("first is later than last")
        return self


Century = Literal[1900, 2000]
ThousandsMark = Literal[",", ".", " ", "'"]
DecimalMark = Literal[".", ","]


class MappedColumn(Strict):
    """Where a column's value comes from, and how codes are translated. ``values`` maps source values to ours.

    ``null_tokens`` are texts that mean nothing was entered in this column, beside the source's.
    ``optional`` columns of an API may be absent from every row of a night: some APIs leave out what is empty.
    ``format``, ``century``, ``midnight_24``, ``thousands``, ``decimal`` and ``plausible_years`` stand for the source's
    (see Source). ``ignore_time``: a date is the day of a moment that the source writes with its time, on the source's
    clocks.
    """

    source: str = Field(min_length=1)
    values: dict[str, str | bool] | None = None
    null_tokens: list[str] = Field(default_factory=list)
    format: str | None = None
    optional: bool = False
    century: Century | None = None
    midnight_24: bool | None = None
    thousands: ThousandsMark | None = None
    decimal: DecimalMark | None = None
    plausible_years: Years | None = None
    ignore_time: bool = False


class ConstantColumn(Strict):
    """A column that the source does not have: every row of the feed has this value of ours."""

    constant: str | bool | int | float


def _form_of(column: object) -> str:
    if not isinstance(column, dict | MappedColumn | ConstantColumn):
        return "heading"
    is_constant = "constant" in column if isinstance(column, dict) else isinstance(column, ConstantColumn)
    return "constant" if is_constant else "mapped"


# How a feed's column is written decides what it may hold, so that a mistake in it is told once.
FeedColumn = Annotated[
    Annotated[str, Tag("heading")]
    | Annotated[MappedColumn, Tag("mapped")]
    | Annotated[ConstantColumn, Tag("constant")],
    Discriminator(_form_of),
]


class Cursor(Strict):
    """Extract only rows whose ``column`` moved since the last time, looking back ``overlap`` for late commits."""

    column: str = Field(min_length=1)
    overlap: Duration


class Authentication(Strict):
    """How an API is told who asks. The secret is in the environment as CHARTER_AUTH_<NAME>, never in a file of ours.

    ``bearer``: a token. ``basic``: ``user:password``. ``api_key``: a key, in the ``header`` or the query ``parameter``
    of that name.
    """

    by: Literal["none", "bearer", "basic", "api_key"] = "none"
    header: str | None = Field(default=None, pattern=r"^[A-Za-z0-9-]+$")
    parameter: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _key_has_one_place(self) -> Authentication:
        if (self.header is not None) + (self.parameter is not None) != (self.by == "api_key"):
            raise ValueError("an api_key has either a header or a parameter; other ways to authenticate have neither")
        return self


class Requests(Strict):
    """How an API is asked: ``per_minute`` requests at most; each up to ``attempts`` times when the API is down or busy.

    ``timeout`` is for the connection, and for each pause within an answer. An API that asks to wait (Retry-After) for
    more than ``longest_wait`` counts as unreachable.
    """

    per_minute: int | None = Field(default=None, ge=1)
    timeout: Duration = Duration(30, "seconds")
    attempts: int = Field(default=4, ge=1, le=10)
    longest_wait: Duration = Duration(2, "minutes")

    @model_validator(mode="after")
    def _not_in_days(self) -> Requests:
        if {self.timeout.unit, self.longest_wait.unit} & {"days", "months"}:
            raise ValueError("timeout and longest_wait are given in seconds, minutes or hours")
        return self


class Limits(Strict):
    """What one feed may take in one night: beyond that it has failed, and the night goes on without it.

    ``time`` is from its first question to its last row. ``size`` is how much one file may hold (as it is stored, and
    unpacked), or all that a database or an API gives of one feed; one answer of an API may hold a tenth of it.
    """

    time: Duration = Duration(30, "minutes")
    size: Size = Size(1, "GB")

    @model_validator(mode="after")
    def _not_in_days(self) -> Limits:
        if self.time.unit in ("days", "months") or self.time.amount == 0:
            raise ValueError("time is given in seconds, minutes or hours, and is more than none")
        return self


class Pages(Strict):
    """How the pages of an answer go on. Paths are those of the answer, dotted (``meta.next``).

    ``last`` is true on the last page, ``more`` is false there; ``total`` is the number of rows of all pages.
    ``at_most`` pages are read: beyond that the API is taken to go round in circles.
    """

    last: str | None = None
    more: str | None = None
    total: str | None = None
    at_most: int = Field(default=10_000, ge=1)


class LinkPages(Pages):
    """The address of the next page stands in the answer, at ``next``."""

    by: Literal["link"]
    next: str = Field(min_length=1)


class HeaderPages(Pages):
    """The address of the next page stands in the Link header, as rel="next"."""

    by: Literal["link_header"]


class CursorPages(Pages):
    """A token in the answer, at ``next``, is the ``parameter`` that asks for the next page."""

    by: Literal["cursor"]
    next: str = Field(min_length=1)
    parameter: str = Field(min_length=1)


class OffsetPages(Pages):
    """``parameter`` is the number of rows to skip; ``size`` rows are asked for by ``size_parameter``."""

    by: Literal["offset"]
    parameter: str = "offset"
    size: int = Field(ge=1)
    size_parameter: str = "limit"


class NumberPages(Pages):
    """``parameter`` is the number of the page, from ``first`` on; ``size`` rows are asked for by ``size_parameter``."""

    by: Literal["number"]
    parameter: str = "page"
    first: int = Field(default=1, ge=0)
    size: int | None = Field(default=None, ge=1)
    size_parameter: str | None = None

    @model_validator(mode="after")
    def _size_and_its_parameter(self) -> NumberPages:
        if (self.size is None) != (self.size_parameter is None):
            raise ValueError("size and size_parameter are given together, or not at all")
        return self


AnyPages = Annotated[LinkPages | HeaderPages | CursorPages | OffsetPages | NumberPages, Field(discriminator="by")]


class LeftOut(Strict):
    """Rows that a feed's SQL is not to see: those of ``arrived`` for which ``where`` holds, and ``because`` of what.

    ``where`` is a condition in DuckDB's SQL over the columns that arrived; it may look at other rows of ``arrived``.
    """

    where: str = Field(min_length=1)
    because: Words


class Feed(Strict):
    """One stream of rows of a source into one subject table.

    ``query`` (sql), ``path`` (files) or ``sheet`` (workbook) says where the rows are. In a path ``{day}`` stands for
    YYYYMMDD in daily files; ``*`` and ``?`` make one feed of all the files that match. The headings stand on the row
    ``header_row``, or on ``header_rows`` rows from there on: a column's name is then what they say together. In
    workbooks a cell under a merge is refused, or, with ``merged_cells: fill``, holds what the merge shows. ``names``
    are the columns of a file without a header (``header_row`` is then not used), of which a row has at least
    ``fewest``; ``log`` names a file of Asterisk whose columns are known. ``arrived_sql`` is one SELECT over the table
    ``arrived`` (the source's columns as texts, ``_place``, ``_line``, ``_row``): ``columns`` then maps what it gives;
    in ``_rows`` it says of which rows it made each. Rows ``left_out`` it does not see: the first reason that holds is
    counted. ``recorded_at`` is the source column with the instant a row was written there: rows recorded after
    ``as_of`` wait for their own night. ``full`` feeds give everything each time, so a vanished key is a deletion; when
    more than the share ``may_shrink_by`` of the known keys (and more than one) vanish at once, none of them is. What is
    deleted so stays in doubt until a person confirms it, unless ``deletions`` are ``believed``. ``deleted_when`` names
    source columns (of what ``arrived_sql`` gives, where there is one) and their values by which a row says that its key
    was deleted: such a row withdraws what is known under the key, and need hold nothing but the key. ``in_order`` lists
    columns of ours of which none may be earlier than the one before it: a row that contradicts itself is quarantined.

    A daily file is heard of when it holds a row dated on its day, and not more of one other day: by our column
    ``dated_by``, or else by the first required column that is an instant or a date. ``of_any_day`` files hold rows of
    any day, and none must be of their own. A key belongs to its day: with other content in another day's file it is
    refused, unless ``days_correct_each_other``. A key that another row has but for upper and lower case is refused,
    unless the source tells such keys apart (``case_sensitive_keys``: ids of base 62, say).

    Of an ``http`` API, ``path`` is asked with ``parameters``, in which ``{since}`` and ``{as_of}`` stand for instants
    written as ``parameter_format`` says (``iso8601`` and ``unix``, ``unix_ms`` in UTC, else a strftime pattern in the
    source's zone); on a first night ``{since}`` is ``earliest``. The rows are the list at ``records`` of the answer
    (the answer itself, if that is not given), and ``pages`` says how they go on. Of LimeSurvey, ``survey`` is the id.
    ``limits`` that differ from the source's are given here.

    ``columns`` says of each column of ours which column of the source it is, or which ``constant``.
    """

    table: ColumnName
    query: str | None = None
    path: str | None = None
    sheet: str | None = None
    log: Literal["queue_log", "cdr"] | None = None
    header_row: int = Field(default=1, ge=1)
    header_rows: int = Field(default=1, ge=1, le=5)
    merged_cells: Literal["refuse", "fill"] = "refuse"
    names: list[str] | None = None
    fewest: int | None = Field(default=None, ge=1)
    arrived_sql: str | None = None
    left_out: list[LeftOut] = Field(default_factory=list)
    recorded_at: str | None = None
    cursor: Cursor | None = None
    in_order: list[Annotated[list[ColumnName], Field(min_length=2)]] = Field(default_factory=list)
    full: bool = False
    may_shrink_by: float = Field(default=0.2, ge=0, le=1)
    deletions: Literal["doubted", "believed"] = "doubted"
    deleted_when: dict[str, list[str]] = Field(default_factory=dict)
    dated_by: ColumnName | None = None
    of_any_day: bool = False
    days_correct_each_other: bool = False
    case_sensitive_keys: bool = False
    parameters: dict[str, str | int | bool] = Field(default_factory=dict)
    parameter_format: str = "iso8601"
    earliest: date = date(1970, 1, 1)
    records: str | None = None
    pages: AnyPages | None = None
    survey: int | None = Field(default=None, ge=1)
    limits: Limits | None = None
    columns: dict[ColumnName, FeedColumn]

    @property
    def is_daily(self) -> bool:
        """Whether it comes as a file for each day."""
        return "{day}" in (self.path or "")

    @property
    def keys_belong_to_days(self) -> bool:
        """Whether one key in two days' files is two rows, of which the second is refused."""
        return self.is_daily and not self.days_correct_each_other

    def mapped(self) -> dict[str, MappedColumn]:
        """Every column of ours that is one of the source's, with its mapping in the long form."""
        return {
            name: MappedColumn(source=column) if isinstance(column, str) else column
            for name, column in self.columns.items()
            if not isinstance(column, ConstantColumn)
        }

    def constants(self) -> dict[str, str | bool | int | float]:
        """Every column of ours that has one value in all rows."""
        return {name: column.constant for name, column in self.columns.items() if isinstance(column, ConstantColumn)}


class WallClock(Strict):
    """What naive times mean when clocks change.

    A time that occurs twice (clocks went back) is the ``first`` or the ``second`` of the two; one that never occurs
    (clocks went forward) is the ``end`` of the gap. ``refuse`` sends such rows to quarantine.
    """

    twice: Literal["first", "second", "refuse"] = "first"
    never: Literal["end", "refuse"] = "end"


class Freshness(Strict):
    """When a source counts as having spoken: each night, or a file for each (working) day.

    A daily file without rows says that nothing happened: on the agency's ``days_off`` only, or on ``any_day``. A source
    that is asked each night is stale when it had nothing new for more than ``silent_working_days`` in a row.

    After ``tell_after_nights`` nights in a row without it, its owner and the operators are told.
    """

    expect: Literal["each_night", "file_each_day", "file_each_working_day"]
    quiet_days: Literal["days_off", "any_day"] = "days_off"
    silent_working_days: int | None = Field(default=None, ge=1)
    tell_after_nights: int = Field(default=2, ge=1, le=60)


def _case_address(text: str) -> str:
    address = urlsplit(text)
    if address.scheme not in ("https", "http") or not address.netloc:
        raise ValueError("is no web address: begin it with https://")
    if address.username or address.password:
        raise ValueError("holds a user name or a password: reports would tell them")
    if "{case}" in address.netloc or text.count("{case}") != 1 or {"{", "}"} & set(text.replace("{case}", "")):
        raise ValueError("names the case once, as {case}, after the host")
    return text


CaseAddress = Annotated[str, AfterValidator(_case_address)]


class Source(Strict):
    """A source system. ``connection`` is a name: its address is in the environment as CHARTER_CONN_<NAME>.

    ``time_zone`` is that of its naive times, ``wall_clock`` what they mean when clocks change. An ``instant_format`` is
    a strptime pattern, or ``unix`` for seconds since 1970. ``quoted``: cells of text files may stand in double quotes.
    ``null_tokens`` are texts that mean nothing was entered. ``padded``: lines of only delimiters under a text file's
    last row are no rows (spreadsheets write them), nor are blank rows between those of a workbook's sheet.

    What is refused unless it is said: with ``century`` a year may have two digits, and is of that century; with
    ``midnight_24`` 24:00 is the midnight that ends the day; ``thousands`` is the mark between the thousands of numbers,
    ``decimal`` the one before their fractions (a point, unless a text file says otherwise). ``plausible_years`` are
    those that dates may have (by default from 50 years before the charter came into force to 20 years after the night).

    ``owner`` is the department that is asked when its data are missing: its recipients are told by mail.
    ``case_address`` is the web address of a case in the source system, with ``{case}`` for the case's number: reports
    link to it.
    """

    id: Identifier
    text: Words
    kind: Literal["sql", "csv", "workbook", "parquet", "asterisk", "http", "limesurvey"]
    connection: Identifier
    time_zone: ZoneName
    encoding: str = "utf-8-sig"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quoted: bool = True
    padded: bool = False
    wall_clock: WallClock = WallClock()
    instant_format: str = "%Y-%m-%d %H:%M:%S"
    date_format: str = "%Y-%m-%d"
    null_tokens: list[str] = Field(default_factory=lambda: [""])
    booleans: dict[str, bool] = Field(default_factory=dict)
    century: Century | None = None
    midnight_24: bool = False
    thousands: ThousandsMark | None = None
    decimal: DecimalMark | None = None
    plausible_years: Years | None = None
    authentication: Authentication = Authentication()
    requests: Requests = Requests()
    limits: Limits = Limits()
    freshness: Freshness
    owner: Identifier | None = None
    case_address: CaseAddress | None = None
    feeds: list[Feed] = Field(min_length=1)

    @model_validator(mode="after")
    def _marks_are_told_apart(self) -> Source:
        mapped = [column for feed in self.feeds for column in feed.mapped().values()]
        marks = [(column.decimal or self.decimal or ".", column.thousands or self.thousands) for column in mapped]
        for decimal, thousands in [(self.decimal or ".", self.thousands), *marks]:
            if decimal != "." and self.kind != "csv":
                raise ValueError(f"decimal: '{decimal}' is for text files (kind: csv); a {self.kind} gives numbers")
            if decimal == thousands:
                raise ValueError(f"'{decimal}' is both decimal and thousands: a number could mean either")
        return self

    def limits_of(self, feed: Feed) -> Limits:
        """What ``feed`` may take: its own limits where it gives them, else the source's."""
        own = {name: getattr(feed.limits, name) for name in feed.limits.model_fields_set} if feed.limits else {}
        return self.limits.model_copy(update=own)


class Sources(Strict):
    """sources.yaml: where the rows come from."""

    sources: list[Source] = Field(min_length=1)
