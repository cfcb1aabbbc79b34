"""Great Expectations' own results, kept beside ours: one compressed file a night, a suite's validation on each line.

They are its JSON without what differs from run to run (wall times, the paths in queries) and without what may hold
values of rows: the same night gives the same bytes, and its queries stand in ``expectations/suites``.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from charter.assertions.faults import raised_fault
from charter.assertions.results import results_path
from charter.assertions.suites import SuiteDefinition
from charter.base.errors import CheckError
from charter.base.files import write_whole
from charter.base.moments import stamp
from charter.base.settings import Settings

Validation = Mapping[str, Any]

# What Great Expectations counts; everything else of a result may quote rows.
_COUNTS = frozenset(
    [
        "element_count",
        "unexpected_count",
        "unexpected_percent",
        "unexpected_percent_total",
        "unexpected_percent_nonmissing",
        "missing_count",
        "missing_percent",
    ]
)
_NOTHING_RAISED = {"raised_exception": False, "exception_traceback": None, "exception_message": None}
_LEVEL = 9


def validations_path(settings: Settings, as_of: datetime) -> Path:
    """The file of the night ``as_of`` (aware): JSON lines, compressed with gzip."""
    return results_path(settings, as_of).with_name("validations.jsonl.gz")


def as_kept(validated: dict[str, Any]) -> dict[str, Any]:
    """One suite's validation, as Great Expectations writes it in JSON, with only what can be kept."""
    meta = {"great_expectations_version": validated["meta"]["great_expectations_version"]}
    results = [_result_as_kept(each) for each in validated["results"]]
    kept = {name: validated[name] for name in ("success", "suite_name", "suite_parameters", "statistics")}
    return {**kept, "results": results, "meta": meta, "id": None}


def not_validated(suite: SuiteDefinition, fault: str) -> dict[str, Any]:
    """The validation of a suite that could not be validated at all: each of its checks erred, and says why."""
    raised = {"raised_exception": True, "exception_traceback": None, "exception_message": fault}
    counts = {"evaluated_expectations": len(suite.checks), "successful_expectations": 0, "success_percent": 0.0}
    return {
        "success": False,
        "suite_name": suite.name,
        "suite_parameters": {},
        "statistics": {**counts, "unsuccessful_expectations": len(suite.checks)},
        "results": [
            {
                "success": False,
                "expectation_config": expectation,
                "result": {},
                "meta": {},
                "exception_info": raised,
            }
            for expectation in suite.as_gx()["expectations"]
        ],
        "meta": {},
        "id": None,
    }


def _result_as_kept(result: dict[str, Any]) -> dict[str, Any]:
    fault = raised_fault(result["exception_info"])
    raised = {**_NOTHING_RAISED, "raised_exception": True, "exception_message": fault}
    counted = {name: value for name, value in result["result"].items() if name in _COUNTS}
    if isinstance(observed := result["result"].get("observed_value"), bool):
        counted["observed_value"] = observed
    return {
        "success": result["success"],
        "expectation_config": result["expectation_config"],
        "result": counted,
        "meta": {},
        "exception_info": _NOTHING_RAISED if fault is None else raised,
    }


def write_validations(settings: Settings, as_of: datetime, known_at: datetime, kept: Iterable[Validation]) -> Path:
    """Keeps a night's validations, replacing those of an earlier try of the same night. Returns the file."""
    night = {"as_of": stamp(as_of), "known_at": stamp(known_at)}
    lines = [
        json.dumps({**each, "meta": {**each["meta"], "night": night}}, ensure_ascii=False, sort_keys=True)
        for each in sorted(kept, key=lambda each: str(each["suite_name"]))
    ]
    path = validations_path(settings, as_of)
    # Without the time of packing the same lines are the same bytes.
    write_whole(path, gzip.compress("".join(f"{line}\n" for line in lines).encode(), _LEVEL, mtime=0))
    return path


def kept_nights(settings: Settings) -> list[str]:
    """The nights (stamps) whose validations are kept, in order."""
    found = (settings.lake_dir / "expectation_results").glob("as_of=*/validations.jsonl.gz")
    return sorted(path.parent.name.removeprefix("as_of=") for path in found)


def read_validations(settings: Settings, as_of: datetime) -> list[dict[str, Any]]:
    """What Great Expectations said in the night ``as_of`` (aware), a suite each, by name. Raises CheckError."""
    path = validations_path(settings, as_of)
    try:
        return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    except FileNotFoundError as error:
        nights = kept_nights(settings)
        known = f"{len(nights)} kept, from {nights[0]} to {nights[-1]}" if nights else "none is kept"
        raise CheckError(
            f"no validation of the night {stamp(as_of)} is kept",
            where=str(path),
            remedy=f"name another night ({known}); nights of earlier releases have none",
        ) from error
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise CheckError(
            "the night's validations cannot be read",
            where=str(path),
            remedy="charter verify says whether the file was altered; restore it from a copy, or run that night again",
        ) from error
