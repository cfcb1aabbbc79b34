"""Reads a charter folder into typed models; reports every error at once with its file and line."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.constructor import ConstructorError, DuplicateKeyError, RoundTripConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from charter.base.errors import DefinitionError, Problem
from charter.definitions.breaches import with_tables_of_the_broken
from charter.definitions.derived import resolve_subjects
from charter.definitions.document import Document, Folder
from charter.definitions.kept import keep_values, kept_values, key_of, plain_files
from charter.definitions.models import (
    Agency,
    CalendarDefinition,
    Charter,
    Kind,
    Organisation,
    Reports,
    Retention,
    Sources,
    Subjects,
)
from charter.definitions.waivers import register_source

# More than any charter has, and little to a machine.
_LARGEST = 10_000_000
_DEEPEST = 60
_LONGEST = 100_000
_MOST_NODES = 500_000
_SHOWN = 120

ModelT = TypeVar("ModelT", bound=BaseModel)

FILES: dict[str, type[BaseModel]] = {
    "charter.yaml": Charter,
    "departments.yaml": Organisation,
    "calendar.yaml": CalendarDefinition,
    "subjects.yaml": Subjects,
    "sources.yaml": Sources,
    "reports.yaml": Reports,
    "retention.yaml": Retention,
}
# A folder may be without these.
_OPTIONAL = ("reports.yaml", "retention.yaml")

# What a folder begins without.
_EMPTY: dict[str, BaseModel] = {
    "subjects.yaml": Subjects(subjects={}),
    "sources.yaml": Sources.model_construct(sources=[]),
    "reports.yaml": Reports(),
    "retention.yaml": Retention(),
}

_KINDS = ", ".join(get_args(Kind))
_REMEDIES = {
    "extra_forbidden": "remove this key, or correct its spelling",
    "missing": "add this key",
    "union_tag_invalid": f"use one of the kinds {_KINDS}",
    "union_tag_not_found": f"add kind: one of {_KINDS}",
    "literal_error": "use one of the values named",
    "date_from_datetime_parsing": "write a date as YYYY-MM-DD",
}
_MISSING_CLOCK = (
    "name the clock: elapsed, business_hours, working_days or kr_civil_petition (calendar for slots and days); "
    "there is no default"
)


class _Composer(Composer):
    """Stops at texts nested deeper, or longer, than anything that a person writes."""

    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self._depth += 1
        if self._depth > _DEEPEST:
            mark = self.parser.peek_event().start_mark
            raise ComposerError(None, None, f"this is nested more than {_DEEPEST} deep", mark)
        node = super().compose_node(parent, index)
        if isinstance(node, ScalarNode) and len(node.value) > _LONGEST:
            raise ComposerError(None, None, f"this text has more than {_LONGEST} letters", node.start_mark)
        self._depth -= 1
        return node


class _Constructor(RoundTripConstructor):
    """Leaves a date that no calendar has (2026-02-30) as the text that it is: its model then says so, with its line."""

    def construct_document(self, node: Any) -> Any:
        _refuse_explosion(node, {})
        return super().construct_document(node)

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError) as error:
            raise ConstructorError(None, None, f"this value can't be read ({error})", node.start_mark) from None

    def construct_yaml_timestamp(self, node: Any, values: Any = None) -> Any:
        try:
            return super().construct_yaml_timestamp(node, values)
        except ValueError:
            return self.construct_scalar(node)


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _Constructor.construct_yaml_timestamp)


def _refuse_explosion(node: Node, sizes: dict[int, int | None]) -> int:
    """How many nodes there are below ``node`` when every alias is written out. Few lines can mean any number.

    Raises ConstructorError when it is more than anybody writes, or when an alias stands within what it stands for.
    """
    if id(node) in sizes:
        size = sizes[id(node)]
        if size is None:
            raise ConstructorError(None, None, "an alias here stands for what it is a part of", node.start_mark)
        return size
    sizes[id(node)] = None
    children: list[Node] = []
    if isinstance(node, MappingNode):
        children = [child for pair in node.value for child in pair]
    elif isinstance(node, SequenceNode):
        children = node.value
    size = 1 + sum(_refuse_explosion(child, sizes) for child in children)
    if size > _MOST_NODES:
        what = f"with its aliases written out, this has more than {_MOST_NODES} entries"
        raise ConstructorError(None, None, what, node.start_mark)
    sizes[id(node)] = size
    return size


@lru_cache(maxsize=32)
def _tree(content: bytes) -> Any:
    """What a file holds, with the line of everything in it; only read. Parsing is nearly all that loading costs, and
    when one file of a folder changes, the others are as they were."""
    parser = YAML(typ="rt")
    parser.Constructor = _Constructor
    parser.Composer = _Composer
    return parser.load(content.decode("utf-8"))


def _read(path: Path) -> Document:
    shown = f"{path.parent.name}/{path.name}"
    content = _content(path, shown)
    try:
        tree = _tree(content)
    except YAMLError as error:
        what, line, remedy = _complaint(error, content)
        raise DefinitionError(what, where=f"{shown}:{line}" if line else shown, remedy=remedy) from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DefinitionError(
            "the file is not UTF-8 text", where=f"{shown}:{line}", remedy="save the file with the encoding UTF-8"
        ) from error
    except RecursionError as error:
        remedy = "write it flatter: no definition needs that"
        raise DefinitionError("the file is nested too deep", where=shown, remedy=remedy) from error
    return Document(shown, tree, hashlib.sha256(content).hexdigest())


def _content(path: Path, shown: str) -> bytes:
    try:
        # A named pipe would never end.
        if path.exists() and not path.is_file():
            raise DefinitionError("this is no plain file", where=shown, remedy="put the file itself there")
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except FileNotFoundError as error:
        raise DefinitionError(
            "the file is missing",
            where=shown,
            remedy=f"a charter folder has {', '.join(name for name in FILES if name not in _OPTIONAL)}: add this one",
        ) from error
    except OSError as error:
        raise DefinitionError(
            f"the file can't be read ({error.strerror})", where=shown, remedy="give this user the right to read it"
        ) from error
    if len(content) > _LARGEST:
        what = f"the file holds more than {_LARGEST // 1_000_000} MB"
        raise DefinitionError(what, where=shown, remedy="see what it holds: no definition needs that")
    return content


def _complaint(error: YAMLError, content: bytes) -> tuple[str, int | None, str]:
    """(what is wrong, the line, the remedy) of a text that is not the YAML that we read."""
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else None
    said = str(getattr(error, "problem", error))
    if isinstance(error, ReaderError):
        line = content.decode("utf-8")[: error.position].count("\n") + 1
        character = error.character if isinstance(error.character, int) else ord(str(error.character)[:1] or "?")
        return f"the control character U+{character:04X} stands here", line, "delete it"
    if isinstance(error, DuplicateKeyError):
        return (
            said.split(" with value")[0].replace("found duplicate key", "this key is there twice:"),
            line,
            ("keep one of the two"),
        )
    if isinstance(error, ConstructorError | ComposerError):
        return said, line, "write this out as the pages of docs/ show it"
    return f"this is not valid YAML: {said}", line, "mend the indentation or quoting here"


def _spelling(pattern: str) -> str:
    """How a text that must meet ``pattern`` is written."""
    if "@" in pattern:
        return "write one address, such as desk@agency.example"
    signs = [sign for sign in "-_." if sign in pattern.replace("A-Z", "").replace("a-z", "").replace("0-9", "")]
    begins = "" if pattern.startswith(("^[a-z0-9]", "^[A-Z")) else ", beginning with a letter"
    letters = "letters from a to z" if "A-Z" in pattern else "small letters from a to z"
    return f"write it in {letters}, digits{''.join(f' and {sign!r}' for sign in signs)}{begins}"


def _problem(document: Document, error: Any) -> Problem:
    location, kind = error["loc"], error["type"]
    name = next((str(step) for step in reversed(location) if isinstance(step, str)), "file")
    message = error["msg"].removeprefix("Value error, ")
    if kind == "missing":
        message = f"'{name}' is not given"
    elif kind == "extra_forbidden":
        message = f"'{name}' is not a known key"
    elif kind == "string_pattern_mismatch":
        message = f"'{name}' is {str(error['input'])[:_SHOWN]!r}, and is written otherwise"
        return Problem(message, document.place(location), _spelling(error["ctx"]["pattern"]))
    elif not isinstance(error["input"], dict | list):
        given = repr(error["input"])
        message = f"'{name}' is {given if len(given) <= _SHOWN else given[:_SHOWN] + '…'}: {message}"
    remedy = _MISSING_CLOCK if (name, kind) == ("clock", "missing") else _REMEDIES.get(kind, "correct this value")
    return Problem(message, document.place(location), remedy)


def _plain(node: Any) -> Any:
    """The tree without ruamel's wrappers, as pydantic in strict spirit expects it."""
    if isinstance(node, dict):
        return {str(key) if not isinstance(key, str) else key: _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return node


def _model(document: Document, model: type[ModelT]) -> tuple[ModelT | None, list[Problem]]:
    try:
        return model.model_validate(_plain(document.tree)), []
    except ValidationError as error:
        return None, [_problem(document, item) for item in error.errors()]


def read_folder(folder: Path, may_lack: tuple[str, ...] = ()) -> Folder:
    """Reads and types the files; those that ``may_lack`` names count as empty when they are not there.

    reports.yaml may always be missing: then there is the weekly report. So may retention.yaml: then all is kept.

    Raises DefinitionError carrying every problem of every file.
    """
    documents: dict[str, Document] = {}
    problems: list[Problem] = []
    for name in FILES:
        if name in (*may_lack, *_OPTIONAL) and not (folder / name).exists():
            documents[name] = Document(f"{folder.name}/{name}", {}, "")
            continue
        try:
            documents[name] = _read(folder / name)
        except DefinitionError as error:
            problems.extend(error.problems)
    return _typed(documents, problems)


def _typed(documents: dict[str, Document], problems: Sequence[Problem] = ()) -> Folder:
    """The documents with their models; those of files that are not there are empty. Raises DefinitionError with
    ``problems`` and every further one."""
    models: dict[str, Any] = {}
    found = list(problems)
    for name, document in documents.items():
        if not document.digest:
            models[name] = _EMPTY[name]
            continue
        models[name], more = _model(document, FILES[name])
        found.extend(more)
    if found:
        raise DefinitionError.of(found)
    fed = {feed.table for source in models["sources.yaml"].sources for feed in source.feeds}
    models["subjects.yaml"], found = resolve_subjects(documents["subjects.yaml"], models["subjects.yaml"], fed)
    if found:
        raise DefinitionError.of(found)
    return Folder(documents, *(models[name] for name in FILES))


def charter_document(folder: Path) -> Document:
    """charter.yaml of ``folder`` with the line of everything in it. Raises DefinitionError."""
    path = folder / "charter.yaml"
    return _charter_document(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=4)
def _charter_document(path: Path, _modified: int) -> Document:
    return _read(path)


def load_agency(folder: Path, cache: Path | None = None) -> Agency:
    """The agency defined in ``folder``, checked as a whole.

    With ``cache``, a folder of this user's state, the files' values are taken from there when they are those of the
    files as they are now, and kept there otherwise (see ``charter.definitions.kept``).

    Raises DefinitionError with every problem found: file, line, what is wrong and how to mend it.
    """
    files = [*((name, folder / name) for name in FILES), *((_within(folder, path), path) for path in own_files(folder))]
    digests = plain_files(iter(files))
    if digests is None:
        return _checked(read_folder(folder), _digests(folder))
    return _load_agency(folder, tuple(digests.items()), cache)


@lru_cache(maxsize=4)
def _load_agency(folder: Path, digests: tuple[tuple[str, str], ...], cache: Path | None) -> Agency:
    """``digests`` are those of the folder's files: whatever changed is read again."""
    own = {name: digest for name, digest in digests if name not in FILES}
    if cache is None:
        return _checked(read_folder(folder), own)
    key = key_of(folder.name, dict(digests))
    values = kept_values(cache, key)
    if values is not None:
        with suppress(DefinitionError, KeyError, TypeError):
            return _agency(_typed(_documents(folder, values, dict(digests))), own)
    read = read_folder(folder)
    agency = _checked(read, own)
    # A file that was changed meanwhile is not what the key stands for.
    if all(dict(digests).get(name, "") == document.digest for name, document in read.documents.items()):
        values = {name: _plain(document.tree) for name, document in read.documents.items() if document.digest}
        keep_values(cache, key, values)
    return agency


def _documents(folder: Path, values: dict[str, Any], digests: dict[str, str]) -> dict[str, Document]:
    """The files' documents of their kept ``values``: without lines, for nothing is wrong with them."""
    return {
        name: Document(f"{folder.name}/{name}", values[name] if name in digests else {}, digests.get(name, ""))
        for name in FILES
    }


def _checked(read: Folder, own: dict[str, str]) -> Agency:
    from charter.definitions.checks import check_folder

    if problems := check_folder(read):
        raise DefinitionError.of(problems)
    return _agency(read, own)


def _agency(read: Folder, own: dict[str, str]) -> Agency:
    return Agency(
        charter=read.charter,
        organisation=read.organisation,
        calendar=read.calendar,
        subjects=with_tables_of_the_broken(read.charter, read.subjects.subjects),
        sources=[*read.sources.sources, *([register_source()] if read.organisation.approvers else [])],
        reports=read.reports,
        retention=read.retention,
        # Which reports are made, and how long what is kept, has no part in any figure.
        digests={
            **{name: document.digest for name, document in read.documents.items() if name not in _OPTIONAL},
            **own,
        },
    )


def own_files(folder: Path) -> list[Path]:
    """What an agency writes itself: its models with their descriptions and unit tests, and its catalogues of texts."""
    return [path for part in ("models", "words") for path in sorted((folder / part).rglob("*")) if path.is_file()]


def _digests(folder: Path) -> dict[str, str]:
    """The digests of the files that an agency writes itself, by their path in the folder."""
    return {_within(folder, path): hashlib.sha256(path.read_bytes()).hexdigest() for path in own_files(folder)}


def _within(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()
