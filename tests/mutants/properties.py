"""The properties and scenarios of tests/commitments as a jury: pytest runs them on models with one thing changed.

Each file is collected once and stays set up, so that a mutant costs the SQL that it changes and the rows it judges.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

from tests.commitments.warehouse import Model, Warehouse
from tests.mutants.changes import Mutant

HERE = Path(__file__).parents[1] / "commitments"
# Its own examples are judged in each file; of these the SQL is another.
LEFT_OUT = ("test_bounds.py", "test_warehouse.py")


class Properties:
    """A pytest plugin in place of the usual loop. ``ask`` is given, for each file of tests, the SQL of the models that
    it runs, and a function that says whether the file's tests notice a mutant."""

    def __init__(self, ask: Callable[[str, dict[str, set[str]], Callable[[Mutant], bool]], None]) -> None:
        self._ask = ask
        self.faults: list[str] = []

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for file, items in groupby(session.items, key=lambda item: item.path.name):
            self._judge(file, list(items))
        return True

    def _judge(self, file: str, items: Sequence[pytest.Item]) -> None:
        module = items[0].getparent(pytest.Module)
        # The item that always comes next keeps what the file has set up.
        spare = pytest.Function.from_parent(module, name="spare", callobj=lambda: None)
        texts: dict[str, set[str]] = defaultdict(set)
        judges: dict[str, dict[pytest.Item, float]] = defaultdict(dict)

        def runs(item: pytest.Item) -> bool:
            return all(not report.failed for report in runtestprotocol(item, log=False, nextitem=spare))

        for item in items:
            ran: set[str] = set()

            def whole(model: Model, ran: set[str] = ran) -> str:
                ran.add(model.name)
                texts[model.name].add(model.sql)
                return model.sql

            begun = time.monotonic()
            with models_as(whole):
                if not runs(item):
                    self.faults.append(item.nodeid)
                    continue
            for name in ran:
                judges[name][item] = time.monotonic() - begun

        def notices(mutant: Mutant) -> bool:
            def changed(model: Model) -> str:
                return mutant.of(model.sql) if model.name == mutant.model else model.sql

            of_model = judges[mutant.model]
            with models_as(changed):
                # The quick ones first: most mutants are noticed by several.
                return not all(runs(item) for item in sorted(of_model, key=of_model.__getitem__))

        self._ask(file, texts, notices)
        runtestprotocol(spare, log=False, nextitem=None)


@contextmanager
def models_as(change: Callable[[Model], str]) -> Iterator[None]:
    """While this lasts, warehouses run what ``change`` makes of a model."""
    before, Warehouse.sql_of = Warehouse.sql_of, staticmethod(change)  # type: ignore[assignment]
    try:
        yield
    finally:
        Warehouse.sql_of = before  # type: ignore[method-assign]


def run_properties(properties: Properties, files: Sequence[str] = ()) -> None:
    """Hands each file of tests/commitments (or ``files`` alone) to ``properties``."""
    chosen = [str(HERE / file) for file in files] or [
        str(file) for file in sorted(HERE.glob("test_*.py")) if file.name not in LEFT_OUT
    ]
    pytest.main([*chosen, "-q", "-s", "--no-header", "--no-summary", "-p", "no:cacheprovider"], plugins=[properties])
