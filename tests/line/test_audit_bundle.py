"""What an auditor does with a week that was lived: the docs' walk to the rows, and the bundle that verifies alone."""

from __future__ import annotations

import gzip
import hashlib
import json
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from charter.audit.bundle.build import write_bundle
from charter.audit.bundle.period import parse_bundle_period
from charter.base.errors import SettingError
from charter.cli import main
from charter.definitions import load_agency
from charter.evidence import generate_signing_key
from charter.evidence.keys import public_pem
from charters.library import demo as library
from tests.explain.walking import walk_through
from tests.line.installation import HOME, House, house
from tests.tooling.tutorial import Step, steps_of

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, monkeypatch_module: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch_module.setenv("CHARTER_DIR", str(HOME / "charters" / "library"))
    with house(tmp_path_factory.mktemp("house"), monkeypatch_module, library, 1) as made:
        made.live_until("2026-07-05")
        made.night("2026-07-05")
        made.week("2026-07-05")
        yield made


@pytest.fixture(scope="module")
def bundle(lived: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("bundle") / "audit-2026-W27"
    agency = load_agency(lived.settings.charter_dir)
    return write_bundle(lived.settings, agency, parse_bundle_period("2026-W27"), target).path


def verified(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """What the verifier says: Python alone, without installed packages and without our code."""
    command = [sys.executable, "-I", "-S", str(folder / "verify.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"LANG": "C.UTF-8"}, cwd=folder)


def test_it_verifies_on_python_alone(bundle: Path, lived: House) -> None:
    head = lived.sealed["sha256"][:12]
    said = verified(bundle, "--key", str(lived.settings.evidence_dir / "public_key.pem"), "--head", head)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "Everything is as it was sealed." in said.stdout
    assert "lines of CSV" in said.stdout


def test_it_holds_what_an_auditor_needs(bundle: Path) -> None:
    there = {path.relative_to(bundle).parts[0] for path in bundle.rglob("*") if path.is_file()}
    assert {"README.ko.md", "README.en.md", "verify.py", "contents.json", "contents.sig", "reports", "figures"} <= there
    assert {"marts", "checks", "matrix", "exceptions", "charter", "evidence"} <= there
    assert list(bundle.glob("figures/2026-W27/*.html"))
    assert list(bundle.glob("checks/*/validations.jsonl.gz"))


def test_its_zip_holds_the_same_and_is_the_same_each_time(bundle: Path, lived: House, tmp_path: Path) -> None:
    agency, period = load_agency(lived.settings.charter_dir), parse_bundle_period("2026-W27")
    one, other = (write_bundle(lived.settings, agency, period, tmp_path / name / "audit.zip").path for name in "ab")
    assert one.read_bytes() == other.read_bytes()
    with zipfile.ZipFile(one) as archive:
        names = {name.partition("/")[2] for name in archive.namelist()}
    assert names == {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()}


def test_a_place_that_is_taken_and_a_period_to_come_are_refused(bundle: Path, lived: House, tmp_path: Path) -> None:
    agency = load_agency(lived.settings.charter_dir)
    with pytest.raises(SettingError, match="there already"):
        write_bundle(lived.settings, agency, parse_bundle_period("2026-W27"), bundle)
    with pytest.raises(SettingError, match="nothing of 2026-W40"):
        write_bundle(lived.settings, agency, parse_bundle_period("2026-W40"), tmp_path / "later")
    assert not (tmp_path / "later").exists()


def first(bundle: Path, pattern: str) -> Path:
    return sorted(bundle.glob(pattern))[0]


def edit_report(bundle: Path) -> str:
    path = first(bundle, "reports/*/*/r1/report.html")
    path.write_bytes(path.read_bytes() + b" ")
    return "not the file that was bundled"


def edit_report_and_sign_for_it(bundle: Path) -> str:
    """Whoever alters a file and lists it anew has no key to sign the list."""
    path = first(bundle, "reports/*/*/r1/figures.json")
    path.write_text(path.read_text().replace('"met":', '"met" :'))
    relist(bundle)
    return "its signature is not that of this key"


def edit_row(bundle: Path) -> str:
    path = first(bundle, "marts/fct_commitments/2026-0*.jsonl.gz")
    lines = gzip.decompress(path.read_bytes()).decode().replace('"breached"', '"met"', 1)
    path.write_bytes(gzip.compress(lines.encode(), mtime=0))
    return "not the rows that were sealed"


def edit_csv(bundle: Path) -> str:
    path = first(bundle, "marts/standard_results/2026-0*.csv")
    path.write_text(path.read_text().replace("broken", "kept").replace("no_data", "kept"))
    return "not the row that was sealed"


def delete_seal(bundle: Path) -> str:
    first(bundle, "evidence/*/manifest.dsse.json").unlink()
    return "missing, or no seal"


def cut_tail(bundle: Path) -> str:
    chain = bundle / "evidence" / "chain.jsonl"
    chain.write_text("".join(chain.read_text().splitlines(keepends=True)[:-1]))
    return "not the file that was bundled"


def swap_seal(bundle: Path) -> str:
    one, other = sorted(bundle.glob("evidence/*/manifest.dsse.json"))[:2]
    shutil.copyfile(one, other)
    return "altered since it was sealed"


def add_file(bundle: Path) -> str:
    (bundle / "reports" / "extra.html").write_text("extra")
    return "the contents do not name it"


def relist(bundle: Path) -> None:
    contents = json.loads((bundle / "contents.json").read_text())
    for file in contents["files"]:
        file["sha256"] = hashlib.sha256((bundle / file["path"]).read_bytes()).hexdigest()
    (bundle / "contents.json").write_text(json.dumps(contents))


@pytest.mark.parametrize(
    "alter",
    [edit_report, edit_report_and_sign_for_it, edit_row, edit_csv, delete_seal, cut_tail, swap_seal, add_file],
    ids=lambda alter: str(alter.__name__),
)
def test_whatever_was_altered_is_named(bundle: Path, tmp_path: Path, alter: Callable[[Path], str]) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(bundle, copy)
    named = alter(copy)
    said = verified(copy)
    assert said.returncode == 1
    assert named in said.stdout


def test_a_key_of_somebody_else_and_a_head_that_is_not_there_are_named(bundle: Path, tmp_path: Path) -> None:
    key = load_pem_private_key(generate_signing_key(), password=None)
    (tmp_path / "other.pem").write_bytes(public_pem(key.public_key()))  # type: ignore[arg-type]
    forged = verified(bundle, "--key", str(tmp_path / "other.pem"))
    assert forged.returncode == 1
    assert "not signed by the key in force" in forged.stdout
    missing = verified(bundle, "--head", "0123456789abcdef")
    assert missing.returncode == 1
    assert "no seal of the chain begins so" in missing.stdout


PAGE = HOME / "docs" / "audit-a-figure.md"
WALKS = [step for step in steps_of(PAGE.read_text(encoding="utf-8")) if step.output and "explain" in step.commands]


@pytest.mark.parametrize("step", WALKS, ids=lambda step: step.commands.split()[-3])
def test_the_page_on_auditing_shows_what_is_said(lived: House, step: Step) -> None:
    """Each line of the page is there, in order; three dots stand for lines that the page leaves out."""
    asked = shlex.split(step.commands)[3:]
    said = CliRunner().invoke(main, asked)
    assert said.exit_code == 0, said.output
    lines = iter(line.rstrip() for line in said.output.splitlines())
    assert step.output is not None
    for wanted in step.output.splitlines():
        assert wanted == "…" or wanted.rstrip() in lines, f"not said, or not in this order: {wanted}"


def test_the_page_shows_a_figure_a_commitment_and_a_row() -> None:
    assert len(WALKS) == 3


def test_a_person_who_counts_each_commitment_comes_to_the_same(lived: House) -> None:
    walked = walk_through(lived.settings, load_agency(lived.settings.charter_dir), of_each=1)
    assert walked.problems == []
    assert walked.ends["agrees"] > 20
    assert walked.ends["counted"] > 10
