"""Holds an event against OpenLineage's specification, as its own library carries it: the classes that are generated
from the published schemas. A key that a schema does not have, one that is lacking, and a value of another kind are
told."""

from __future__ import annotations

import importlib
import pkgutil
import re
import typing
from datetime import datetime
from enum import Enum
from types import UnionType
from typing import Any
from uuid import UUID

import attr
import openlineage.client.generated as generated
from openlineage.client.generated import base

_PLAIN: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}


def problems_of_event(event: dict[str, Any]) -> list[str]:
    """What is wrong with a run event; nothing where it is as specified."""
    problems = list(_object(event, base.RunEvent, "event"))
    UUID(event["run"]["runId"])
    datetime.fromisoformat(event["eventTime"])
    if not re.match(r"https://openlineage\.io/spec/2-\d+-\d+/OpenLineage\.json#/\$defs/RunEvent", event["schemaURL"]):
        problems.append("event: not a run event's schema")
    return problems


def _classes() -> dict[str, type]:
    """Every facet's class by the address of its schema."""
    found: dict[str, type] = {}
    for module in pkgutil.iter_modules(generated.__path__):
        for value in vars(importlib.import_module(f"{generated.__name__}.{module.name}")).values():
            if isinstance(value, type) and attr.has(value) and hasattr(value, "_get_schema"):
                found[value._get_schema()] = value
    return found


_FACETS = _classes()


def _object(value: Any, kind: type, place: str) -> typing.Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place}: is no {kind.__name__}"
        return
    hints = typing.get_type_hints(kind)
    fields = {each.name: each for each in attr.fields(kind)}
    for name in value.keys() - fields.keys():
        yield f"{place}: {kind.__name__} has no {name}"
    for name, each in fields.items():
        if name in value:
            yield from _value(value[name], hints.get(name, Any), f"{place}.{name}")
        elif each.default is attr.NOTHING:
            yield f"{place}: {name} is lacking"


def _value(value: Any, kind: Any, place: str) -> typing.Iterator[str]:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, UnionType):
        real = [each for each in arguments if each is not type(None)]
        yield from _value(value, real[0], place)
    elif origin is list:
        for number, each in enumerate(value if isinstance(value, list) else [None]):
            yield from _value(each, arguments[0], f"{place}[{number}]")
    elif origin is dict:
        for name, each in value.items():
            yield from _value(each, arguments[1], f"{place}.{name}")
    elif isinstance(kind, type) and issubclass(kind, Enum):
        if value not in {each.value for each in kind}:
            yield f"{place}: {value!r} is none of its values"
    elif isinstance(kind, type) and issubclass(kind, base.BaseFacet):
        facet = _FACETS.get(value.get("_schemaURL", ""))
        yield from [f"{place}: no facet has this schema"] if facet is None else _object(value, facet, place)
    elif isinstance(kind, type) and attr.has(kind):
        yield from _object(value, kind, place)
    elif isinstance(kind, type) and kind.__name__ in _PLAIN and not isinstance(value, _PLAIN[kind.__name__]):
        yield f"{place}: {value!r} is no {kind.__name__}"
