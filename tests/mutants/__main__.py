"""``make mutants [MODELS="due_calendar result_bounds"]``: prints every change of a model that no test notices.

The models' unit tests judge first, then the scenarios and properties of tests/commitments. One that no row can show is
listed in equivalents.yaml with the reason; any other survivor is a hole in the tests, and the exit code says so. So it
does of an entry whose line is gone. All models take hours; name those that you have changed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

from tests.mutants.changes import MODELS, Mutant, mutants_of
from tests.mutants.equivalents import read_equivalents, stale
from tests.mutants.properties import Properties, run_properties
from tests.mutants.unit_tests import UnitTests, compiled_cases

Notices = Callable[[Mutant], bool]


class Trial:
    """Which mutants there are, and which of them nothing has noticed yet."""

    def __init__(self, models: frozenset[str], unit_tests: UnitTests) -> None:
        self._models = models
        self._unit_tests = unit_tests
        self._equivalents = read_equivalents()
        self.found: dict[Mutant, str] = {}
        for model, cases in unit_tests.cases.items():
            self._enter(model, {case.body for case in cases})

    def ask(self, file: str, ran: dict[str, set[str]], notices: Notices) -> None:
        """Lets one file of tests judge what it runs and nothing has noticed yet."""
        begun, noticed = time.monotonic(), 0
        for model, texts in ran.items():
            self._enter(model, texts)
            for mutant in [each for each in self.survivors if each.model == model]:
                if notices(mutant):
                    self.found[mutant] = file
                    noticed += 1
        print(f"{file}: noticed {noticed} in {time.monotonic() - begun:.0f} s", flush=True)

    @property
    def survivors(self) -> list[Mutant]:
        return [mutant for mutant, by in self.found.items() if by == "survived"]

    def _enter(self, model: str, texts: set[str]) -> None:
        if self._models and model not in self._models:
            return
        for mutant in mutants_of(model, sorted(texts)):
            if mutant not in self.found:
                self.found[mutant] = self._first_verdict(mutant)

    def _first_verdict(self, mutant: Mutant) -> str:
        if any(each.is_of(mutant) for each in self._equivalents):
            return "equivalent"
        return "unit tests" if self._unit_tests.notices(mutant) else "survived"

    def report(self) -> int:
        """Prints survivors, stale entries and a line for each model; 1 when there is any of the former."""
        for mutant in self.survivors:
            print(mutant)
        of_models = [each for each in self._equivalents if not self._models or each.model in self._models]
        gone = stale(of_models, self.found)
        for each in gone:
            print(f"equivalents.yaml names a change that is no more: {each.model}: {each.names} in: {each.line}")
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for mutant, by in self.found.items():
            counts[mutant.model][by if by in ("survived", "equivalent", "unit tests") else "properties"] += 1
        for model, count in sorted(counts.items()):
            print(f"{model}: {count.total()} changes; {', '.join(f'{n} {by}' for by, n in count.most_common())}")
        return int(bool(self.survivors or gone))


def main(models: list[str]) -> int:
    if unknown := set(models) - {file.stem for file in MODELS.rglob("*.sql")}:
        print(f"no such model: {', '.join(sorted(unknown))}")
        return 2
    with tempfile.TemporaryDirectory(prefix="charter-mutants-") as folder:
        unit_tests = UnitTests(compiled_cases(Path(folder)))
        trial = Trial(frozenset(models), unit_tests)
        properties = Properties(trial.ask)
        run_properties(properties)
        for fault in properties.faults:
            print(f"fails without any change, so that its file was left out: {fault}")
        return trial.report() or int(bool(properties.faults))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
