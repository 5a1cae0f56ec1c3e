"""Calendar objects of every kind are read, and nothing in them is an exception."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calbridge.core.event import read_object
from calbridge.core.model import CalendarObject, Event, EventSet
from calbridge.core.problem import Problem

ODD = Path(__file__).parents[1] / "data" / "ics"
BERLIN = ZoneInfo("Europe/Berlin")


def read(body: bytes) -> EventSet | Problem | None:
    source = CalendarObject(
        "https://dav.example.com/alice/work/", "https://dav.example.com/alice/work/1.ics", None, body
    )
    return read_object(source, zone="Europe/Berlin")


def odd(name: str) -> EventSet:
    found = read((ODD / name).read_bytes())
    assert isinstance(found, EventSet)
    return found


def master(*lines: str) -> Event:
    body = "\r\n".join(["BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT", ""])
    found = read(body.encode())
    assert isinstance(found, EventSet)
    assert found.master is not None
    return found.master


def test_text_is_unfolded_and_unescaped_and_an_alarm_is_not_the_event() -> None:
    event = odd("nested-alarm.ics").master
    assert event is not None
    assert event.summary == "Budget, once more @meet"
    assert event.description == "First\nSecond; \\n"
    assert event.categories == ("Conference", "Money, mine", "Home")
    assert event.status == "CONFIRMED"


def test_addresses_are_plain_lower_case_and_said_once() -> None:
    event = odd("nested-alarm.ics").master
    assert event is not None
    assert event.organizer == "alice@example.com"
    assert event.attendees == ("bob@example.com", "carol@example.com")


def test_links_are_those_of_conference_and_foreign_properties_but_not_of_repeated_text_or_files() -> None:
    event = odd("nested-alarm.ics").master
    assert event is not None
    assert event.links == ("https://meet.example.org/abc", "https://meet.google.com/abc-defg-hij")
    assert event.url == "https://example.com/budget"


def test_a_floating_time_is_in_the_zone_that_the_object_names_else_in_the_given_one() -> None:
    event = odd("nested-alarm.ics").master
    assert event is not None
    assert event.start == datetime(2026, 1, 12, 9, tzinfo=ZoneInfo("America/New_York"))
    assert master("DTSTART:20260112T090000").start == datetime(2026, 1, 12, 9, tzinfo=BERLIN)


def test_an_unclosed_quote_loses_neither_zone_nor_time() -> None:
    event = odd("unclosed-quote.ics").master
    assert event is not None
    assert event.start == datetime(2026, 1, 12, 9, tzinfo=BERLIN)
    assert event.misfit is None


def test_bytes_that_are_not_utf8_are_read_as_western_text() -> None:
    event = odd("western-bytes.ics").master
    assert event is not None
    assert event.summary == "Café @meet\x00"


def test_a_family_is_a_master_with_its_overrides() -> None:
    family = odd("family.ics")
    assert family.master is not None
    assert [each.recurrence_text for each in family.overrides] == ["20260119", "20260126T080000Z", "20260202T090000"]
    assert family.overrides[0].recurrence_id == date(2026, 1, 19)
    assert family.overrides[1].recurrence_id == datetime(2026, 1, 26, 8, tzinfo=UTC)


def test_excluded_instances_are_in_the_zone_of_the_start() -> None:
    event = odd("family.ics").master
    assert event is not None
    assert event.recurrence is not None
    assert event.recurrence.rrules == ("FREQ=WEEKLY;COUNT=6",)
    assert [str(each) for each in event.recurrence.exdates] == [
        "2026-02-09 09:00:00+01:00",
        "2026-02-16 09:00:00+01:00",
    ]


def test_periods_count_by_their_start_and_whole_days_stay_days() -> None:
    event = odd("period-rdate.ics").master
    assert event is not None
    assert event.recurrence is not None
    assert [str(each) for each in event.recurrence.rdates] == ["2026-01-13 09:00:00+01:00", "2026-01-14 09:00:00+01:00"]
    assert event.recurrence.exdates == (date(2026, 1, 14),)


@pytest.mark.parametrize(
    ("lines", "minutes"),
    [
        (["DTSTART:20260112T090000Z"], None),
        (["DTSTART:20260112T090000Z", "DTEND:20260112T090000Z"], 0),
        (["DTSTART;TZID=Europe/Berlin:20260112T090000", "DTEND;TZID=America/New_York:20260112T040000"], 60),
        (["DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:P1D"], 23 * 60),
        (["DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:PT24H"], 24 * 60),
        (["DTSTART;TZID=Europe/Berlin:20260328T120000", "DTEND;TZID=Europe/Berlin:20260329T120000"], 23 * 60),
        (["DTSTART:20260112T090000Z", "DURATION:+P1W"], 7 * 24 * 60),
        (["DTSTART;VALUE=DATE:20260112", "DTEND;VALUE=DATE:20260113"], 24 * 60),
        (["DTSTART:20260112T220000Z", "DTEND;VALUE=DATE:20260113"], 120),
    ],
)
def test_a_duration_is_elapsed_time(lines: list[str], minutes: int | None) -> None:
    assert master(*lines).duration == (None if minutes is None else timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        (["DTSTART:soon"], "event.time"),
        (["DTSTART:20260231T090000Z"], "event.time"),
        (["DTSTART:00010101T000000Z"], "event.time"),
        (["DTSTART;TZID=Nowhere:20260112T090000"], "zone.unknown"),
        (["DTSTART:20260112T090000Z", "DTEND:later"], "event.time"),
        (["DTSTART:20260112T090000Z", "DTEND:20260112T080000Z"], "event.negative"),
        (["DTSTART:20260112T090000Z", "DURATION:-PT1H"], "event.negative"),
        (["DTSTART:20260112T090000Z", "DURATION:P999999999W"], "event.time"),
        (["DTSTART:99980112T090000Z", "DURATION:P999999W"], "event.time"),
        (["DTSTART:20260112T090000Z", "RRULE:FREQ=DAILY", "EXDATE:20260112T09"], "event.time"),
        (["DTSTART:20260112T090000Z", "RDATE;TZID=Nowhere:20260113T090000"], "zone.unknown"),
    ],
)
def test_what_cannot_be_read_of_its_times_is_the_events_misfit(lines: list[str], rule: str) -> None:
    event = master(*lines, "SUMMARY:Budget @meet")
    assert event.misfit is not None
    assert (event.misfit.rule, event.misfit.where) == (rule, "https://dav.example.com/alice/work/ 1")
    assert event.summary == "Budget @meet"


def test_an_override_with_an_unreadable_id_is_no_master() -> None:
    found = read(b"BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:someday\nDTSTART:20260112T090000Z\nEND:VEVENT\n")
    assert isinstance(found, EventSet)
    assert found.master is None
    assert found.overrides[0].misfit is not None


def test_only_an_empty_rule_is_no_rule() -> None:
    assert master("DTSTART:20260112T090000Z", "RRULE:").recurrence is None
    assert master("DTSTART:20260112T090000Z", "RRULE:FREQ=NEVER").recurrence is not None


def test_an_event_that_was_cut_off_is_a_problem_that_names_the_line() -> None:
    found = read((ODD / "cut-off.ics").read_bytes())
    assert isinstance(found, Problem)
    assert found.rule == "event.syntax"
    assert "line 3" in found.reason


def test_an_event_without_uid_is_a_problem() -> None:
    found = read(b"BEGIN:VEVENT\nDTSTART:20260112T090000Z\nEND:VEVENT\n")
    assert isinstance(found, Problem)
    assert found.rule == "event.no-uid"


@pytest.mark.parametrize("body", [b"", b"<html>", b"\x00" * 100, (ODD / "task.ics").read_bytes()])
def test_an_object_without_events_is_none(body: bytes) -> None:
    assert read(body) is None


@pytest.mark.parametrize(
    "body",
    [
        b"BEGIN:VEVENT\r\n" * 50_000,
        b"BEGIN:A\r\n" * 50_000 + b"END:A\r\n" * 50_000,
        b"BEGIN:VEVENT\r\nUID:1\r\nX-A:" + b"a\r\n " * 300_000 + b"\r\nEND:VEVENT\r\n",
        b"BEGIN:VEVENT\r\nUID:1\r\nDTSTART;" + b'a="' * 300_000 + b":20260112T090000Z\r\nEND:VEVENT\r\n",
        b"BEGIN:VEVENT\r\nUID:1\r\nCATEGORIES:" + b"\\," * 500_000 + b"\r\nEND:VEVENT\r\n",
        b"BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260112T090000Z\r\nRDATE:"
        + b"20260112T090000Z," * 50_000
        + b"\r\nEND:VEVENT\r\n",
    ],
    ids=["begins", "depth", "folds", "quotes", "escapes", "dates"],
)
def test_a_large_odd_object_takes_no_longer_than_its_size(body: bytes) -> None:
    started = datetime.now(UTC)
    read(body)
    assert datetime.now(UTC) - started < timedelta(seconds=5)


ODD_LINES = """
BEGIN:VEVENT END:VEVENT BEGIN:VTIMEZONE END:VTIMEZONE BEGIN:STANDARD END:STANDARD UID:1 UID:2 TZID:Office
DTSTART:20260112T090000Z DTSTART;TZID=Office:20260112T090000 DTSTART;VALUE=DATE:20260112 DTEND:20260112T090000
DURATION:P1D RRULE:FREQ=YEARLY RDATE:20260112,x EXDATE;TZID=:20260112T0000 TZOFFSETFROM:+0100 TZOFFSETTO:-9999
RECURRENCE-ID:20260112T090000Z CATEGORIES:\\ ATTENDEE:mailto:% URL:http://[ DTSTART;TZID="Office:20260112T090000
"""
LINES = st.sampled_from(ODD_LINES.split())


@given(st.lists(LINES | st.text(max_size=20), max_size=30).map("\r\n".join))
def test_no_object_is_an_exception(text: str) -> None:
    read(text.encode("utf-8", "surrogatepass"))
