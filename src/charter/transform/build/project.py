"""dbt's project of one installation: our models, those of the agency's tables and its own, in one folder of the state.

dbt writes the SQL that it compiles to a path made of the model's own, from the project's folder. A model beside that
folder has a path with ``..`` in it, which leads out of dbt's target folder, and out of the state. Here none is beside.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from charter.base.errors import StateError
from charter.base.files import unusable
from charter.base.settings import Settings
from charter.definitions import Agency
from charter.transform.compile.models import write_models

# What dbt reads of our project.
_FILES = ("dbt_project.yml", "profiles.yml")
_FOLDERS = ("models", "macros", "tests")
# Where the others' models stand in it.
TABLE_MODELS, OWN_MODELS = "tables", "own"


def table_models(settings: Settings) -> Path:
    """Where the models of the agency's tables are written."""
    return settings.work_dir / "models"


def lay_out(settings: Settings, agency: Agency) -> Path:
    """The project's folder as dbt reads it now: what differs is written anew, what is no more is taken away.

    Raises StateError when it can't be written.
    """
    write_models(agency, table_models(settings), _ours(settings))
    project = settings.work_dir / "dbt_project"
    wanted = dict(_wanted(settings))
    try:
        for name, source in wanted.items():
            _copy(source, project / name)
        for part in (*_FOLDERS, TABLE_MODELS, OWN_MODELS):
            for path in sorted((project / part).rglob("*")):
                if not path.is_dir() and path.relative_to(project).as_posix() not in wanted:
                    path.unlink()
    except OSError as error:
        raise StateError.of([unusable(error, project)]) from error
    return project


def place_of(settings: Settings, path: str) -> str:
    """A model's file, which dbt names from the project's folder, as a person finds it: in our project, written for the
    agency's tables, or the agency's own."""
    part, _, rest = path.partition("/")
    if part == TABLE_MODELS:
        return _near(table_models(settings) / rest, settings.var_dir.parent)
    if part == OWN_MODELS:
        return _near(settings.charter_dir / "models" / rest, settings.charter_dir.parent)
    return f"dbt_project/{path}"


def _near(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _ours(settings: Settings) -> Path:
    return settings.home / "dbt_project"


def _wanted(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Each file of the project by its place there, with the file that it is a copy of."""
    ours = _ours(settings)
    yield from ((name, ours / name) for name in _FILES)
    folders = [(name, ours / name) for name in _FOLDERS]
    folders += [(TABLE_MODELS, table_models(settings)), (OWN_MODELS, settings.charter_dir / "models")]
    for name, folder in folders:
        for at, _, files in os.walk(folder, followlinks=True):
            for file in files:
                path = Path(at, file)
                yield f"{name}/{path.relative_to(folder).as_posix()}", path


def _copy(source: Path, target: Path) -> None:
    """A copy is compared each time: half a file, left by a crash, is written again."""
    content = source.read_bytes()
    if target.is_file() and target.read_bytes() == content:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
