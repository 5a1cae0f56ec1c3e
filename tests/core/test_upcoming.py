"""When meetings with a room take place."""

from dataclasses import replace
from datetime import datetime, timedelta

from support.carrying_out import settled
from support.ical import calendar_object, override, vevent
from support.planning import WORK, at, meeting, weekly

from calbridge.core.event import read_object
from calbridge.core.model import CalendarObject, EventSet, Meeting
from calbridge.core.remembered import Exceptional, Mapping, Memory
from calbridge.core.upcoming import Upcoming, changed, upcoming

DAY = timedelta(days=1)


def memory(wanted: Meeting, *exceptional: Exceptional) -> dict[str, Memory]:
    return {wanted.uid: replace(settled(wanted).memory, exceptional=exceptional)}


def starts(found: tuple[Upcoming, ...]) -> list[datetime]:
    return [each.start for each in found]


def test_a_meeting_is_shown_when_it_takes_place_and_while_it_runs() -> None:
    known = memory(meeting())

    assert starts(upcoming(known, {}, at(9), at(11))) == [at(10)]
    assert starts(upcoming(known, {}, at(10, 10, 59), at(11))) == [at(10)]
    assert upcoming(known, {}, at(10, 11), at(11)) == ()
    assert upcoming(known, {}, at(1), at(10)) == ()


def test_a_series_is_shown_at_each_of_its_times_by_its_own_clock() -> None:
    known = memory(weekly(start=at(24)))

    found = upcoming(known, {}, at(23), at(8, month=4))

    assert starts(found) == [at(24), at(31), at(7, month=4)]
    assert {each.start.hour for each in found} == {10}
    assert all(each.recurring for each in found)


def test_meetings_of_all_kinds_come_in_order() -> None:
    known = {**memory(weekly(start=at(10, 12))), **memory(meeting("b", start=at(10, 11)))}

    assert [each.uid for each in upcoming(known, {}, at(10), at(11))] == ["b", "a"]


def test_an_instance_that_was_cancelled_is_not_shown() -> None:
    gone = Exceptional(9, "a", 1, "20260310T090000Z", None, "cancelled")

    assert starts(upcoming(memory(weekly(), gone), {}, at(9), at(18))) == [at(17)]


def test_an_instance_that_moved_is_shown_where_its_event_says() -> None:
    known = memory(weekly(), Exceptional(9, "a", 1, "20260310T090000Z", 5, "changed"))
    text = override(
        calendar_object(vevent("RRULE:FREQ=WEEKLY", uid="a")),
        "20260310T100000",
        "DTSTART;TZID=Europe/Paris:20260312T150000",
        "DTEND;TZID=Europe/Paris:20260312T153000",
    )
    event = read_object(CalendarObject(WORK, f"{WORK}a.ics", None, text.encode()), zone="UTC")
    assert isinstance(event, EventSet)

    found = upcoming(known, {"a": event}, at(9), at(18))

    assert [(each.start, each.minutes) for each in found] == [(at(12, 15), 30), (at(17), 60)]
    assert changed(known) == {"a"}


def test_a_changed_instance_without_its_event_is_shown_as_it_was() -> None:
    known = memory(weekly(), Exceptional(9, "a", 1, "20260310T090000Z", 5, "changed"))

    assert starts(upcoming(known, {}, at(9), at(18))) == [at(10), at(17)]


def test_what_the_meeting_no_longer_has_is_not_shown() -> None:
    [mapping] = settled(meeting()).memory.mappings
    lost: Mapping = replace(mapping, state="lost")

    assert upcoming({"a": Memory((lost,))}, {}, at(9), at(11)) == ()
