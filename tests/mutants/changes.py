"""One small change in a model's SQL: which there are, and the SQL with one of them made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MODELS = Path(__file__).parents[2] / "dbt_project" / "models"

# What is changed, and into what. Each match of each pattern is one mutant.
CHANGES: tuple[tuple[str, str], ...] = (
    (r"<=", "<"),
    (r"(?<![<>=!])<(?![=>])", "<="),
    (r">=", ">"),
    (r"(?<![<>=!-])>(?!=)", ">="),
    (r"(?<![<>=!])=(?= *('|\d|true|false))", "<>"),
    (r"(?<=\+ )1\b", "0"),
    (r"(?<=\+ )1\b", "2"),
    (r"(?<=- )1\b", "0"),
    (r"(?<=, )-?1\b", "0"),
    (r"(?<=, )0\b", "1"),
    (r"(?<== )1\b", "2"),
    (r"-0\.000001", "0"),
    (r"\b100(\.0)?\b", "99"),
    (r"\bthen 1\b", "then 0"),
    (r"\bthen 1\b", "then 2"),
    (r"\bthen 0\b", "then 1"),
    (r"\belse 0\b", "else 1"),
    (r"\belse 2\b", "else 1"),
    (r"'met'", "'breached'"),
    (r"'breached'", "'met'"),
    (r"\bwhen '(\w+)' then", r"when 'never \1' then"),
    (r"\bthen '(\w+)'", "then 'mutant'"),
    (r"\belse '(\w+)'", "else 'mutant'"),
    (r"(?<=[=(,] )'(seconds|working_seconds|days|months|rolled_months|working_days)'", "'mutant'"),
    (r"(?<=[=(,] )'(date|every_day|opened|fulfilled|percent|standing|population)'", "'mutant'"),
    (r"\bleast\(", "greatest("),
    (r"\bgreatest\(", "least("),
    (r"\bmin\(", "max("),
    (r"\bmax\(", "min("),
    (r"\bsum\(", "max("),
    (r"\bis null\b", "is not null"),
    (r"\bis not null\b", "is null"),
    (r"\band\b(?! unbounded| current)", "or"),
    (r"\bor\b", "and"),
    (r"\bnot (?!null|exists|in\b)", ""),
    (r"\bbetween (\S+) and\b", r"> \1 and 1 = 1 and {left} <="),
    (r"\bleft join\b", "inner join"),
    (r"\bdesc\b", "asc"),
    (r"\bcoalesce\((\S+), ([\w.]+)\)", r"\1"),
)


@dataclass(frozen=True)
class Mutant:
    """One change: the ``occurrence`` of ``pattern`` becomes ``replacement`` in every line of one ``shape``.

    A model that loops over the charter's rules repeats its lines with other names; what they share is the shape.
    """

    model: str
    shape: str
    pattern: str
    replacement: str
    occurrence: int

    def of(self, sql: str) -> str:
        """The model's SQL with the change made."""
        return "\n".join(
            self._changed(line) if shape(self.model, line) == self.shape else line for line in sql.splitlines()
        )

    def _changed(self, line: str) -> str:
        found = list(re.finditer(self.pattern, _code(line)))
        if len(found) <= self.occurrence:
            return line
        match = found[self.occurrence]
        left = line[: match.start()].split()[-1:] or [""]
        return line[: match.start()] + match.expand(self.replacement).replace("{left}", left[0]) + line[match.end() :]

    @property
    def name(self) -> str:
        """What is changed in a line: the text before and after, and which of several."""
        found = list(re.finditer(self.pattern, self.shape))
        before = found[self.occurrence].group() if self.occurrence < len(found) else self.pattern
        number = f" (number {self.occurrence + 1})" if self.occurrence else ""
        return f"{before} → {self.replacement}{number}"

    def __str__(self) -> str:
        return f"{self.model}: {self.name} in: {self.shape}"


def mutants_of(model: str, texts: Iterable[str]) -> list[Mutant]:
    """Every change of the lines of a model, whichever of the ``texts`` they stand in; comments stay out of it."""
    lines: dict[str, str] = {}
    for text in texts:
        for line in text.splitlines():
            lines.setdefault(shape(model, line), line)
    return [mutant for known, line in lines.items() for mutant in _mutants_of_line(model, known, _code(line))]


def _mutants_of_line(model: str, known: str, line: str) -> Iterator[Mutant]:
    for pattern, replacement in CHANGES:
        for occurrence, _ in enumerate(re.finditer(pattern, line)):
            yield Mutant(model, known, pattern, replacement, occurrence)


def shape(model: str, line: str) -> str:
    """A line without what an agency brings to it: texts that neither the model's file nor a macro has, and casts."""
    own = _own_texts(model)
    plain = re.sub(r"'[^']*'", lambda text: text.group() if text.group() in own else "'*'", _code(line).strip())
    # A mocked input stands under another name than the table.
    plain = re.sub(r'("?\w+"?\.)*"?(__dbt__cte__)?(\w+)"?(?= (as|on)\b)', r"\3", plain)
    return re.sub(r"subject\.\w+", "subject.*", re.sub(r"cast\(\d+", "cast(*", plain))


@cache
def _own_texts(model: str) -> frozenset[str]:
    files = [*MODELS.rglob(f"{model.split('_tier_')[0]}.sql"), *(MODELS.parent / "macros").glob("*.sql")]
    lines = (line for file in files for line in file.read_text("utf-8").splitlines())
    return frozenset(text for line in lines for text in re.findall(r"'[^']*'", _code(line)))


def _code(line: str) -> str:
    return line.split("--")[0].rstrip()
