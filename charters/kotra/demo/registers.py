"""The registers that departments keep by hand: a whole year of entries, ordinary and awkward ones together."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from charter.definitions.models import Agency

from .background import OFFICES, Working
from .rows import (
    ChannelCheck,
    Complaint,
    DisclosureRequest,
    Firm,
    HomeDoctor,
    Incident,
    Meeting,
    Notice,
    Page,
    PageReview,
    ProgrammeChange,
    Proposal,
    Round,
    Secondment,
    SelfReview,
    SurveyResponse,
    SurveyWave,
    Tenancy,
    Training,
)
from .world import (
    FIRST_DAY,
    LAST_DAY,
    Broken,
    Expectation,
    World,
    at,
    corrected,
    days,
    deleted,
    entered_on,
    on,
    tell,
)

ABSENT = Expectation.ABSENT
AGENCIES = [
    "산업통상부", "법무부", "국토교통부", "환경부", "고용노동부", "관세청", "국세청", "서울특별시", "경기도",
    "인천광역시", "한국산업단지공단", "중소벤처기업진흥공단",
]  # fmt: skip


def expectation(commitment: str, status: str, first: str, last: str = "2026-12-31") -> Expectation:
    """The verdict of one commitment from one night to another."""
    return Expectation(commitment, status, on(first), on(last))


def add_registers(world: World, agency: Agency, seed: int) -> None:
    """Fills every register for the year."""
    working = Working(agency)
    add_recruitment(world)
    add_rounds(world)
    add_changes(world)
    add_trainings(world)
    add_firms(world)
    add_secondments(world)
    add_home_doctors(world)
    add_tenancies(world)
    add_pages(world, working)
    add_disclosures(world, working, seed)
    add_incidents(world)
    add_channel_checks(world, working)
    add_proposals(world, seed)
    add_reviews_and_meetings(world)
    add_redress(world)
    add_surveys(world, seed)
    add_broken_entries(world)


# ── programmes ──────────────────────────────────────────────────────────────────────────────────


def add_recruitment(world: World) -> None:
    for number, (programme, day) in enumerate(
        [
            ("champ", "2026-01-05"),
            ("branch", "2026-03-09"),
            ("invest", "2026-04-06"),
            ("branch", "2026-06-01"),
            ("branch", "2026-07-13"),
            ("champ", "2026-08-10"),
            ("branch", "2026-09-07"),
        ],
        start=1,
    ):
        team = {"champ": "champ-team", "branch": "branch-team", "invest": "invest-centre"}[programme]
        world.add(tell(Notice(f"N-2026-{number:02d}", programme, on(day), team), entered_on(on(day))))
    world.scenario(
        "the May recruitment notice came on 1 June",
        expectation("branch-recruitment/month/2026-03", "met", "2026-03-09"),
        expectation("branch-recruitment/month/2026-05", "pending", "2026-05-01", "2026-05-30"),
        expectation("branch-recruitment/month/2026-05", "breached", "2026-05-31"),
        expectation("branch-recruitment/month/2026-07", "pending", "2026-07-01", "2026-07-12"),
        expectation("branch-recruitment/fourth-of-year/2026", "pending", "2026-01-01", "2026-09-06"),
        expectation("branch-recruitment/fourth-of-year/2026", "met", "2026-09-07"),
    )
    world.scenario(
        "two recruitments a year: the second one is pending until it comes",
        expectation("champ-recruitment/first-of-year/2026", "met", "2026-01-05"),
        expectation("champ-recruitment/second-of-year/2026", "pending", "2026-01-01", "2026-08-09"),
        expectation("champ-recruitment/second-of-year/2026", "met", "2026-08-10"),
    )


def add_rounds(world: World) -> None:
    outside, steps = "합성평가원", [
        "announced_on", "selected_on", "external_evaluated_on", "operation_completed_on", "settled_on", "finished_on",
    ]  # fmt: skip

    def add(round_: Round) -> None:
        assert round_.announced_on is not None
        world.add(tell(round_, entered_on(round_.announced_on), *steps))

    def dates(*written: str) -> list[date]:
        return [on(each) for each in written]

    announced, selected, evaluated, operated, settled, finished = dates(
        "2025-02-10", "2025-04-01", "2025-03-27", "2025-12-31", "2026-01-20", "2026-01-23"
    )
    add(
        Round("RD-2025-01", "champ", "champ-team", announced, selected, outside, evaluated, operated, settled, finished)
    )
    announced, selected, evaluated, operated, finished = dates(
        "2025-05-12", "2025-06-20", "2025-06-18", "2026-06-12", "2026-10-30"
    )
    add(Round("RD-2025-02", "champ", "champ-team", announced, selected, outside, evaluated, operated, None, finished))
    for key, programme, first, second, third in (
        ("RD-2026-01", "champ", "2026-01-05", "2026-01-30", "2026-01-28"),
        ("RD-2026-02", "branch", "2026-03-09", "2026-04-10", "2026-04-10"),
        ("RD-2026-03", "branch", "2026-06-01", "2026-06-26", "2026-06-24"),
        ("RD-2026-04", "branch", "2026-07-13", "2026-08-14", "2026-08-12"),
        ("RD-2026-05", "champ", "2026-08-10", "2026-09-18", "2026-09-16"),
        ("RD-2026-06", "branch", "2026-09-07", "2026-10-16", "2026-10-20"),
    ):
        announced, selected, evaluated = dates(first, second, third)
        add(Round(key, programme, f"{programme}-team", announced, selected, outside, evaluated))
    world.scenario(
        "selection and external evaluation on the same day",
        expectation("branch-external-review/round/RD-2026-02", "met", "2026-04-10"),
    )
    world.scenario(
        "selected before the rule came into force",
        expectation("champ-external-review/round/RD-2025-01", ABSENT, "2026-01-01"),
        expectation("champ-end-to-end/round/RD-2025-01", "met", "2026-01-23"),
    )
    world.scenario(
        "an external evaluation after the selection",
        expectation("branch-external-review/round/RD-2026-06", "breached", "2026-10-16"),
    )
    world.scenario(
        "a round finished without its settlement",
        expectation("champ-end-to-end/round/RD-2025-02", ABSENT, "2026-01-01", "2026-10-29"),
        expectation("champ-end-to-end/round/RD-2025-02", "breached", "2026-10-30"),
    )


def add_changes(world: World) -> None:
    for number, (programme, *written) in enumerate(
        [
            ("branch", "2026-02-10", "2026-03-31", "2026-02-28", "2026-02-27"),
            ("branch", "2026-03-20", "2026-05-01", "2026-03-27", "2026-03-30"),
            ("champ", "2026-04-13", "2026-04-20", "2026-04-14", ""),
            ("branch", "2026-04-20", "2026-06-15", "2026-05-11", ""),
            ("branch", "2026-06-29", "2026-09-01", "2026-07-01", "2026-07-20"),
            ("branch", "2026-09-14", "2026-10-01", "2026-09-15", "2026-09-15"),
        ],
        start=1,
    ):
        decided, effective, website, email = (on(each) if each else None for each in written)
        assert decided is not None and effective is not None
        change = ProgrammeChange(
            f"PC-2026-{number:02d}", programme, f"{programme}-team", decided, effective, website, email
        )
        world.add(tell(change, entered_on(decided), "website_notice_on", "email_notice_on"))
    world.scenario(
        "a month before 31 March is 28 February",
        expectation("branch-change-notice/website/PC-2026-01", "met", "2026-02-28"),
        expectation("branch-change-notice/email/PC-2026-01", "met", "2026-02-27"),
    )
    world.scenario(
        "announced on the website but not by e-mail",
        expectation("branch-change-notice/website/PC-2026-04", "met", "2026-05-11"),
        expectation("branch-change-notice/email/PC-2026-04", "pending", "2026-04-20", "2026-05-14"),
        expectation("branch-change-notice/email/PC-2026-04", "breached", "2026-05-15"),
    )
    world.scenario(
        "a change of another programme is no commitment of this one",
        expectation("branch-change-notice/website/PC-2026-03", ABSENT, "2026-04-13"),
    )
    world.scenario(
        "decided when a month's notice was no longer possible",
        expectation("branch-change-notice/website/PC-2026-06", "breached", "2026-09-14"),
    )


def add_trainings(world: World) -> None:
    for number, (day, trainees, meetings) in enumerate(
        [("2026-03-17", 14, 0), ("2026-05-19", 22, 12), ("2026-10-20", 25, 9)], start=1
    ):
        training = Training(f"TR-2026-{number:02d}", on(day), "branch-team", trainees, meetings)
        world.add(tell(training, entered_on(on(day))))
    world.scenario(
        "a training without customer meetings does not count",
        expectation("branch-staff-training/half-year/2026-H1", "pending", "2026-03-17", "2026-05-18"),
        expectation("branch-staff-training/half-year/2026-H1", "met", "2026-05-19"),
        expectation("branch-staff-training/half-year/2026-H2", "pending", "2026-07-01", "2026-10-19"),
    )


def add_firms(world: World) -> None:
    def add(number: int, programme: str, selected: str, confirmed: str, active: str = "") -> Firm:
        began = on(active) if active else on(selected) + timedelta(days=10)
        firm = Firm(
            f"F-{number:03d}",
            programme,
            f"{programme}-team",
            on(selected),
            began,
            began + timedelta(days=364),
            on(confirmed) if confirmed else None,
            f"합성위원 {number % 9 + 1:02d}",
            OFFICES[number % len(OFFICES)],
        )
        world.add(tell(firm, entered_on(on(selected)), "active_from_on", "roadmap_confirmed_on"))
        return firm

    for number, confirmed in enumerate(["2026-02-20", "2026-02-24", "2026-02-26", "2026-02-13", "2026-02-23"], start=1):
        add(number, "champ", "2026-01-30", confirmed)
    add(6, "champ", "2026-01-31", "2026-02-28")
    add(7, "champ", "2026-01-31", "2026-03-01")
    world.scenario(
        "a month from 31 January ends with 28 February",
        expectation("champ-roadmap/roadmap/F-006", "met", "2026-02-28"),
        expectation("champ-roadmap/roadmap/F-007", "pending", "2026-01-31", "2026-02-27"),
        expectation("champ-roadmap/roadmap/F-007", "breached", "2026-02-28"),
    )
    add(8, "champ", "2025-12-15", "2026-02-25", "2026-01-05")
    world.scenario(
        "selected before the rule came into force, active since",
        expectation("champ-roadmap/roadmap/F-008", ABSENT, "2026-01-01"),
        expectation("champ-tailored-support/firm/F-008", "met", "2026-01-05"),
    )
    add(9, "champ", "2026-03-16", "2026-04-20")
    world.stories[Firm][-1] = corrected(
        world.stories[Firm][-1], at("2026-04-22 10:00"), roadmap_confirmed_on=on("2026-04-10")
    )
    world.scenario(
        "a register entry with the wrong date, corrected two days later",
        expectation("champ-roadmap/roadmap/F-009", "breached", "2026-04-16", "2026-04-21"),
        expectation("champ-roadmap/roadmap/F-009", "met", "2026-04-22"),
    )
    for number in (10, 11, 12):
        add(number, "champ", "2026-06-10", "2026-07-08" if number < 12 else "")
    world.scenario(
        "a roadmap that is due next week",
        expectation("champ-roadmap/roadmap/F-010", "pending", "2026-06-10", "2026-07-07"),
        expectation("champ-roadmap/roadmap/F-010", "met", "2026-07-08"),
        expectation("champ-roadmap/roadmap/F-012", "breached", "2026-07-10"),
    )
    for number in range(13, 19):
        add(number, "champ", "2026-09-18", f"2026-10-{number:02d}")
    for number in range(19, 43):
        add(number, "branch", ["2026-04-10", "2026-06-26", "2026-08-14", "2026-10-16"][number % 4], "")


# ── foreign investment ──────────────────────────────────────────────────────────────────────────


def add_secondments(world: World) -> None:
    def add(agency: str, first: str, last: str | None) -> None:
        number = len(world.stories[Secondment]) + 1
        row = Secondment(f"S-{number:03d}", agency, f"합성파견관 {number:02d}", on(first), on(last) if last else None)
        world.add(tell(row, max(entered_on(on(first)), entered_on(FIRST_DAY - timedelta(days=1)))))

    for agency in AGENCIES[:9]:
        add(agency, "2025-01-06", None)
    add(AGENCIES[0], "2025-07-01", "2026-06-30")
    for agency in AGENCIES[9:]:
        add(agency, "2025-07-01", "2026-06-24")
        add(agency, "2026-06-29", None)
    world.scenario(
        "three agencies' officers left two working days before their successors came",
        expectation("invest-one-stop/agencies/2026-06-24", "met", "2026-06-24"),
        expectation("invest-one-stop/agencies/2026-06-25", "breached", "2026-06-25"),
        expectation("invest-one-stop/agencies/2026-06-26", "breached", "2026-06-26"),
        expectation("invest-one-stop/agencies/2026-06-27", ABSENT, "2026-06-27"),
        expectation("invest-one-stop/agencies/2026-06-29", "met", "2026-06-29"),
    )
    world.scenario(
        "no commitment of a working day on a public holiday or the agency's own day off",
        expectation("invest-one-stop/agencies/2026-05-25", ABSENT, "2026-05-25"),
        expectation("invest-one-stop/agencies/2026-06-03", ABSENT, "2026-06-03"),
        expectation("invest-one-stop/agencies/2026-06-19", ABSENT, "2026-06-19"),
    )


def add_home_doctors(world: World) -> None:
    for number, (role, field, first, last) in enumerate(
        [
            ("home_doctor", "금융", "2025-01-01", ""),
            ("home_doctor", "회계", "2025-01-01", ""),
            ("home_doctor", "노무", "2025-03-01", "2026-05-31"),
            ("home_doctor", "노무", "2026-05-18", ""),
            ("home_doctor", "세무", "2025-01-01", ""),
            ("home_doctor", "세무", "2025-09-01", ""),
            ("home_doctor", "통관", "2025-01-01", "2026-04-10"),
            ("home_doctor", "통관", "2026-04-20", ""),
            ("ombudsman", None, "2023-04-01", "2026-03-31"),
            ("ombudsman", None, "2026-04-01", ""),
        ],
        start=1,
    ):
        doctor = HomeDoctor(
            f"HD-{number:02d}", role, field, f"합성위촉 {number:02d}", on(first), on(last) if last else None
        )
        world.add(tell(doctor, max(entered_on(on(first)), entered_on(FIRST_DAY - timedelta(days=1)))))
    world.scenario(
        "two home doctors of one field are one field; four fields are enough",
        expectation("invest-home-doctor/fields/2026-04-13", "met", "2026-04-13"),
        expectation("invest-home-doctor/ombudsman/2026-04-01", "met", "2026-04-01"),
    )


def add_tenancies(world: World) -> None:
    for number in range(1, 15):
        reviewed = on("2025-08-20") if number != 13 else None
        first, last = on("2025-09-01"), None
        if number in (11, 12):
            last = on("2026-03-15")
        if number == 14:
            reviewed, first = on("2026-03-20"), on("2026-04-01")
        tenancy = Tenancy(f"TN-{number:02d}", f"B-{number:03d}", reviewed, first, last)
        world.add(tell(tenancy, max(entered_on(first), entered_on(FIRST_DAY - timedelta(days=1)))))
    world.scenario(
        "exactly ten reviewed tenants, beside one that was not reviewed",
        expectation("invest-incubation/tenants/2026-03-16", "met", "2026-03-16"),
    )


# ── information ─────────────────────────────────────────────────────────────────────────────────


def add_pages(world: World, working: Working) -> None:
    reviews: list[tuple[date, str]] = []
    for number in range(1, 37):
        page = f"P-{number:03d}"
        published = on("2026-04-01") if number == 36 else on("2024-05-01")
        retired = on("2026-05-15") if number == 35 else None
        world.add(
            tell(Page(page, published, retired), max(entered_on(published), entered_on(on("2025-12-31"))), "retired_on")
        )
        reviewed = published if number == 36 else on("2025-11-03") + timedelta(days=number)
        while reviewed <= LAST_DAY and (retired is None or reviewed <= retired):
            reviews.append((reviewed, page))
            reviewed += timedelta(days=52 + number % 9)
            while not working.day(reviewed):
                reviewed += timedelta(days=1)
    reviews = [
        (day, page) for day, page in reviews if page != "P-017" or not on("2026-02-28") <= day <= on("2026-06-02")
    ]
    reviews += [(on("2026-02-27"), "P-017"), (on("2026-06-03"), "P-017")]
    for number, (day, page) in enumerate(sorted(reviews), start=1):
        world.add(tell(PageReview(f"PR-{number:04d}", page, day), max(entered_on(day), entered_on(on("2025-12-31")))))
    world.scenario(
        "a page that nobody reviewed for more than 90 days",
        expectation("info-website/pages/2026-05-28", "met", "2026-05-28"),
        expectation("info-website/pages/2026-05-29", "breached", "2026-05-29"),
        expectation("info-website/pages/2026-06-02", "breached", "2026-06-02"),
        expectation("info-website/pages/2026-06-03", "met", "2026-06-03"),
    )


def add_disclosures(world: World, working: Working, seed: int) -> None:
    reason = "제3자 의견 청취"
    planted = [
        ("D-2026-901", "2026-04-29", {"decided_on": "2026-05-14"}),
        ("D-2026-902", "2026-05-02", {"decided_on": "2026-05-19"}),
        (
            "D-2026-903",
            "2026-05-11",
            {"extended_on": "2026-05-22", "extension_reason": reason, "decided_on": "2026-06-09"},
        ),
        (
            "D-2026-904",
            "2026-05-11",
            {"extended_on": "2026-05-26", "extension_reason": reason, "decided_on": "2026-06-04"},
        ),
        ("D-2026-905", "2026-05-18", {"extended_on": "2026-05-28", "decided_on": "2026-06-05"}),
        ("D-2026-906", "2026-06-01", {"withdrawn_on": "2026-06-08"}),
        ("D-2026-907", "2026-06-30", {"decided_on": "2026-07-10"}),
        ("D-2026-908", "2026-06-15", {"decided_on": "2026-06-26"}),
        ("D-2026-909", "2026-09-21", {"decided_on": "2026-10-07"}),
    ]
    for key, received, facts in planted:
        dates = {name: on(value) for name, value in facts.items() if name.endswith("_on")}
        request = DisclosureRequest(
            key, "planning-team", on(received), extension_reason=facts.get("extension_reason"), **dates
        )
        add_disclosure(world, request)
    rng = Random(f"{seed}/disclosures")
    for number, offset in enumerate(range(5, 360, 6), start=1):
        received_on = FIRST_DAY + timedelta(days=offset + rng.randrange(3))
        decided_on, left = received_on, rng.randrange(3, 9)
        while left:
            decided_on += timedelta(days=1)
            left -= working.day(decided_on)
        team = rng.choice(["planning-team", "general-affairs", "invest-centre", "branch-team"])
        add_disclosure(world, DisclosureRequest(f"D-2026-{number:03d}", team, received_on, decided_on=decided_on))
    world.scenario(
        "ten days that leave out Labour Day and Children's Day",
        expectation("info-disclosure/decision/D-2026-901", "met", "2026-05-14"),
    )
    world.scenario(
        "received on a Saturday: the next working day is the first day",
        expectation("info-disclosure/decision/D-2026-902", "pending", "2026-05-02", "2026-05-17"),
        expectation("info-disclosure/decision/D-2026-902", "breached", "2026-05-18"),
    )
    world.scenario(
        "a lawful extension, notified on the last day",
        expectation("info-disclosure/decision/D-2026-903", "pending", "2026-05-22", "2026-06-08"),
        expectation("info-disclosure/decision/D-2026-903", "met", "2026-06-09"),
    )
    world.scenario(
        "an extension notified too late",
        expectation("info-disclosure/decision/D-2026-904", "breached", "2026-05-22"),
    )
    world.scenario(
        "an extension without a reason",
        expectation("info-disclosure/decision/D-2026-905", "breached", "2026-06-01"),
    )
    world.scenario(
        "a request that was withdrawn",
        expectation("info-disclosure/decision/D-2026-906", "pending", "2026-06-01", "2026-06-07"),
        expectation("info-disclosure/decision/D-2026-906", "excluded", "2026-06-08"),
    )
    world.scenario(
        "a request within its ten days",
        expectation("info-disclosure/decision/D-2026-907", "pending", "2026-06-30", "2026-07-09"),
    )
    world.scenario(
        "decided on the last day, over the harvest holidays",
        expectation("info-disclosure/decision/D-2026-909", "met", "2026-10-07"),
    )


def add_disclosure(world: World, request: DisclosureRequest) -> None:
    """A request; the reason of an extension is entered with it."""
    story = tell(request, entered_on(request.received_on), "extended_on", "decided_on", "withdrawn_on")
    if request.extended_on is not None and request.extension_reason is not None:
        plain = DisclosureRequest(request.request_id, request.department_id, request.received_on)
        later = [version for version in story.versions if version.row and version.row.extended_on is not None]
        story = type(story)((tell(plain, story.begun_at).versions[0], *later))
    world.add(story)


def add_incidents(world: World) -> None:
    for number, (kind, team, occurred, confirmed, entered) in enumerate(
        [
            ("near_miss", "digital-team", "2026-02-11", "2026-02-12", "2026-02-12"),
            ("leak", "digital-team", "2026-04-22", "2026-05-08", "2026-04-24"),
            ("violation", "branch-team", "2026-06-10", "", "2026-06-11"),
        ],
        start=1,
    ):
        incident = Incident(f"IN-2026-{number:02d}", kind, team, on(occurred), on(confirmed) if confirmed else None)
        world.add(tell(incident, entered_on(on(entered)), "confirmed_on"))
    world.scenario(
        "a leak that is confirmed two weeks later",
        expectation("info-confidentiality/day/2026-04-22", "met", "2026-04-22", "2026-05-07"),
        expectation("info-confidentiality/day/2026-04-22", "breached", "2026-05-08"),
        expectation("info-confidentiality/day/2026-05-08", "met", "2026-05-08"),
    )
    world.scenario(
        "a near miss and a suspicion are no breach",
        expectation("info-confidentiality/day/2026-02-11", "met", "2026-02-12"),
        expectation("info-confidentiality/day/2026-06-10", "met", "2026-06-11"),
    )


# ── participation and redress ───────────────────────────────────────────────────────────────────


def add_channel_checks(world: World, working: Working) -> None:
    named = [("suggestion", each) for each in ("website", "post", "visit", "phone", "email")]
    named += [("complaint", each) for each in ("website", "voc", "phone", "fax", "visit")]
    checked: list[tuple[date, str, str, bool]] = []
    for day in days(on("2025-12-29"), LAST_DAY):
        if day.weekday() not in (0, 3):
            continue
        actual = day
        while not working.day(actual):
            actual += timedelta(days=1)
        for purpose, channel in named:
            skipped = (purpose, channel) == ("suggestion", "visit") and actual in (on("2026-06-11"), on("2026-06-15"))
            failed = (purpose, channel, actual) == ("suggestion", "website", on("2026-04-06"))
            if not skipped:
                checked.append((actual, purpose, channel, not failed))
    checked += [(on("2026-06-17"), "suggestion", "visit", True), (on("2026-04-07"), "suggestion", "website", True)]
    for number, row in enumerate(sorted(set(checked)), start=1):
        check = ChannelCheck(f"CC-{number:04d}", row[1], row[2], row[0], row[3])
        world.add(tell(check, max(entered_on(row[0]), entered_on(on("2025-12-31")))))
    world.scenario(
        "a channel whose last check is older than seven days",
        expectation("voice-channels/channels/2026-06-15", "met", "2026-06-15"),
        expectation("voice-channels/channels/2026-06-16", "breached", "2026-06-16"),
        expectation("voice-channels/channels/2026-06-17", "met", "2026-06-17"),
        expectation("redress-channels/channels/2026-06-16", "met", "2026-06-16"),
    )
    world.scenario(
        "a channel that failed its check, mended the next day",
        expectation("voice-channels/channels/2026-04-05", "met", "2026-04-05"),
        expectation("voice-channels/channels/2026-04-06", "breached", "2026-04-06"),
        expectation("voice-channels/channels/2026-04-07", "met", "2026-04-07"),
    )


def add_proposals(world: World, seed: int) -> None:
    def add(key: str, received: str, adopted: str = "", rewarded: str = "") -> None:
        row = Proposal(
            key,
            "planning-team",
            on(received),
            on(adopted) if adopted else None,
            on(rewarded) if rewarded else None,
        )
        world.add(tell(row, entered_on(row.received_on), "adopted_on", "rewarded_on"))

    rng = Random(f"{seed}/proposals")
    for number, offset in enumerate(range(6, 350, 8), start=1):
        received = FIRST_DAY + timedelta(days=offset)
        adopted = received + timedelta(days=rng.randrange(10, 40)) if rng.random() < 0.25 else None
        rewarded = adopted + timedelta(days=rng.randrange(5, 29)) if adopted else None
        add(f"PP-2026-{number:03d}", str(received), str(adopted or ""), str(rewarded or ""))
    add("PP-2026-901", "2026-04-06", "2026-05-04", "2026-06-03")
    world.scenario(
        "a reward on the thirtieth day",
        expectation("voice-proposals/reward/PP-2026-901", "pending", "2026-05-04", "2026-06-02"),
        expectation("voice-proposals/reward/PP-2026-901", "met", "2026-06-03"),
    )
    add("PP-2026-902", "2026-06-01", "2026-06-24", "2026-07-15")
    world.scenario(
        "a reward that is not yet due",
        expectation("voice-proposals/reward/PP-2026-902", "pending", "2026-06-24", "2026-07-14"),
    )
    add("PP-2026-903", "2026-02-02", "2026-03-10")
    world.stories[Proposal][-1] = corrected(
        world.stories[Proposal][-1], at("2026-04-20 09:00"), rewarded_on=on("2026-04-05")
    )
    world.scenario(
        "a reward given in time but entered late",
        expectation("voice-proposals/reward/PP-2026-903", "breached", "2026-04-09", "2026-04-19"),
        expectation("voice-proposals/reward/PP-2026-903", "met", "2026-04-20"),
    )
    add("PP-2026-904", "2026-03-02", "2026-04-01")
    world.stories[Proposal][-1] = deleted(world.stories[Proposal][-1], at("2026-05-20 10:00"))
    world.scenario(
        "a register entry that was deleted, as a decision says",
        expectation("voice-proposals/reward/PP-2026-904", "breached", "2026-05-01", "2026-05-19"),
        expectation("voice-proposals/reward/PP-2026-904", ABSENT, "2026-05-20"),
    )


def add_reviews_and_meetings(world: World) -> None:
    for number, (day, findings, unresolved) in enumerate(
        [("2026-02-10", 5, 1), ("2026-03-24", 3, 0), ("2026-06-16", 4, 0), ("2026-09-15", 6, 2), ("2026-12-01", 2, 0)],
        start=1,
    ):
        review = SelfReview(f"SR-2026-{number:02d}", on(day), "audit-office", findings, unresolved)
        world.add(tell(review, entered_on(on(day))))
    world.scenario(
        "a self-review with a finding left open does not count",
        expectation("voice-self-review/quarter/2026-Q1", "pending", "2026-02-10", "2026-03-23"),
        expectation("voice-self-review/quarter/2026-Q1", "met", "2026-03-24"),
        expectation("voice-self-review/quarter/2026-Q3", "breached", "2026-09-30"),
    )
    for number, (kind, day) in enumerate(
        [("other", "2026-03-05"), ("advisory_group", "2026-06-11"), ("advisory_group", "2026-11-19")], start=1
    ):
        world.add(tell(Meeting(f"MT-2026-{number:02d}", kind, on(day)), entered_on(on(day))))
    world.scenario(
        "another meeting is not the advisory group's",
        expectation("voice-participation/half-year/2026-H1", "pending", "2026-03-05", "2026-06-10"),
        expectation("voice-participation/half-year/2026-H1", "met", "2026-06-11"),
    )


def add_redress(world: World) -> None:
    def add(number: int, confirmed: str, corrected_: str, **facts: str) -> None:
        row = Complaint(
            f"G-2026-{900 + number}",
            "voc-team",
            at(confirmed) - timedelta(days=2),
            at(confirmed),
            at(corrected_) if corrected_ else None,
            **{name: on(value) for name, value in facts.items()},
        )
        world.add(
            tell(
                row, row.received_at, "confirmed_at", "corrected_at",
                "harm_confirmed_on", "compensation_decided_on", "paid_on", "remedy_agreed_on",
            )
        )  # fmt: skip

    add(1, "2026-06-08 09:40", "2026-06-15 09:40")
    world.scenario(
        "corrected exactly seven days after the confirmation",
        expectation("redress-correction/correction/G-2026-901", "met", "2026-06-15"),
    )
    add(2, "2026-07-02 10:00", "2026-07-06 15:00")
    world.scenario(
        "confirmed and not yet corrected",
        expectation("redress-correction/correction/G-2026-902", "pending", "2026-07-02", "2026-07-05"),
        expectation("redress-correction/correction/G-2026-902", "met", "2026-07-06"),
    )
    paid = {"harm_confirmed_on": "2026-04-06", "compensation_decided_on": "2026-04-20", "paid_on": "2026-05-06"}
    add(3, "2026-04-03 11:00", "2026-04-08 11:00", **paid)
    world.scenario(
        "compensation paid on the thirtieth day",
        expectation("redress-compensation/compensation/G-2026-903", "pending", "2026-04-20", "2026-05-05"),
        expectation("redress-compensation/compensation/G-2026-903", "met", "2026-05-06"),
    )
    agreed = {
        "harm_confirmed_on": "2026-05-11",
        "compensation_decided_on": "2026-05-20",
        "remedy_agreed_on": "2026-05-22",
    }
    add(4, "2026-05-07 11:00", "2026-05-12 11:00", **agreed)
    world.scenario(
        "a remedy agreed in place of a payment",
        expectation("redress-compensation/compensation/G-2026-904", "met", "2026-05-22"),
    )
    undecided = {"harm_confirmed_on": "2026-08-03", "paid_on": "2026-08-20"}
    add(5, "2026-07-30 11:00", "2026-08-04 11:00", **undecided)
    world.scenario(
        "paid without a decision on record",
        expectation("redress-compensation/compensation/G-2026-905", "pending", "2026-08-20", "2026-09-01"),
        expectation("redress-compensation/compensation/G-2026-905", "breached", "2026-09-02"),
    )


def add_surveys(world: World, seed: int) -> None:
    for key, kind, day, body, invited in (
        ("W-2026-01", "satisfaction", "2026-05-11", None, 60),
        ("W-2026-02", "courtesy", "2026-10-12", "합성리서치", 400),
        ("W-2026-03", "satisfaction", "2026-11-02", "합성리서치", 500),
    ):
        world.add(tell(SurveyWave(key, kind, on(day), body, invited), entered_on(on(day))))
        rng = Random(f"{seed}/survey/{key}")
        for number in range(1, invited // 4):
            answered_at = at(f"{day} 09:00") + timedelta(minutes=rng.randrange(60, 14 * 1440))
            response = SurveyResponse(
                f"R-{key[2:]}-{number:04d}", kind, None, key, rng.choice(["voc-team", "branch-team", "invest-centre"]),
                answered_at, float(rng.choice([3, 4, 4, 5, 5, 5])), f"customer{rng.randrange(2500):04d}@example.com",
            )  # fmt: skip
            world.add(tell(response, answered_at))
    world.scenario(
        "a satisfaction survey held without an outside body does not count",
        expectation("satisfaction-survey/year/2026", "pending", "2026-05-11", "2026-11-01"),
        expectation("satisfaction-survey/year/2026", "met", "2026-11-02"),
        expectation("phone-courtesy-survey/year/2026", "pending", "2026-01-01", "2026-10-11"),
    )


# ── entries that break the contract ─────────────────────────────────────────────────────────────


def add_broken_entries(world: World) -> None:
    def add(row: object, day: str, reason: str, **raw: str | None) -> None:
        world.broken.append(Broken(row, entered_on(on(day)), reason, raw))

    firm = Firm("F-901", "champ", "champ-team", on("2026-02-06"))
    add(firm, "2026-02-06", "unparsable", selected_on="미정")
    complaint = Complaint("G-2026-990", "voc-team", at("2026-05-28 10:00"))
    add(complaint, "2026-05-28", "missing_value", complaint_id=None)
    check = ChannelCheck("CC-9001", "complaint", "phone", on("2026-06-29"), True)
    add(check, "2026-06-29", "unknown_code", channel="카카오톡")
    request = DisclosureRequest("D-2026-990", "planning-team", on("2026-06-25"))
    add(request, "2026-06-25", "unparsable", received_on="2026.13.01")
    meeting = Meeting("MT-2026-90", "other", on("2026-04-09"))
    add(meeting, "2026-04-09", "missing_value", held_on="-")
    response = SurveyResponse(
        "R-900001",
        "satisfaction",
        None,
        "W-2026-01",
        "voc-team",
        at("2026-05-20 11:00"),
        4.0,
        "customer9990@example.com",
    )
    world.broken.append(Broken(response, response.responded_at, "unparsable", {"score": "보통"}))
