"""Times that stand beside DTSTART: RDATEs with a length of their own, local times without a zone, too long ones."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calbridge.core.event import read_object
from calbridge.core.model import CalendarObject, Event, EventSet

PARIS = ZoneInfo("Europe/Paris")
WEEKLY = ("DTSTART;TZID=Europe/Paris:20260105T090000", "DURATION:PT30M", "RRULE:FREQ=WEEKLY;COUNT=3")


def read(*vevents: tuple[str, ...]) -> EventSet:
    """Read VEVENTs of one UID; floating times are in New York."""
    lines = [line for each in vevents for line in ("BEGIN:VEVENT", "UID:1", *each, "END:VEVENT")]
    found = read_object(CalendarObject("", "", None, "\r\n".join([*lines, ""]).encode()), zone="America/New_York")
    assert isinstance(found, EventSet)
    return found


def master(*lines: str) -> Event:
    found = read(lines).master
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("rdate", "instances"),
    [
        ("RDATE;VALUE=PERIOD:20260107T110000Z/20260107T130000Z", [(datetime(2026, 1, 7, 11, tzinfo=UTC), 120)]),
        ("RDATE;VALUE=PERIOD;TZID=Europe/Paris:20260107T120000/PT2H", [(datetime(2026, 1, 7, 12, tzinfo=PARIS), 120)]),
        ("RDATE;VALUE=PERIOD:20260328T220000Z/20260329T020000Z", [(datetime(2026, 3, 28, 22, tzinfo=UTC), 240)]),
        (
            "RDATE;VALUE=PERIOD:20260107T110000Z/PT30M,20260108T110000Z/P1D",
            [(datetime(2026, 1, 8, 11, tzinfo=UTC), 1440)],
        ),
        ("RDATE:20260107T110000Z", []),
    ],
)
def test_a_period_with_a_length_of_its_own_is_a_changed_instance(
    rdate: str, instances: list[tuple[datetime, int]]
) -> None:
    found = read((*WEEKLY, "SUMMARY:Review", rdate)).overrides
    assert [(each.start, each.duration) for each in found] == [
        (start, timedelta(minutes=minutes)) for start, minutes in instances
    ]
    assert all(each.recurrence_id == each.start and each.summary == "Review" for each in found)


def test_a_period_that_is_taken_out_is_no_instance() -> None:
    assert read((*WEEKLY, "RDATE;VALUE=PERIOD:20260107T110000Z/PT3H", "EXDATE:20260107T110000Z")).overrides == ()
    assert read((*WEEKLY, "RDATE;VALUE=PERIOD:20260107T110000Z/PT3H", "EXDATE;VALUE=DATE:20260107")).overrides == ()


@pytest.mark.parametrize("end", ["X", "20260107T100000Z", "PT0S", "-PT1H", "20261301T000000Z", "P999999D"])
def test_a_period_without_a_sensible_end_is_a_misfit(end: str) -> None:
    found = master(*WEEKLY, f"RDATE;VALUE=PERIOD:20260107T110000Z/{end}").misfit
    assert found is not None
    assert found.rule in {"event.time", "event.too-long"}


@pytest.mark.parametrize("length", ["PT99999999H", "P367D", "P60W"])
def test_an_event_that_lasts_longer_than_a_year_is_a_misfit(length: str) -> None:
    found = master("DTSTART:20260105T090000Z", f"DURATION:{length}").misfit
    assert found is not None
    assert found.rule == "event.too-long"


def test_an_end_without_a_zone_is_in_that_of_the_start() -> None:
    found = master("DTSTART;TZID=Europe/Paris:20260105T090000", "DTEND:20260105T103000")
    assert found.duration == timedelta(minutes=90)


def test_a_recurrence_id_without_a_zone_is_in_that_of_the_series() -> None:
    override = ("RECURRENCE-ID:20260112T090000", "DTSTART;TZID=Europe/London:20260113T090000")
    [found] = read(override, WEEKLY).overrides
    assert found.recurrence_id == datetime(2026, 1, 12, 9, tzinfo=PARIS)


def test_a_recurrence_id_without_a_zone_and_a_series_is_in_that_of_its_own_start() -> None:
    [found] = read(("RECURRENCE-ID:20260112T090000", "DTSTART;TZID=Europe/Paris:20260113T090000")).overrides
    assert found.recurrence_id == datetime(2026, 1, 12, 9, tzinfo=PARIS)
