"""The reference part of the documentation, written from the code: commands, keys of files, DAGs, JSON Schemas."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from charter.cli import main
from charter.definitions.load import FILES

HOME = Path(__file__).parents[2]
SCHEMAS = HOME / "schemas"
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
# What is worked out from another key where it is not given, before the model is made.
_DERIVED = {"charter.yaml": ["languages"]}


# ── JSON Schemas ─────────────────────────────────────────────────────────────────────────────────────────────────────


def schema_file(name: str) -> Path:
    return SCHEMAS / name.replace(".yaml", ".json")


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a file of the charter folder, as editors read it."""
    made: dict[str, Any] = _for_editors(FILES[name].model_json_schema())
    if name in _DERIVED:
        made["required"] = [key for key in made["required"] if key not in _DERIVED[name]]
    return {"$schema": _DRAFT, **made, "title": name}


def schema_text(name: str) -> str:
    return json.dumps(schema(name), ensure_ascii=False, indent=1) + "\n"


def _for_editors(value: Any) -> Any:
    """Several forms of a value may fit at once, and docstrings are one paragraph."""
    if isinstance(value, dict):
        renamed = {"anyOf" if key == "oneOf" else key: _for_editors(each) for key, each in value.items()}
        if isinstance(renamed.get("description"), str):
            renamed["description"] = _prose(renamed["description"])
        renamed.pop("discriminator", None)
        return renamed
    return [_for_editors(each) for each in value] if isinstance(value, list) else value


def _prose(docstring: str) -> str:
    paragraphs = inspect.cleandoc(docstring).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()).replace("``", "`") for paragraph in paragraphs)


# ── configuration ────────────────────────────────────────────────────────────────────────────────────────────────────


def configuration_page() -> str:
    return "".join(_of_file(name) for name in FILES)


def _of_file(name: str) -> str:
    made = schema(name)
    lines = [f"## {name}\n\n", _without_name(made.get("description", ""), name), "\n\n", *_keys(made)]
    for model, each in made.get("$defs", {}).items():
        if "properties" in each:
            lines += [f"### {model} ({name.removesuffix('.yaml')})\n\n"]
            lines += [f"{each['description']}\n\n"] if "description" in each else []
            lines += _keys(each)
    return "".join(lines)


def _without_name(text: str, name: str) -> str:
    rest = text.removeprefix(f"{name}: ")
    return rest[:1].upper() + rest[1:]


def _keys(made: Mapping[str, Any]) -> Iterator[str]:
    yield "| key | value | without it |\n| --- | --- | --- |\n"
    required = made.get("required", [])
    for key, value in made["properties"].items():
        default = "**required**" if key in required else _default(value)
        yield f"| `{key}` | {_type(value)} | {default} |\n"
    yield "\n"


def _default(value: Mapping[str, Any]) -> str:
    default = value.get("default")
    if default in (None, [], {}):
        return ""
    return f"`{json.dumps(default, ensure_ascii=False)}`".replace("|", "\\|")


def _type(value: Mapping[str, Any]) -> str:
    if "$ref" in value:
        return str(value["$ref"]).rpartition("/")[2].replace("_", "\\_")
    if "const" in value:
        return f"`{value['const']}`"
    if "enum" in value:
        return ", ".join(f"`{each}`" for each in value["enum"])
    if "anyOf" in value:
        kinds = dict.fromkeys(_type(each) for each in value["anyOf"] if each.get("type") != "null")
        return " or ".join(kinds)
    if value.get("type") == "array":
        return f"list of {_type(value.get('items', {})) or 'values'}"
    if value.get("type") == "object":
        of = value.get("additionalProperties")
        return f"mapping to {_type(of)}" if isinstance(of, dict) and _type(of) else "mapping"
    if value.get("format") == "date":
        return "date"
    words = {"string": "text", "integer": "whole number", "boolean": "`true` or `false`", "number": "number"}
    return words.get(value.get("type", ""), "")


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def commands_page() -> str:
    return "".join(_of_command(main, click.Context(main, info_name="charter"), 2))


def _of_command(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    if context.parent is not None:
        yield f"{'#' * min(level, 4)} {context.command_path}\n\n"
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"`{context.command_path} {usage}`\n\n" if usage else ""
    yield f"{_paragraphs(command.help or '')}\n\n"
    options = [found for each in command.get_params(context) if (found := each.get_help_record(context))]
    options = [(names, text) for names, text in options if names != "--help"]
    if options:
        yield "| option | what |\n| --- | --- |\n"
        yield from (f"| `{_cell(names)}` | {_cell(text)} |\n" for names, text in options)
        yield "\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            each = command.get_command(context, name)
            if each is not None and not each.hidden:
                yield from _of_command(each, click.Context(each, info_name=name, parent=context), level + 1)


def _paragraphs(text: str) -> str:
    # A backspace marks a paragraph that keeps its lines.
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(
        "```\n" + paragraph.removeprefix("\b\n") + "\n```"
        if paragraph.startswith("\b")
        else re.sub(r"([<>])", r"\\\1", " ".join(paragraph.split()))
        for paragraph in paragraphs
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# ── DAGs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def dags_page() -> str:
    """The manuals of the DAGs, each a section: what their files say of themselves."""
    files = sorted((HOME / "dags").glob("charter_*.py"))
    manuals = [ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "" for file in files]
    return "".join(f"{re.sub(r'^#', '##', manual, flags=re.M)}\n\n" for manual in manuals if manual.startswith("# "))
