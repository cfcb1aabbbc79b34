"""Open data of three cities, by configuration alone: what lands gives the figures of a plain pandas script.

The files are not part of the project: CHARTER_SAMPLES names their folder, by default ``../shared/samples``. A small
folder with the same traps is made here, so that the comparison is made where the files are not.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from charter.base.moments import end_of_day
from charter.base.settings import Settings
from charter.definitions import load_agency
from charter.extract import FeedReceipt, extract_source, read_quarantine
from charter.transform import build_warehouse

from .builders import World

HOME = Path(__file__).parents[2]
EXAMPLE = HOME / "docs" / "examples" / "samples"
FOLDER = Path(os.environ.get("CHARTER_SAMPLES", HOME.parent / "shared" / "samples"))
BOSTON, FIRE, SURVEY = "boston311_2015_sample.csv.gz", "sf_fire_calls_2017w1.csv.gz", "sfo_survey_2018.csv"
FORMAT = "%m/%d/%Y %I:%M:%S %p"

REQUESTS = [
    ("CASE_ENQUIRY_ID", "OPEN_DT", "TARGET_DT", "CLOSED_DT", "OnTime_Status", "CASE_STATUS", "CASE_TITLE", "Source"),
    # Opened just before clocks go forward, closed 47 hours later by the clock on the wall: 46 hours later.
    ("1", "03/07/2015 02:00:00 PM", "", "03/09/2015 01:00:00 PM", "ONTIME", "Closed", "Pothole", "Constituent Call"),
    # 48 hours by the wall, 49 by the clock that never stops.
    (
        "2",
        "10/31/2015 10:00:00 AM",
        "",
        "11/02/2015 10:00:00 AM",
        "",
        "Closed",
        'A "title", quoted',
        "Constituent Call",
    ),
    ("3", "06/01/2015 12:00:00 AM", "06/03/2015 12:00:00 AM", "06/03/2015 12:00:01 AM", "OVERDUE", "Closed", "", "App"),
    ("4", "06/01/2015 12:30:00 PM", "06/09/2015 12:30:00 PM", "", "ONTIME", "Open", "Graffiti", "App"),
    # Closed before it was opened.
    ("5", "06/02/2015 01:00:00 PM", "", "06/02/2015 12:59:59 PM", "ONTIME", "Closed", "Graffiti", "App"),
    # An hour that occurs twice, and one that never does.
    ("6", "11/01/2015 01:30:00 AM", "", "11/01/2015 03:00:00 AM", "ONTIME", "Closed", "Snow", "App"),
    ("7", "03/08/2015 02:30:00 AM", "", "03/08/2015 03:00:00 AM", "ONTIME", "Closed", "Snow", "App"),
    ("8", "not yet", "", "", "", "Open", "", "App"),
]
UNITS = [
    ("Call Number", "Unit ID", "Call Type", "Received DtTm", "Entry DtTm", "On Scene DtTm"),
    ("1", "E1", "Alarms", "01/01/2017 12:00:00 AM", "01/01/2017 12:00:09 AM", "01/01/2017 12:05:00 AM"),
    ("1", "E2", "Alarms", "01/01/2017 12:00:00 AM", "01/01/2017 12:00:09 AM", "01/01/2017 12:04:00 AM"),
    ("1", "E2", "Alarms", "01/01/2017 12:00:00 AM", "01/01/2017 12:00:09 AM", ""),
    ("2", "E1", "Medical Incident", "01/01/2017 11:59:59 PM", "01/02/2017 12:00:09 AM", ""),
    ("3", "E3", "Medical Incident", "01/01/2017 09:00:00 AM", "01/01/2017 09:00:01 AM", "01/01/2017 09:00:01 PM"),
]
ANSWERS = [
    ("RESPNUM", "INTDATE", "Q7ALL", "Q9All"),
    *(("10", "1", "5", "5"), ("11", "31", "4", "0"), ("6", "6", "BLANK", "1"), ("12", "9", "6", "6")),
    *(("13", "10", "1", "2"), ("14", "32", "3", "3"), ("15", "2", "7", "3")),
]


@dataclass(frozen=True)
class Samples:
    """A folder of the three files, each as a plain reader of CSV files gives it, and what lands of it."""

    files: Path
    world: World

    @property
    def settings(self) -> Settings:
        return Settings(HOME, EXAMPLE, self.world.folder / "var", {"CHARTER_CONN_SAMPLES": str(self.files)})

    @cached_property
    def receipts(self) -> dict[str, FeedReceipt]:
        agency = load_agency(EXAMPLE)
        as_of = end_of_day(pd.Timestamp("2018-06-30").date(), agency.zone)
        feeds = [extract_source(self.settings, agency, source, as_of).feeds[0] for source in agency.sources]
        return {feed.table: feed for feed in feeds}

    def plain(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.files / name, dtype=str, keep_default_na=False)

    def landed(self, table: str) -> pd.DataFrame:
        assert self.receipts[table].status == "landed", self.receipts[table].problem
        return self.world.versions(table)

    def refused(self, table: str) -> pd.DataFrame:
        as_of = end_of_day(pd.Timestamp("2018-06-30").date(), load_agency(EXAMPLE).zone)
        rows = read_quarantine(self.world.settings, as_of)
        return rows[rows["table"] == table]


@pytest.fixture(params=["made here", pytest.param("as the cities give them", marks=pytest.mark.slow)])
def samples(request: pytest.FixtureRequest, world: World, tmp_path: Path) -> Samples:
    if request.param != "made here":
        if not FOLDER.is_dir():
            pytest.skip(f"the cities' files are not at {FOLDER} (CHARTER_SAMPLES)")
        return Samples(FOLDER, world)
    folder = tmp_path / "samples"
    folder.mkdir()
    for name, rows in ((BOSTON, REQUESTS), (FIRE, UNITS), (SURVEY, ANSWERS)):
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        content = text.getvalue().encode()
        (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return Samples(folder, world)


def instants(texts: pd.Series[Any], zone: str) -> pd.Series[Any]:
    """Local times as UTC: of two that look the same the first, of one that never was the end of the gap."""
    local = pd.to_datetime(texts, format=FORMAT, errors="coerce")
    first = np.ones(len(local), dtype=bool)
    aware = pd.DatetimeIndex(local).tz_localize(zone, ambiguous=first, nonexistent="shift_forward")
    return pd.Series(aware.tz_convert("UTC").tz_localize(None), index=texts.index)


def test_requests_closed_within_48_hours(samples: Samples) -> None:
    plain = samples.plain(BOSTON)
    opened, closed = (pd.to_datetime(plain[name], format=FORMAT, errors="coerce") for name in ("OPEN_DT", "CLOSED_DT"))
    as_written = int(((closed - opened) <= pd.Timedelta("48h")).sum())
    backwards = int((closed < opened).sum())
    landed, refused = samples.landed("requests"), samples.refused("requests")

    # What landed, told as the clocks on the wall told it.
    local = {
        name: landed[name].dt.tz_localize("UTC").dt.tz_convert("America/New_York").dt.tz_localize(None)
        for name in ("opened_at", "closed_at")
    }
    ours = int(((local["closed_at"] - local["opened_at"]) <= pd.Timedelta("48h")).sum())
    contradictions = refused[refused.reason == "CLOSED_DT: is before OPEN_DT"]
    assert len(contradictions) == backwards > 0
    assert ours + len(contradictions) == as_written
    if samples.files == FOLDER:
        assert (len(plain), as_written, backwards) == (30_000, 11_670, 52)

    # And as an independent reading of the same clocks counts the hours that passed.
    true_opened, true_closed = (
        instants(plain.OPEN_DT, "America/New_York"),
        instants(plain.CLOSED_DT, "America/New_York"),
    )
    passed = (true_closed - true_opened) <= pd.Timedelta("48h")
    in_order = ~(true_closed < true_opened)
    assert int(((landed.closed_at - landed.opened_at) <= pd.Timedelta("48h")).sum()) == int((passed & in_order).sum())


@pytest.mark.slow
def test_the_night_judges_every_row_that_landed(samples: Samples) -> None:
    """The folder has no model, no filler table and no filler standard: its five files are all that the night reads."""
    requests, emergencies = samples.landed("requests"), samples.landed("emergencies")
    agency, settings = load_agency(EXAMPLE), samples.settings
    as_of = end_of_day(pd.Timestamp("2018-06-30").date(), agency.zone)
    build_warehouse(settings, agency, as_of, as_of)
    with duckdb.connect(str(settings.work_warehouse), read_only=True) as warehouse:
        found = warehouse.execute(
            "select standard_id, status, count(*) from marts.fct_commitments group by all"
        ).fetchall()

    within_48_hours = requests.closed_at - requests.opened_at <= pd.Timedelta("48h")
    has_due_time = requests.due_at.notna()
    by_due_time = has_due_time & (requests.closed_at <= requests.due_at)
    in_9_seconds = emergencies.entered_at - emergencies.received_at <= pd.Timedelta("9s")
    wanted = {
        ("request-48-hours", "met"): int(within_48_hours.sum()),
        ("request-48-hours", "breached"): int((~within_48_hours).sum()),
        ("request-due-time", "met"): int(by_due_time.sum()),
        ("request-due-time", "breached"): int((has_due_time & ~by_due_time).sum()),
        ("emergency-9-seconds", "met"): int(in_9_seconds.sum()),
        ("emergency-9-seconds", "breached"): int((~in_9_seconds).sum()),
    }
    assert {(standard, status): count for standard, status, count in found} == {
        key: count for key, count in wanted.items() if count
    }


def test_every_request_is_accounted_for_with_what_was_and_was_not_entered(samples: Samples) -> None:
    plain, landed, refused = samples.plain(BOSTON), samples.landed("requests"), samples.refused("requests")
    feed = samples.receipts["requests"]
    assert feed.read == feed.arrived == len(plain)
    assert (feed.landed, feed.quarantined) == (len(landed), len(refused))
    known = plain[plain.CASE_ENQUIRY_ID.isin(landed.request_id)]
    assert len(known) == len(landed)
    assert landed.closed_at.isna().sum() == (known.CLOSED_DT == "").sum()
    assert landed.due_at.isna().sum() == (known.TARGET_DT == "").sum()
    assert landed.verdict.value_counts().to_dict() == {
        "on_time": (known.OnTime_Status == "ONTIME").sum(),
        **({"overdue": late} if (late := (known.OnTime_Status == "OVERDUE").sum()) else {}),
    }
    merged = known.merge(landed, left_on="CASE_ENQUIRY_ID", right_on="request_id")
    for ours, theirs in (("opened_at", "OPEN_DT"), ("closed_at", "CLOSED_DT"), ("due_at", "TARGET_DT")):
        wanted = instants(merged[theirs], "America/New_York")
        assert merged[ours].astype("datetime64[us]").equals(wanted.astype("datetime64[us]")), theirs


def test_the_citys_own_verdict_agrees_with_its_own_due_time(samples: Samples) -> None:
    landed = samples.landed("requests")
    judged = landed[landed.due_at.notna() & landed.closed_at.notna() & landed.verdict.notna()]
    assert len(judged) > 0
    assert ((judged.closed_at <= judged.due_at) == (judged.verdict == "on_time")).all()


def test_a_call_counts_once_however_many_units_were_sent(samples: Samples) -> None:
    plain, landed = samples.plain(FIRE), samples.landed("emergencies")
    received, entered = (instants(plain[name], "America/Los_Angeles") for name in ("Received DtTm", "Entry DtTm"))
    scene = instants(plain["On Scene DtTm"], "America/Los_Angeles")
    calls = (
        plain.assign(received=received, entered=entered, scene=scene)
        .groupby("Call Number")
        .agg(
            received=("received", "min"),
            entered=("entered", "min"),
            scene=("scene", "min"),
            units=("Unit ID", "nunique"),
        )
    )
    feed = samples.receipts["emergencies"]
    assert (feed.read, feed.arrived, feed.quarantined) == (len(plain), len(calls), 0)
    within = (landed.entered_at - landed.received_at) <= pd.Timedelta("9s")
    assert int(within.sum()) == int(((calls.entered - calls.received) <= pd.Timedelta("9s")).sum())
    assert int(landed.units.sum()) == int(calls.units.sum())
    ours = landed.set_index("call_id").first_on_scene_at.astype("datetime64[us]").sort_index()
    assert ours.equals(calls.scene.astype("datetime64[us]").sort_index())
    if samples.files == FOLDER:
        assert (len(plain), len(calls), int(within.sum())) == (7_704, 3_560, 860)
        assert int(((entered - received) <= pd.Timedelta("9s")).sum()) == 1_591


def test_what_is_no_score_is_no_score(samples: Samples) -> None:
    plain, landed, refused = samples.plain(SURVEY), samples.landed("answers"), samples.refused("answers")
    days = pd.to_numeric(plain.INTDATE)
    fit = plain[plain.Q7ALL.isin([*"123456", "BLANK"]) & days.between(1, 31)]
    scores = pd.to_numeric(fit.Q7ALL[fit.Q7ALL.isin([*"12345"])])
    assert (len(landed), len(landed) + len(refused)) == (len(fit), len(plain))
    assert (landed.airport.notna().sum(), landed.airport.sum()) == (len(scores), scores.sum())
    assert landed.airport.max() <= 5
    given = dict(zip(landed.answer_id, landed.answered_on.map(lambda day: (day.year, day.month, day.day)), strict=True))
    assert given == {number: (2018, 5, int(day)) for number, day in zip(fit.RESPNUM, fit.INTDATE, strict=True)}
    if samples.files == FOLDER:
        assert (len(plain), len(scores), int(scores.sum())) == (2_809, 2_625, 10_507)
    else:
        assert sorted(refused.reason) == [
            "Q7ALL: '7' is not one of 1, 2, 3, 4, 5",
            "answered_on: '2018-05-32' is not a date such as 2026-07-01",
        ]
