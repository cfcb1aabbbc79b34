"""Is a part of Airflow alive? Exit status 0 when it is; 1, with the reason, when it is not. For health checks.

    probe.py scheduler --own http://127.0.0.1:8974/health    the scheduler of this container, by its own word
    probe.py triggerer    a part, by what the API server says of its heartbeat
    probe.py dag_processor metadatabase --api http://127.0.0.1:8080

The API server's own address answers 200 also when the scheduler is dead: what counts is the JSON that it answers with.
Only the standard library is used: a check every half minute must not import Airflow for five seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from http.client import HTTPException
from urllib.request import urlopen

PARTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")
_PATIENCE_S = 10


def health(api: str) -> dict[str, str]:
    """Each part's status by the API server at ``api``: ``healthy``, ``unhealthy``, or ``never started``.

    Raises OSError or HTTPException when it does not answer, ValueError when what it says is no JSON.
    """
    with urlopen(f"{api.rstrip('/')}/api/v2/monitor/health", timeout=_PATIENCE_S) as answer:
        said = json.load(answer)
    return {part: (said.get(part) or {}).get("status") or "never started" for part in PARTS}


def wrong_with(parts: Sequence[str], api: str) -> list[str]:
    """What is wrong with ``parts``, a sentence each; empty when all are well."""
    try:
        found = health(api)
    except (OSError, HTTPException, ValueError) as error:
        return [f"the API server at {api} does not answer: {error}"]
    return [f"{part} is {found[part]}" for part in parts if found[part] != "healthy"]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="probe.py", description=__doc__)
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--api", default="http://api-server:8080", help="where the API server is")
    parser.add_argument("--own", metavar="URL", help="ask this address instead: it answers 200 only when all is well")
    chosen = parser.parse_args(arguments)
    if chosen.own:
        try:
            urlopen(chosen.own, timeout=_PATIENCE_S).close()
            wrong = []
        except (OSError, HTTPException) as error:
            wrong = [f"{chosen.parts[0]} at {chosen.own}: {error}"]
    else:
        wrong = wrong_with(chosen.parts, chosen.api)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
