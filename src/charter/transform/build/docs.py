"""dbt's own documentation of the models: one page that opens offline."""

from __future__ import annotations

from pathlib import Path

from charter.base.errors import TransformError
from charter.base.files import write_whole
from charter.base.settings import Settings
from charter.definitions.models import Agency
from charter.transform.build.nightly import run_dbt

# What the last build ended with: seals name it, and documenting is no build.
_OF_THE_BUILD = "run_results.json"


def document_models(settings: Settings, agency: Agency, target: Path) -> None:
    """Writes every table and column, the graph of models, and the reports that read the marts to ``target``.

    Raises TransformError when nothing was built yet, or dbt can't read the project.
    """
    if not settings.work_warehouse.exists():
        where = str(settings.work_warehouse)
        raise TransformError("no warehouse has been built", where=where, remedy="run a night first: charter nightly")
    folder = settings.work_dir / "dbt_target"
    results = folder / _OF_THE_BUILD
    built = results.read_bytes() if results.exists() else None
    try:
        run_dbt(settings, agency, ["docs", "generate", "--static"])
    finally:
        if built is not None:
            write_whole(results, built)
    write_whole(target, (folder / "static_index.html").read_bytes())
