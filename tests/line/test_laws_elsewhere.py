"""The two laws of damage, held over the library that ships and over two small agencies of tests/agencies."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest

from charter.base.moments import end_of_day
from charter.base.settings import Settings
from charter.definitions import Agency, load_agency
from charters.library.demo import build_demo, write_connections

from .compiled import ask, beside, compile_project, compiled_builds, night
from .damage.grids import damage_some
from .installation import HOME
from .laws import Verdicts, arrived_without_a_fate, improved, landed_without_a_fate, verdicts

pytestmark = pytest.mark.slow

AGENCIES = HOME / "tests" / "agencies"
NIGHTS = {"grants": date(2026, 4, 14), "branches": date(2026, 4, 17), "library": date(2026, 7, 3)}
# Grants: of each office one row is all that breaks what it breaks. Branches: one accident, one long visit, a lift that
# was not passed, and so on.
FILES = {
    "grants": {
        "applications.csv": """\
nr,office,received,decided,outcome,paid
A1,North,2026-02-02,2026-02-10,granted,2026-02-12
A2,North,2026-02-02,2026-02-11,granted,2026-02-13
A3,North,2026-02-03,2026-02-12,refused,
A4,North,2026-02-03,2026-02-27,granted,2026-03-30
A5,North,2026-02-04,2026-02-12,withdrawn,
B1,South,2026-02-02,2026-02-10,granted,2026-02-12
B2,South,2026-02-02,,,
B3,South,2026-03-02,2026-03-10,granted,2026-03-12
B4,South,2026-04-01,,,
"""
    },
    "branches": {
        "events.csv": "event,centre,held\n"
        + "".join(f"E{week},Nordstadt,{date(2026, 2, 3) + timedelta(weeks=week)}\n" for week in range(9))
        + "".join(f"F{week},Südstadt,{date(2026, 2, 4) + timedelta(weeks=week)}\n" for week in range(11) if week != 4),
        "counters.csv": """\
counter,centre,service,from,to
K1,Nordstadt,advice,2026-02-01,
K2,Nordstadt,forms,2026-02-01,2026-03-20
K3,Südstadt,advice,2026-02-01,
K4,Südstadt,forms,2026-02-01,
K5,Weststadt,advice,2026-02-10,
K6,Weststadt,forms,2026-02-10,
""",
        "checks.csv": "check,centre,lift,checked,passed\n"
        + "".join(
            f"L{centre[0]}{n},{centre},1,{date(2026, 2, 1) + timedelta(days=9 * n)},{'false' if n == 5 else 'true'}\n"
            for centre in ("Nordstadt", "Südstadt", "Weststadt")
            for n in range(9)
        ),
        "accidents.csv": "accident,centre,happened\nX1,Nordstadt,2026-03-04\nX2,Südstadt,2026-04-14\n",
        "visits.csv": """\
visit,centre,client,at,minutes,score,phone
V1,Nordstadt,A,2026-02-03 10:00:00,18,4,true
V2,Nordstadt,B,2026-02-04 10:00:00,30,3,false
V3,Nordstadt,A,2026-02-20 10:00:00,95,3,true
V4,Südstadt,C,2026-03-05 10:00:00,15,5,true
V5,Südstadt,C,2026-03-09 10:00:00,12,2,true
V6,Südstadt,C,2026-03-24 10:00:00,14,4,true
V7,Südstadt,D,2026-03-26 10:00:00,11,,true
""",
        "clients.csv": """\
client,centre,registered,left
A,Nordstadt,2026-01-02,
B,Nordstadt,2026-01-02,
C,Südstadt,2026-01-02,
D,Südstadt,2026-01-02,
E,Südstadt,2026-01-02,2026-02-20
""",
        "complaints.csv": """\
complaint,centre,client,made,upheld
M1,Nordstadt,A,2026-02-12,true
M2,Nordstadt,B,2026-02-13,false
M3,Südstadt,C,2026-03-12,true
M4,Südstadt,C,2026-03-13,true
""",
    },
}


@dataclass(frozen=True)
class Agreed:
    """An agency as it stood the night before, with its sources tonight, and what an undamaged night makes of them."""

    agency: Agency = field(repr=False)
    last: date
    before: Settings
    files: Path
    verdicts: Verdicts = field(repr=False)
    decisive: frozenset[str] = field(repr=False)


@pytest.fixture(scope="module", params=NIGHTS)
def agreed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agreed]:
    name, folder = request.param, tmp_path_factory.mktemp(request.param)
    charter = HOME / "charters" / name if name == "library" else AGENCIES / name
    agency, last = load_agency(charter), NIGHTS[name]
    settings = Settings.from_environment(
        {
            "CHARTER_HOME": str(HOME),
            "CHARTER_DIR": str(charter),
            "CHARTER_VAR": str(folder / "before"),
            "CHARTER_PSEUDONYM_KEY": "k" * 32,
        }
    )
    compiled = compile_project(agency, beside(settings, folder / "compiled"))
    with compiled_builds(compiled):
        # The night before knows all but what happened on the last day.
        settings = heard_of(settings, name, last - timedelta(days=1))
        night(settings, agency, end_of_day(last - timedelta(days=1), agency.zone))
        settings = heard_of(settings, name, last)
        undamaged = tonight(settings, settings.demo_dir, folder / "undamaged")
        night(undamaged, agency, end_of_day(last, agency.zone))
        breached = ask(undamaged, "select distinct subject_id from marts.fct_commitments where status = 'breached'")
        keys = frozenset(str(key) for (key,) in breached)
        yield Agreed(agency, last, settings, settings.demo_dir, verdicts(undamaged), keys)


def heard_of(settings: Settings, name: str, until: date) -> Settings:
    """The installation with its sources as they stand at the end of ``until``."""
    if name == "library":
        build_demo(settings, until=until, size=0.15)
        return beside(settings, settings.var_dir, **write_connections(settings))
    settings.demo_dir.mkdir(parents=True, exist_ok=True)
    for file, text in FILES[name].items():
        (settings.demo_dir / file).write_text(text, encoding="utf-8")
    return reaching(settings, settings.demo_dir)


def reaching(settings: Settings, files: Path) -> Settings:
    """The settings of a small agency whose one source is a folder of files."""
    connection = load_agency(settings.charter_dir).sources[0].connection.upper()
    return beside(settings, settings.var_dir, **{f"CHARTER_CONN_{connection}": str(files)})


def tonight(before: Settings, files: Path, folder: Path) -> Settings:
    """An installation in ``folder`` that knows what was known the night before, with its own copy of the sources."""
    shutil.copytree(before.lake_dir, folder / "lake")
    settings = beside(before, folder)
    shutil.copytree(files, settings.demo_dir)
    if before.charter_dir.name == "library":
        return beside(settings, folder, **write_connections(settings))
    return reaching(settings, settings.demo_dir)


@pytest.mark.parametrize("seed", range(4))
def test_damage_never_improves_a_verdict_and_leaves_nothing_in_no_state(
    agreed: Agreed, tmp_path: Path, seed: int
) -> None:
    settings = tonight(agreed.before, agreed.files, tmp_path / "damaged")
    damage = damage_some(settings, agreed.agency, agreed.last, agreed.decisive, seed)
    as_of = end_of_day(agreed.last, agreed.agency.zone)
    night(settings, agreed.agency, as_of)
    assert improved(agreed.verdicts, verdicts(settings)) == {}, damage
    assert [*arrived_without_a_fate(settings, as_of), *landed_without_a_fate(settings)] == [], damage


def test_there_is_something_to_improve(agreed: Agreed) -> None:
    results = set(agreed.verdicts.values())
    assert {"kept", "broken"} <= results and agreed.decisive
