"""RDATEs with a length of their own, from the file to the conferences: length and room are right."""

from datetime import UTC, datetime

from support.ical import calendar_object, vevent

from calbridge.core.conferences import wanted
from calbridge.core.event import read_object
from calbridge.core.meeting import read_meeting
from calbridge.core.model import CalendarObject, EventSet, Meeting
from calbridge.core.policy import ConferencePolicy, Owner, Policy
from calbridge.core.wanted import Wanted

WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=3"
FURTHER = "RDATE;VALUE=PERIOD;TZID=Europe/Paris:20260311T140000/PT3H"


def _wanted(*lines: str, now: datetime = datetime(2026, 3, 1, tzinfo=UTC)) -> tuple[Wanted, ...]:
    """What an event on Tuesday, 10 March 2026, ten to eleven in Paris, wants."""
    events = read_object(CalendarObject("", "", None, calendar_object(vevent(*lines)).encode()), zone="UTC")
    assert isinstance(events, EventSet)
    meeting = read_meeting(events, Policy("main", Owner(9, frozenset(), "UTC")))
    assert isinstance(meeting, Meeting)
    found = wanted(meeting, policy=ConferencePolicy(), sent={}, cancelled=frozenset(), now=now)
    assert isinstance(found, tuple)
    return found


def _told(found: tuple[Wanted, ...]) -> list[tuple[str, str, int, str | None]]:
    """Of each: its start, minutes, and the RECURRENCE-ID of the VEVENT that shows it."""
    return [(w.part, f"{w.occasion.start:%m-%d %H:%M}", w.occasion.minutes, w.recurrence_text) for w in found]


def test_a_further_date_is_as_long_as_it_says_and_shown_by_the_series() -> None:
    found = _wanted(WEEKLY, FURTHER)
    assert _told(found) == [("1", "03-10 10:00", 60, None), ("20260311T130000Z", "03-11 14:00", 180, None)]
    assert {(w.tier, w.room) for w in found} == {(4, "dedicated")}


def test_an_instance_of_the_rule_that_is_longer_is_a_change_of_the_series() -> None:
    [series] = _wanted(WEEKLY, "RDATE;VALUE=PERIOD:20260317T090000Z/PT2H")
    assert [each.occasion.minutes for each in series.instances if each.occasion is not None] == [120]
    assert (series.tier, series.room) == (2, None)


def test_a_first_instance_that_is_longer_is_in_the_room_that_the_event_shows() -> None:
    found = _wanted(WEEKLY, "RDATE;VALUE=PERIOD:20260310T090000Z/PT2H")
    assert [(minutes, text) for _, _, minutes, text in _told(found)] == [(60, None), (120, None)]
    assert {w.room for w in found} == {"dedicated"}


def test_further_dates_alone_are_in_the_room_that_the_event_shows_when_the_start_is_past() -> None:
    [found] = _wanted(FURTHER, now=datetime(2026, 3, 11, tzinfo=UTC))
    assert (found.occasion.minutes, found.recurrence_text, found.room) == (180, None, "dedicated")
